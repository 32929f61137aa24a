// Package stripe is the payment port's driver for Stripe, API 2026-03-25.dahlia.
//
// A call is one HTTP request: nothing here, in stripe-go or in net/http asks again by itself, because the caller's own
// records decide when a refund is asked for again, and they always use the same key. Stripe forgets a key after a day
// or more, and it answers a known key with the words of the first time. So a refund that was asked for before is first
// looked for in Stripe's list, by the key that each refund bears in its metadata, and an answer that Stripe repeats is
// read anew. What the metadata of a refund says must therefore not be edited in Stripe's dashboard.
package stripe

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"

	sdk "github.com/stripe/stripe-go/v85"

	"github.com/vysero/returns/internal/payment"
)

// The names under which a refund at Stripe keeps ours, in its metadata.
const (
	keyName       = "returns_key"
	referenceName = "returns_refund"
)

// Config is how to reach Stripe.
type Config struct {
	Key        string       // secret or restricted key: sk_… or rk_…; it may need no more than to read and write refunds
	BaseURL    string       // "" is Stripe's own; https, or http on loopback
	HTTPClient *http.Client // nil is one of our own, which gives up after 30 s; it is copied and never follows redirects
}

// String hides the key.
func (c Config) String() string { return fmt.Sprintf("stripe at %q, key hidden", c.BaseURL) }

// GoString hides the key.
func (c Config) GoString() string { return c.String() }

// Driver is Stripe. It is safe for many goroutines.
type Driver struct {
	client *sdk.Client
	list   func(ctx context.Context, query url.Values, into *page) error
	http   *http.Client
}

var _ payment.Driver = (*Driver)(nil)

// String hides the key, which stripe-go's client bears.
func (d *Driver) String() string { return "stripe" }

// GoString hides the key.
func (d *Driver) GoString() string { return d.String() }

// New gives the driver, or says what is wrong with the settings without repeating them. It asks nothing of Stripe.
func New(c Config) (*Driver, error) {
	if !strings.HasPrefix(c.Key, "sk_") && !strings.HasPrefix(c.Key, "rk_") {
		return nil, errors.New("stripe: the API key is neither a secret (sk_) nor a restricted (rk_) key")
	}
	if strings.ContainsFunc(c.Key, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return nil, errors.New("stripe: the API key holds other characters than visible ASCII")
	}
	if err := place(c.BaseURL); err != nil {
		return nil, err
	}
	wire := oneRequest(c.HTTPClient)
	settings := &sdk.BackendConfig{
		HTTPClient: wire, MaxNetworkRetries: sdk.Int64(0), EnableTelemetry: new(false),
		LeveledLogger: &sdk.LeveledLogger{Level: sdk.LevelNull}, // its lines would hold what a buyer's bank said
	}
	if c.BaseURL != "" {
		settings.URL = sdk.String(c.BaseURL)
	}
	backends := sdk.NewBackendsWithConfig(settings)
	list := func(ctx context.Context, query url.Values, into *page) error {
		return backends.API.CallRaw(http.MethodGet, "/v1/refunds", c.Key, []byte(query.Encode()), &sdk.Params{Context: ctx}, into)
	}
	return &Driver{client: sdk.NewClient(c.Key, sdk.WithBackends(backends)), list: list, http: wire}, nil
}

// place refuses addresses to which the key must not be sent.
func place(base string) error {
	if base == "" {
		return nil
	}
	at, err := url.Parse(base)
	if err != nil || at.Host == "" || at.User != nil || at.RawQuery != "" || at.Fragment != "" {
		return errors.New("stripe: the API base is not a plain URL")
	}
	ip := net.ParseIP(at.Hostname())
	loopback := at.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
	if at.Scheme != "https" && (at.Scheme != "http" || !loopback) {
		return errors.New("stripe: the API base is neither https nor http on loopback")
	}
	return nil
}

// Close closes idle connections. Calls under way go on.
func (d *Driver) Close() error {
	d.http.CloseIdleConnections()
	return nil
}

// Refund asks Stripe for the refund, once. Charge.Ref is a payment intent (pi_…) or a charge (ch_…, py_…). Amounts that
// Stripe's currencies cannot express are ErrInvalid. What Stripe says of Charge.Captured counts, not what r says.
func (d *Driver) Refund(ctx context.Context, r payment.Refund) (payment.Receipt, error) {
	params, err := order(r)
	if err != nil && r.Again {
		return payment.Receipt{}, fmt.Errorf("%w: asked for before, and it cannot be asked for now: %s", payment.ErrUnknown, err.Error())
	}
	if err != nil {
		return payment.Receipt{}, err
	}
	if err := ctx.Err(); err != nil {
		return payment.Receipt{}, fmt.Errorf("%w: %w", payment.ErrNotSubmitted, err)
	}
	if r.Again {
		earlier, found, err := d.asked(ctx, r.Charge.Ref, r.Key)
		if err != nil {
			return payment.Receipt{}, fmt.Errorf("%w: asked for before, and the list of refunds cannot be read: %w", payment.ErrUnknown, err)
		}
		if found {
			return same(earlier, r)
		}
	}
	return d.submit(ctx, params, r.Charge.Ref)
}

// order is the request for r, or why there cannot be one: ErrInvalid.
func order(r payment.Refund) (*sdk.RefundCreateParams, error) {
	if r.Key == "" || r.Reference == "" || r.Amount.Minor <= 0 || r.Amount.Currency != r.Charge.Captured.Currency {
		return nil, fmt.Errorf("%w: key, reference, amount and currency are checked by the gateway", payment.ErrInvalid)
	}
	units, err := toUnits(r.Amount)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", payment.ErrInvalid, err)
	}
	params := &sdk.RefundCreateParams{
		Amount: new(units), Metadata: map[string]string{keyName: r.Key, referenceName: r.Reference},
	}
	params.SetIdempotencyKey(r.Key)
	intent, err := isIntent(r.Charge.Ref)
	if err != nil {
		return nil, err
	}
	if intent {
		params.PaymentIntent = sdk.String(r.Charge.Ref)
	} else {
		params.Charge = sdk.String(r.Charge.Ref)
	}
	return params, nil
}

// isIntent tells a payment intent from a charge, and refuses what is neither.
func isIntent(ref string) (bool, error) {
	switch prefix, rest, _ := strings.Cut(ref, "_"); {
	case rest == "":
	case prefix == "pi":
		return true, nil
	case prefix == "ch", prefix == "py":
		return false, nil
	}
	return false, fmt.Errorf("%w: %q is neither a payment intent nor a charge of Stripe", payment.ErrInvalid, ref)
}

// same gives the refund that the key was used for, where it is the one that is asked for.
func same(earlier payment.Receipt, r payment.Refund) (payment.Receipt, error) {
	if earlier.Amount != r.Amount || earlier.Reference != r.Reference {
		return payment.Receipt{}, fmt.Errorf("%w: %s", payment.ErrKeyReused, earlier.ID)
	}
	return earlier, nil
}

// submit sends the request. Where Stripe repeats what it said the first time, the refund is read again: meanwhile it
// may have failed.
func (d *Driver) submit(ctx context.Context, params *sdk.RefundCreateParams, ref string) (payment.Receipt, error) {
	watch := &wire{}
	refund, err := d.client.V1Refunds.Create(watch.on(ctx), params)
	if err != nil {
		return payment.Receipt{}, verdict(err, watch)
	}
	if refund.LastResponse != nil && refund.LastResponse.Header.Get("Idempotent-Replayed") == "true" {
		now, err := d.client.V1Refunds.Retrieve(ctx, refund.ID, nil)
		if err != nil {
			return payment.Receipt{}, fmt.Errorf("%w: it exists, its status cannot be read: %w", payment.ErrUnknown, plain(err))
		}
		refund.Status, refund.FailureReason = now.Status, now.FailureReason
	}
	receipt, err := receiptOf(refund, ref)
	if err != nil {
		return payment.Receipt{}, fmt.Errorf("%w: %w", payment.ErrUnknown, err)
	}
	return receipt, nil
}

// Lookup finds the refund of the charge that bears the key, however long ago it was made.
func (d *Driver) Lookup(ctx context.Context, chargeRef, key string) (payment.Receipt, bool, error) {
	return d.find(ctx, chargeRef, key)
}

func (d *Driver) find(ctx context.Context, ref, key string) (payment.Receipt, bool, error) {
	all, err := d.Refunds(ctx, ref)
	if err != nil {
		return payment.Receipt{}, false, err
	}
	receipt, found := byKey(all, key)
	return receipt, found, nil
}

// asked is find for a key that was asked for before: that Stripe does not know the charge then proves nothing, but that
// it is another account, or its test mode, that we ask now.
func (d *Driver) asked(ctx context.Context, ref, key string) (payment.Receipt, bool, error) {
	all, err := d.all(ctx, ref)
	if err != nil {
		return payment.Receipt{}, false, err
	}
	receipt, found := byKey(all, key)
	return receipt, found, nil
}

func byKey(all []payment.Receipt, key string) (payment.Receipt, bool) {
	at := slices.IndexFunc(all, func(r payment.Receipt) bool { return r.Key == key })
	if at < 0 {
		return payment.Receipt{}, false
	}
	return all[at], true
}

// page is one page of Stripe's list, newest first.
type page struct {
	sdk.APIResource

	Object  string        `json:"object"`
	HasMore bool          `json:"has_more"` //nolint:tagliatelle // Stripe's word
	Data    []*sdk.Refund `json:"data"`
}

// Refunds lists every refund of the payment intent or charge, whoever made it, oldest first. A charge that Stripe does
// not know has none.
func (d *Driver) Refunds(ctx context.Context, chargeRef string) ([]payment.Receipt, error) {
	all, err := d.all(ctx, chargeRef)
	if errors.Is(err, errNoCharge) {
		return nil, nil
	}
	return all, err
}

var errNoCharge = errors.New("stripe: it knows no such charge")

// all is Refunds where a charge that Stripe does not know is an error.
func (d *Driver) all(ctx context.Context, chargeRef string) ([]payment.Receipt, error) {
	intent, err := isIntent(chargeRef)
	if err != nil {
		return nil, err
	}
	query := url.Values{"limit": {"100"}, "charge": {chargeRef}}
	if intent {
		query = url.Values{"limit": {"100"}, "payment_intent": {chargeRef}}
	}
	var all []payment.Receipt
	for more := true; more; {
		next := page{}
		err := d.list(ctx, query, &next)
		if unknownCharge(err) {
			return nil, errNoCharge
		}
		if err != nil {
			return nil, plain(err)
		}
		if all, err = next.addTo(all, chargeRef); err != nil {
			return nil, err
		}
		if more = next.HasMore; more {
			query.Set("starting_after", next.Data[len(next.Data)-1].ID)
		}
	}
	slices.Reverse(all)
	return all, nil
}

// addTo refuses whatever is not surely a page of Stripe's: an empty list is taken for proof that nothing was paid.
func (p page) addTo(all []payment.Receipt, ref string) ([]payment.Receipt, error) {
	if p.Object != "list" || p.Data == nil || p.HasMore && len(p.Data) == 0 {
		return nil, errors.New("stripe: the answer is not a list of refunds")
	}
	for _, refund := range p.Data {
		receipt, err := receiptOf(refund, ref)
		if err != nil {
			return nil, err
		}
		all = append(all, receipt)
	}
	return all, nil
}
