package fault_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/internal/fault"
)

func TestAMaskedErrorHoldsNoValues(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`no such row`: `no such row`,
		`ERROR: invalid input syntax for type json: "{\"a\": \"Ada\"}" (SQLSTATE 22P02)`: `ERROR: invalid input syntax for type json: … (SQLSTATE 22P02)`,
		`constraint 'Ada' failed`:             `constraint … failed`,
		`no mail to <ada@example.com>, sorry`: `no mail to <…>, sorry`,
		`no mail to ada@example.com`:          `no mail to …`,

		`the shop's answer: no 'Ada Lovelace', sorry`:  `the shop's answer: no …, sorry`,
		`the photos' store has no "Ada O'Hara", sorry`: `the photos' store has no …, sorry`,
		`nobody is called 'Ada O'Hara' here`:           `nobody is called … here`,
		`this is cut off: "Ada Lovel`:                  `this is cut off: …`,
		`this is cut off: 'Ada Lovel`:                  `this is cut off: …`,
		`this is cut off: "Ada Lovel\\`:                `this is cut off: …`,
	} {
		require.Equal(t, want, fault.Masked(errors.New(text)))
	}
	require.Empty(t, fault.Masked(nil))
}
