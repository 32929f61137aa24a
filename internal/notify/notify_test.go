package notify_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/internal/fault"
	"github.com/vysero/returns/internal/notify"
	"github.com/vysero/returns/internal/notify/notifytest"
)

// saying is a driver that fails with an error.
type saying struct{ error }

// Send fails.
func (s saying) Send(context.Context, notify.Envelope) error { return s.error }

func TestWhatADriverSaysBecomesAFaultAndDoubtIsForAnotherTime(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		said, means error
		kind        fault.Kind
	}{
		{notify.ErrRefused, notify.ErrRefused, fault.Invalid},
		{notify.ErrNotSent, notify.ErrNotSent, fault.Unavailable},
		{errors.New("something else"), notify.ErrNotSent, fault.Unavailable},
		{context.DeadlineExceeded, notify.ErrNotSent, fault.Unavailable},
	} {
		err := notifytest.Mailer(t, saying{c.said}).Send(t.Context(), notifytest.Message("mail_1"))
		require.ErrorIs(t, err, c.means)
		require.ErrorIs(t, err, c.said)
		require.Equal(t, c.kind, fault.From(err).Kind)
	}
}

// waiting is a driver that waits until it may not any more.
type waiting struct{}

// Send waits.
func (waiting) Send(ctx context.Context, _ notify.Envelope) error {
	<-ctx.Done()
	return ctx.Err()
}

func TestADriverIsNotWaitedForForEver(t *testing.T) {
	t.Parallel()
	mailer := notifytest.Mailer(t, waiting{}, notify.Within(1))
	require.ErrorIs(t, mailer.Send(t.Context(), notifytest.Message("mail_1")), notify.ErrNotSent)
}

func TestAMailComesFromOneAddressWithOrWithoutAName(t *testing.T) {
	t.Parallel()
	for from, name := range map[string]string{
		"returns@shop.example": "", "Vysero <returns@shop.example>": "Vysero", `"Vysero, Inc." <returns@shop.example>`: "Vysero, Inc.",
	} {
		m, err := notify.New(saying{}, from)
		require.NoError(t, err, from)
		assert.Equal(t, name, m.Name())
	}
	for _, from := range []string{
		"", "Vysero", "a@example.com, b@example.com", "Vysero\r\nBcc: x@example.com <a@example.com>", strings.Repeat("a", 250) + "@example.com",
		strings.Repeat("w", 101) + " <a@example.com>",
	} {
		_, err := notify.New(saying{}, from)
		require.Error(t, err, from)
	}
}

func FuzzNoAddressHoldsMoreThanAnAddress(f *testing.F) {
	for _, text := range []string{"ada@example.com", "a@b\r\nBcc: c@d", "<a@b>", `"a b"@c`, "a@[127.0.0.1]", "a@b,c@d", "ü@ü.de", "a@b (c)"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if notify.Address(text) {
			assert.False(t, strings.ContainsAny(text, "\r\n\x00 ,<>"), text)
			assert.Contains(t, text, "@")
		}
	})
}
