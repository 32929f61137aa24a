package customers_test

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"strings"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib"
	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/ent"
	"github.com/vysero/returns/internal/apptest"
	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/customers"
	"github.com/vysero/returns/internal/lifecycle"
	"github.com/vysero/returns/internal/orders"
	"github.com/vysero/returns/internal/payment"
	"github.com/vysero/returns/internal/photo/phototest"
	"github.com/vysero/returns/internal/policy"
	"github.com/vysero/returns/internal/returns"
)

const (
	ada   = "ada@example.com"
	grace = "grace@example.com"
)

// shop is an app in which everything has happened to its customers that leaves a record.
type shop struct {
	*apptest.App

	marks map[string][]string // by customer: every text that is theirs, or about them
}

func open(t *testing.T) *shop {
	t.Helper()
	s := &shop{App: apptest.New(t), marks: map[string][]string{}}
	for _, email := range []string{ada, grace} {
		s.marks[email] = []string{email}
		(&story{shop: s, t: t, email: email}).tell()
	}
	return s
}

// story is what happens to one customer.
type story struct {
	*shop

	t     *testing.T
	email string
	order *ent.Order
	items []*ent.Item
}

// own makes a text that is nobody else's.
func (s *story) own(what string) *string {
	text := "own-" + what + "-" + strings.TrimSuffix(s.email, "@example.com")
	s.marks[s.email] = append(s.marks[s.email], text)
	return &text
}

func (s *story) as(role auth.Role) context.Context { return s.As(s.t, role) }
func (s *story) self() context.Context             { return s.As(s.t, auth.Customer, s.email) }

// tell lets all of it happen: two items come back, of one order; one is damaged and is paid outside in the end.
func (s *story) tell() {
	s.buys()
	s.isRefused()
	damaged := s.asks()
	s.staffDecide(damaged)
	s.comesBack(damaged)
	s.isPaid(damaged)
	s.thinksBetter()
	s.uploads()
}

func (s *story) buys() {
	s.order = s.Order(s.t, func(in *orders.RecordInput) {
		in.Number = "no-" + s.email[:3]
		in.Customer = orders.CustomerInput{Email: s.email, Name: s.own("name")}
		in.ShipToLines = []string{*s.own("street"), *s.own("town")}
		in.Items = []orders.ItemInput{apptest.Camera(1, "100.00"), apptest.Camera(1, "50.00"), apptest.Camera(1, "0.00")}
		for i := range in.Items {
			in.Items[i].Tracking = s.own("parcel")
		}
		in.Payments = []orders.PaymentInput{{Ref: "ch-fail-declined-" + s.email[:3], Method: s.own("card"), Captured: apptest.USD("158.00")}}
	})
	s.items = s.Items(s.t, s.order)
}

// isRefused asks for something that the terms do not allow: more units than there are.
func (s *story) isRefused() {
	in := returns.RequestInput{Lines: []returns.LineInput{
		{ItemID: s.items[2].ID, Quantity: 1, Reason: policy.ChangeOfHeart}, {ItemID: s.items[2].ID, Quantity: 1, Reason: policy.ChangeOfHeart},
	}}
	_, _, err := s.Returns.Request(s.self(), in)
	require.Error(s.t, err)
}

func (s *story) asks() *ent.ReturnRequest {
	line := returns.LineInput{ItemID: s.items[0].ID, Quantity: 1, Reason: policy.DamagedOnArrival, Comment: s.own("comment")}
	ret, _, err := s.Returns.Request(s.self(), returns.RequestInput{Lines: []returns.LineInput{line}, Note: s.own("note")})
	require.NoError(s.t, err)
	return ret
}

func (s *story) staffDecide(ret *ent.ReturnRequest) {
	agent := s.as(auth.Agent)
	_, err := s.Returns.RequestEvidence(agent, returns.EvidenceInput{ID: ret.ID, Message: *s.own("message")})
	require.NoError(s.t, err)
	_, err = s.Returns.AddPhotos(s.self(), returns.PhotosInput{ID: ret.ID, PhotoIDs: []string{s.photo(s.self(), "")}})
	require.NoError(s.t, err)
	line := ret.QueryLines().OnlyX(agent)
	_, err = s.Returns.Override(agent, returns.OverrideInput{ID: ret.ID, LineID: &line.ID, Outcome: new(policy.Eligible), Reason: *s.own("override")})
	require.NoError(s.t, err)
	_, err = s.Returns.Approve(agent, returns.ApproveInput{IdempotencyKey: *s.own("key"), ID: ret.ID, Instructions: *s.own("instructions")})
	require.NoError(s.t, err)
	require.NotEmpty(s.t, ret.QueryLabel().OnlyX(agent).Pdf)
}

func (s *story) comesBack(ret *ent.ReturnRequest) {
	_, err := s.Returns.HandOver(s.self(), returns.HandOverInput{ID: ret.ID, Carrier: s.own("carrier"), Tracking: s.own("way-back")})
	require.NoError(s.t, err)
	inspector := s.as(auth.Inspector)
	line := ret.QueryLines().OnlyX(inspector)
	_, err = s.Returns.Receive(inspector, returns.ReceiveInput{ID: ret.ID, Lines: []returns.ReceivedLine{{LineID: line.ID, Received: new(1)}}})
	require.NoError(s.t, err)
	_, err = s.Returns.Inspect(inspector, returns.InspectInput{ID: ret.ID, Findings: []returns.FoundInput{{
		LineID: line.ID, Units: 1, Packaging: true, Claim: new(policy.Confirmed), Note: s.own("finding"), PhotoIDs: []string{s.photo(inspector, ret.ID)},
	}}})
	require.NoError(s.t, err)
}

// isPaid settles; the bank declines, and staff pay by other means.
func (s *story) isPaid(ret *ent.ReturnRequest) {
	finance := s.as(auth.Finance)
	ret, paid, err := s.Returns.Settle(finance, returns.SettleInput{IdempotencyKey: *s.own("settle-key"), ID: ret.ID})
	require.NoError(s.t, err)
	require.Equal(s.t, lifecycle.RefundFailed, ret.State)
	failed := paid.QueryTransfers().OnlyX(finance)
	_, err = s.Returns.RerouteRefund(finance, returns.RerouteInput{
		ID: paid.ID, IdempotencyKey: *s.own("reroute-key"), TransferID: failed.ID, PaidOutside: s.own("iban"), Consent: *s.own("consent"),
	})
	require.NoError(s.t, err)
	require.NoError(s.t, s.Returns.TakeNotice(s.t.Context(), payment.Notice{
		EventID: "told-" + failed.ID, Kind: payment.AboutRefund, Type: "refund.failed",
		Receipt: payment.Receipt{ID: failed.ProviderID, Key: failed.Key, Amount: failed.Amount(), Status: payment.Failed, Reason: payment.Declined},
	}))
	require.Equal(s.t, lifecycle.Refunded, s.DB.Client.ReturnRequest.GetX(finance, ret.ID).State)
}

func (s *story) thinksBetter() {
	ret, _, err := s.Returns.Request(s.self(), returns.RequestInput{Lines: []returns.LineInput{{ItemID: s.items[1].ID, Quantity: 1, Reason: policy.ChangeOfHeart}}})
	require.NoError(s.t, err)
	_, err = s.Returns.Cancel(s.self(), returns.CancelInput{ID: ret.ID, Reason: s.own("cancel")})
	require.NoError(s.t, err)
}

func (s *story) uploads() { s.photo(s.self(), "") }

func (s *story) photo(ctx context.Context, returnID string) string {
	p, err := s.Returns.UploadPhoto(ctx, returnID, bytes.NewReader(phototest.JPEG(s.t, 8, 8)))
	require.NoError(s.t, err)
	return p.ID
}

func (s *shop) system(t *testing.T) context.Context {
	t.Helper()
	return auth.AsSystem(t.Context())
}

// ada is the id of the customer who is erased.
func (s *shop) ada(t *testing.T) string {
	t.Helper()
	for _, c := range s.DB.Client.Customer.Query().AllX(s.system(t)) {
		if c.Email == ada {
			return c.ID
		}
	}
	t.Fatal("she is not on record")
	return ""
}

// erase erases Ada.
func (s *shop) erase(t *testing.T) (customers.Erasure, error) {
	t.Helper()
	return s.Customers.Erase(s.system(t), customers.EraseInput{Who: customers.Who{Email: ada}, By: "ticket-1"})
}

// dump is every row of every table, the queue's as well, as text.
func (s *shop) dump(t *testing.T) map[string][]string {
	t.Helper()
	db, tables, row := s.tables(t)
	all := map[string][]string{}
	for _, table := range tables {
		rows, err := db.QueryContext(t.Context(), fmt.Sprintf(row, table))
		require.NoError(t, err)
		all[table] = texts(t, rows)
	}
	return all
}

// tables gives the database, its tables, and the statement that reads one.
func (s *shop) tables(t *testing.T) (db *sql.DB, tables []string, row string) {
	t.Helper()
	db, pool := s.DB.Native()
	list, row := `SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name`, `SELECT * FROM "%s" ORDER BY 1` //nolint:unqueryvet // whatever columns there are
	if pool != nil {
		var err error
		db, err = sql.Open("pgx", pool.Config().ConnString())
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, db.Close()) })
		list = `SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE' ORDER BY 1`
	}
	rows, err := db.QueryContext(t.Context(), list)
	require.NoError(t, err)
	return db, texts(t, rows), row
}

// texts reads rows, each as one text.
func texts(t *testing.T, rows *sql.Rows) []string {
	t.Helper()
	defer func() { require.NoError(t, rows.Close()) }()
	columns, err := rows.Columns()
	require.NoError(t, err)
	var all []string
	for rows.Next() {
		cells, into := make([]any, len(columns)), make([]any, len(columns))
		for i := range cells {
			into[i] = &cells[i]
		}
		require.NoError(t, rows.Scan(into...))
		row := make([]string, len(cells))
		for i, cell := range cells {
			if raw, is := cell.([]byte); is {
				cell = string(raw)
			}
			row[i] = fmt.Sprint(cell)
		}
		all = append(all, strings.Join(row, "\x1f"))
	}
	require.NoError(t, rows.Err())
	return all
}

// holds tells which of the texts a dump holds, each with its table.
func holds(dump map[string][]string, marks []string) []string {
	var found []string
	for table, rows := range dump {
		for _, row := range rows {
			for _, mark := range marks {
				if strings.Contains(row, mark) {
					found = append(found, table+": "+mark)
				}
			}
		}
	}
	return found
}

// write changes rows past every use case.
func (s *shop) write(t *testing.T, statement string) error {
	t.Helper()
	db, _, _ := s.tables(t)
	_, err := db.ExecContext(t.Context(), statement)
	return err
}
