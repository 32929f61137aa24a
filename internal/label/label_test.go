package label_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/internal/fault"
	"github.com/vysero/returns/internal/label"
	"github.com/vysero/returns/internal/label/labeltest"
)

// answering is a carrier that says one thing, whatever it is asked: for answers that no honest driver gives.
type answering struct {
	label label.Label
	err   error
	asked int
}

func (a *answering) Buy(ctx context.Context, _ label.Order) (label.Label, error) {
	a.asked++
	if errors.Is(a.err, context.DeadlineExceeded) {
		<-ctx.Done()
	}
	return a.label, a.err
}

func (a *answering) Void(context.Context, string) error {
	a.asked++
	return a.err
}

var good = label.Label{Carrier: "Carrier", Tracking: "T1", PDF: []byte("%PDF-1.4 and so on")}

func TestCarrierIsNotAskedForWhatCannotBePrinted(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		spoil func(*label.Order)
		field string
	}{
		"no key":                    {func(o *label.Order) { o.Key = "" }, "key"},
		"key too long":              {func(o *label.Order) { o.Key = strings.Repeat("k", 256) }, "key"},
		"key with a space":          {func(o *label.Order) { o.Key = "a b" }, "key"},
		"no return number":          {func(o *label.Order) { o.ReturnNumber = "" }, "returnNumber"},
		"return number too long":    {func(o *label.Order) { o.ReturnNumber = strings.Repeat("1", 41) }, "returnNumber"},
		"no sender":                 {func(o *label.Order) { o.From = nil }, "from"},
		"a name and no place":       {func(o *label.Order) { o.To = o.To[:1] }, "to"},
		"eight lines":               {func(o *label.Order) { o.To = make(label.Address, 8) }, "to"},
		"an empty line":             {func(o *label.Order) { o.To = label.Address{"a", ""} }, "to.1"},
		"a line too long":           {func(o *label.Order) { o.To = label.Address{"a", strings.Repeat("ü", 61)} }, "to.1"},
		"a line end inside":         {func(o *label.Order) { o.From = label.Address{"a", "b\nc"} }, "from.1"},
		"bytes that are no text":    {func(o *label.Order) { o.From = label.Address{"\xff", "b"} }, "from.0"},
		"no contents":               {func(o *label.Order) { o.Contents = nil }, "contents"},
		"contents beyond measure":   {func(o *label.Order) { o.Contents = make([]string, 101) }, "contents"},
		"a contents' line too long": {func(o *label.Order) { o.Contents = []string{strings.Repeat("x", 201)} }, "contents.0"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			driver, order := &answering{label: good}, labeltest.Order("lbl_1")
			c.spoil(&order)
			_, err := label.New(driver).Buy(t.Context(), order)
			require.ErrorIs(t, err, label.ErrInvalid)
			assert.Equal(t, fault.Invalid, fault.From(err).Kind)
			assert.Equal(t, c.field, strings.Join(fault.From(err).Field, "."))
			assert.Zero(t, driver.asked)
		})
	}
}

func TestLengthsAreCountedInLettersNotBytes(t *testing.T) {
	t.Parallel()
	order := labeltest.Order("lbl_1")
	order.To[1] = strings.Repeat("ü", 60)
	_, err := label.New(&answering{label: good}).Buy(t.Context(), order)
	require.NoError(t, err)
}

func TestErrorsAreToldApart(t *testing.T) {
	t.Parallel()
	secret := errors.New("secret of the carrier")
	for _, c := range []struct {
		said, means error
		kind        fault.Kind
	}{
		{label.ErrUnknown, label.ErrUnknown, fault.Unavailable},
		{secret, label.ErrUnknown, fault.Unavailable},
		{label.ErrNotBought, label.ErrNotBought, fault.Unavailable},
		{label.ErrInvalid, label.ErrInvalid, fault.Invalid},
		{label.ErrKeyReused, label.ErrKeyReused, fault.Conflict},
	} {
		_, err := label.New(&answering{err: fmt.Errorf("%w: %w", c.said, secret)}).Buy(t.Context(), labeltest.Order("lbl_1"))
		require.ErrorIs(t, err, c.means)
		assert.Equal(t, c.kind, fault.From(err).Kind)
		assert.NotContains(t, fault.From(err).Say, "secret")
	}
}

func TestLabelThatCannotBeUsedIsAnUnknownOutcome(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(*label.Label){
		"no carrier":          func(l *label.Label) { l.Carrier = "" },
		"no number":           func(l *label.Label) { l.Tracking = "" },
		"number with a space": func(l *label.Label) { l.Tracking = "1 2" },
		"number too long":     func(l *label.Label) { l.Tracking = strings.Repeat("1", 65) },
		"no sheet":            func(l *label.Label) { l.PDF = nil },
		"a web page":          func(l *label.Label) { l.PDF = []byte("<html>") },
		"a sheet too large":   func(l *label.Label) { l.PDF = append([]byte("%PDF-"), make([]byte, label.MaxPDF)...) },
	} {
		bought := good
		spoil(&bought)
		got, err := label.New(&answering{label: bought}).Buy(t.Context(), labeltest.Order("lbl_1"))
		assert.ErrorIs(t, err, label.ErrUnknown, name)
		assert.Zero(t, got, name)
	}
}

func TestSlowCarrierIsLeftAfterTheTimeThatItHas(t *testing.T) {
	t.Parallel()
	desk := label.New(&answering{err: context.DeadlineExceeded}, label.Within(0), label.Within(time.Millisecond))
	_, err := desk.Buy(t.Context(), labeltest.Order("lbl_1"))
	require.ErrorIs(t, err, label.ErrUnknown)
}

func TestVoidTellsARefusalFromDoubt(t *testing.T) {
	t.Parallel()
	secret := errors.New("secret of the carrier")
	for _, c := range []struct {
		said, means error
		kind        fault.Kind
	}{
		{label.ErrKept, label.ErrKept, fault.Conflict},
		{label.ErrUnknown, label.ErrUnknown, fault.Unavailable},
		{label.ErrInvalid, label.ErrUnknown, fault.Unavailable},
		{secret, label.ErrUnknown, fault.Unavailable},
	} {
		err := label.New(&answering{err: fmt.Errorf("%w: %w", c.said, secret)}).Void(t.Context(), "lbl_1")
		require.ErrorIs(t, err, c.means)
		assert.Equal(t, c.kind, fault.From(err).Kind)
		assert.NotContains(t, fault.From(err).Say, "secret")
	}
	driver := &answering{}
	require.NoError(t, label.New(driver).Void(t.Context(), "lbl_1"))
	require.ErrorIs(t, label.New(driver).Void(t.Context(), "a b"), label.ErrInvalid)
	assert.Equal(t, 1, driver.asked, "the carrier is not asked about what is no key")
}
