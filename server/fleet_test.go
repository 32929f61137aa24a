package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/ent/notice"
	"github.com/vysero/returns/ent/transfer"
	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/money"
	"github.com/vysero/returns/internal/orders"
	"github.com/vysero/returns/internal/payment/stripe"
	"github.com/vysero/returns/internal/payment/stripe/stripetest"
	"github.com/vysero/returns/internal/policy"
	"github.com/vysero/returns/internal/returns"
)

// fleet is a shop in production: any number of servers, each a process of its own, on one database, with a payment
// provider that goes on whatever becomes of them. Its ledger is the oracle.
type fleet struct {
	bank *stripetest.Server
	url  string // of the database
	data string // the folder that the servers share
	tags string // with which the program is built
	app  *App   // the use cases in this process, for making what the servers work on and for looking at the books

	mu    sync.Mutex
	made  int
	stock map[string]string // what is paid for: the payment intent by the return's id
}

const (
	fleetSecret = "a secret of the fleet that is longer than 32 bytes"
	hookSecret  = "whsec_fleet"
)

// newFleet makes the shop on a database, "" for a SQLite file of its own, without a server.
func newFleet(t testing.TB, url string) *fleet {
	t.Helper()
	f := &fleet{bank: stripetest.Start(t), url: url, data: t.TempDir(), stock: map[string]string{}}
	f.bank.Clock(time.Now)
	if f.url == "" {
		f.url = "sqlite:" + filepath.Join(f.data, "shop.db")
	}
	f.app = f.open(t)
	_, err := f.app.DB.Migrate(t.Context())
	require.NoError(t, err)
	_, err = f.app.Terms.Found(t.Context(), policy.Default())
	require.NoError(t, err)
	return f
}

// open is another view on the shop, in this process.
func (f *fleet) open(t testing.TB) *App {
	t.Helper()
	app, err := NewApp(t.Context(), Config{
		Place: place{DatabaseURL: f.url, DataDir: f.data}, Depot: demoDepot, Now: time.Now, Wall: time.Now,
		Log: slog.New(slog.DiscardHandler), Stripe: stripe.Config{Key: stripetest.Key, BaseURL: f.bank.URL}, InspectWithin: 72 * time.Hour,
	})
	require.NoError(t, err)
	t.Cleanup(func() { _ = app.Close() })
	return app
}

// builds are the program by the tags that it was built with; each is built once.
var builds sync.Map

func built(tags string) (string, error) {
	build, _ := builds.LoadOrStore(tags, sync.OnceValues(func() (string, error) {
		if tags == "" {
			return binary()
		}
		dir, err := binaryDir()
		if err != nil {
			return "", err
		}
		path := filepath.Join(dir, "server-"+tags)
		said, err := exec.Command("go", "build", "-tags", tags, "-o", path, ".").CombinedOutput()
		if err != nil {
			return "", errors.Join(err, errors.New(string(said)))
		}
		return path, nil
	}))
	return build.(func() (string, error))() //nolint:forcetypeassert // nothing else is stored
}

// unthrottled are rates under which a few staff on one machine may ask as quickly as servers answer.
const unthrottled = "requests=1000000/10000,staff=1000000/10000,service=1000000/10000,customer=1000000/10000,anonymous=1000000/10000,lookups=1000000/10000"

// start starts one more server. Settings are further environment variables: "CRASH_AT=claimed".
func (f *fleet) start(t testing.TB, settings ...string) *server {
	t.Helper()
	s, err := f.launch(settings...)
	require.NoError(t, err)
	t.Cleanup(func() { s.stop() })
	return s
}

// launch is start for goroutines: it fails by its error alone.
func (f *fleet) launch(settings ...string) (*server, error) {
	path, err := built(f.tags)
	if err != nil {
		return nil, err
	}
	s := &server{log: newJournal(), url: f.url}
	s.cmd = exec.Command(path, "serve", "--dev", "--addr", "127.0.0.1:0")
	s.cmd.Env = append(os.Environ(), "DATABASE_URL="+f.url, "DATA_DIR="+f.data, "TOKEN_SECRET="+fleetSecret, "RATES="+unthrottled,
		"STRIPE_API_KEY="+stripetest.Key, "STRIPE_API_BASE="+f.bank.URL, "STRIPE_WEBHOOK_SECRET="+hookSecret)
	s.cmd.Env = append(s.cmd.Env, settings...)
	s.cmd.Stderr = s.log
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	s.wait = sync.OnceValue(func() int {
		_ = s.cmd.Wait() // the status tells
		return s.cmd.ProcessState.ExitCode()
	})
	s.stop = sync.OnceValue(func() int {
		_ = s.cmd.Process.Signal(syscall.SIGTERM) // it may have ended
		return s.wait()
	})
	ended := make(chan struct{})
	go func() { s.wait(); close(ended) }()
	addr, err := s.log.find(`msg=listening addr=(\S+)`, ended)
	s.base = "http://" + addr
	return s, err
}

// kill ends the server as kill -9 does, and waits until it is gone.
func (s *server) kill() {
	_ = s.cmd.Process.Kill() // it may have ended
	s.wait()
}

// hooks is where the server takes webhooks.
func (s *server) hooks() string { return s.base + hookPath }

// bearer is a token of the fleet's for a role.
func bearer(role auth.Role) (string, error) {
	issuer, err := auth.NewIssuer([]byte(fleetSecret), time.Now)
	if err != nil {
		return "", err
	}
	return issuer.Mint(identity(role, ""), tokenValid)
}

// room is how many times over the bank could pay a refund back: the rest was paid for shipping, which a change of heart does
// not refund (S3). So a second payment would be seen as one, and not be refused by the bank.
const room = 3

// sale is an order of cameras that were paid at the bank together with their shipping, and are sent back in parts.
type sale struct {
	cents   int64    // for all cameras
	intents []string // the payments: each captured as many times over what may go back to it as there is room
	returns []string // inspected: what is left is to settle them
}

// inspected makes an order of one camera for the price of all trials, and brings its return as far as INSPECTED.
func (f *fleet) inspected(ctx context.Context) (returnID string, err error) {
	made, err := f.sell(ctx, price, 1, 1)
	if err != nil {
		return "", err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.stock[made.returns[0]] = made.intents[0]
	return made.returns[0], nil
}

// sell makes an order of cameras, paid in so many parts, and brings a return of each number of units as far as INSPECTED.
func (f *fleet) sell(ctx context.Context, cents int64, payments int, units ...int) (*sale, error) {
	f.mu.Lock()
	f.made++
	number := fmt.Sprintf("F%06d", f.made)
	f.mu.Unlock()
	ctx = auth.With(ctx, auth.Principal{ID: "stock", Role: auth.Admin})
	now := f.app.DB.Now()
	shipped, arrived, delivered := now.AddDate(0, 0, -5), now.AddDate(0, 0, -3), policy.Delivered
	usd := func(minor int64) money.Text {
		return money.Text{Amount: money.Amount{Minor: minor, Currency: "USD"}.Decimal(), Currency: "USD"}
	}
	in := orders.RecordInput{
		Number: number, Customer: orders.CustomerInput{Email: ada}, Currency: "USD", PurchasedAt: now.AddDate(0, 0, -6), ShipToCountry: "US",
		Shipping: usd((room - 1) * cents),
		Items:    []orders.ItemInput{{Sku: "CAM", Name: "Camera", Paid: usd(cents), Delivery: &delivered, ShippedAt: &shipped, DeliveredAt: &arrived}},
	}
	for _, n := range units {
		in.Items[0].Quantity += n
	}
	made := &sale{cents: cents}
	for i := range int64(payments) {
		part := room*cents*(i+1)/int64(payments) - room*cents*i/int64(payments)
		intent := f.bank.Capture(part, "usd").Intent
		made.intents = append(made.intents, intent)
		in.Payments = append(in.Payments, orders.PaymentInput{Ref: intent, Captured: usd(part)})
	}
	order, err := f.app.Orders.Record(ctx, in)
	if err != nil {
		return nil, err
	}
	item, err := order.QueryItems().Only(ctx)
	if err != nil {
		return nil, err
	}
	for _, n := range units {
		id, err := f.comesBack(ctx, item.ID, n)
		if err != nil {
			return nil, err
		}
		made.returns = append(made.returns, id)
	}
	return made, nil
}

// comesBack brings units of an item from their request to their inspection.
func (f *fleet) comesBack(ctx context.Context, itemID string, units int) (returnID string, err error) {
	ret, _, err := f.app.Returns.Request(ctx, returns.RequestInput{Lines: []returns.LineInput{{ItemID: itemID, Quantity: units, Reason: policy.ChangeOfHeart}}})
	if err != nil {
		return "", err
	}
	line, err := ret.QueryLines().Only(ctx)
	if err != nil {
		return "", err
	}
	_, err = f.app.Returns.Receive(ctx, returns.ReceiveInput{ID: ret.ID, Lines: []returns.ReceivedLine{{LineID: line.ID, Received: &units}}})
	if err != nil {
		return "", err
	}
	_, err = f.app.Returns.Inspect(ctx, returns.InspectInput{ID: ret.ID, Findings: []returns.FoundInput{{LineID: line.ID, Units: units, Packaging: true}}})
	return ret.ID, err
}

// settled is what a settlement answered.
type settled struct {
	State    string // of the return; "" where there was none
	RefundID string
	Refund   string   // its state
	Codes    []string // of user errors and of errors
}

// retryable tells whether the same call should be made again.
func (a settled) retryable() bool {
	for _, code := range a.Codes {
		if code == "UNAVAILABLE" || code == "IDEMPOTENCY_IN_FLIGHT" || code == "STALE" {
			return true
		}
	}
	return false
}

// settle sends one returnSettle with a key to a server. An error says that no answer came: the same call may be made again.
func (s *server) settle(ctx context.Context, token, returnID, key string) (settled, error) {
	body, err := json.Marshal(map[string]any{
		"query":     `mutation($in: ReturnSettleInput!) { returnSettle(input: $in) { return { state } refund { id state } userErrors { code } } }`,
		"variables": map[string]any{"in": map[string]any{"id": returnID, "idempotencyKey": key}},
	})
	if err != nil {
		return settled{}, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.base+graphqlPath, bytes.NewReader(body))
	if err != nil {
		return settled{}, err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+token)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return settled{}, err
	}
	text, err := io.ReadAll(answer.Body)
	if err = errors.Join(err, answer.Body.Close()); err != nil {
		return settled{}, err
	}
	return readSettled(text)
}

func readSettled(text []byte) (settled, error) {
	type coded struct {
		Code       string `json:"code"`
		Extensions struct {
			Code string `json:"code"`
		} `json:"extensions"`
	}
	var got struct {
		Errors []coded `json:"errors"`
		Data   struct {
			ReturnSettle *struct {
				Return *struct {
					State string `json:"state"`
				} `json:"return"`
				Refund *struct {
					ID    string `json:"id"`
					State string `json:"state"`
				} `json:"refund"`
				UserErrors []coded `json:"userErrors"`
			} `json:"returnSettle"`
		} `json:"data"`
	}
	if err := json.Unmarshal(text, &got); err != nil {
		return settled{}, fmt.Errorf("%w: %s", err, text)
	}
	var a settled
	for _, e := range got.Errors {
		a.Codes = append(a.Codes, e.Extensions.Code)
	}
	if p := got.Data.ReturnSettle; p != nil {
		for _, e := range p.UserErrors {
			a.Codes = append(a.Codes, e.Code)
		}
		if p.Return != nil {
			a.State = p.Return.State
		}
		if p.Refund != nil {
			a.RefundID, a.Refund = p.Refund.ID, p.Refund.State
		}
	}
	return a, nil
}

// differences holds the shop's books against each other, against the bank's ledger over its API, and the ledger against
// what it must be by itself: no payment gives back more than was captured, and none twice.
func (f *fleet) differences(ctx context.Context) ([]string, error) {
	var all []string
	_, err := f.app.Returns.Audit(ctx, returns.AuditInput{Provider: true, Found: func(d returns.Difference) { all = append(all, d.String()) }})
	for _, account := range f.bank.Ledger() {
		if account.Held > account.Captured {
			all = append(all, fmt.Sprintf("%s: %d of %d went back", account.Intent, account.Held, account.Captured))
		}
		keys := map[string]bool{}
		for _, r := range account.Refunds {
			if keys[r.Metadata["returns_key"]] {
				all = append(all, fmt.Sprintf("%s: %s was paid twice", account.Intent, r.Metadata["returns_key"]))
			}
			keys[r.Metadata["returns_key"]] = true
		}
	}
	return all, err
}

// agrees holds that there is no difference.
func (f *fleet) agrees(t testing.TB) {
	t.Helper()
	all, err := f.differences(context.WithoutCancel(t.Context()))
	require.NoError(t, err)
	require.Empty(t, all, strings.Join(all, "\n"))
}

// rests waits until nothing of the shop's money is under way any more.
func (f *fleet) rests(t testing.TB, within time.Duration) {
	t.Helper()
	require.Eventually(t, func() bool { return f.underWay(context.WithoutCancel(t.Context())) == 0 }, within, 20*time.Millisecond, "money is still under way")
}

// underWay counts the transfers that are not answered and the notices that nobody has worked on.
func (f *fleet) underWay(ctx context.Context) int {
	ctx = auth.AsSystem(ctx)
	open, err := f.app.DB.Client.Transfer.Query().
		Where(transfer.StateNotIn(transfer.StateSUCCEEDED, transfer.StateFAILED)).Count(ctx)
	if err != nil {
		return -1
	}
	waiting, err := f.app.DB.Client.Notice.Query().Where(notice.StateEQ(notice.StateNEW)).Count(ctx)
	if err != nil {
		return -1
	}
	return open + waiting
}
