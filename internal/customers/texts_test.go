package customers

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/ent"
)

func TestWordsThatOlderEventsKeepBesideTheReasonGoWithIt(t *testing.T) {
	t.Parallel()
	for was, want := range map[string]string{
		`{"outside":"cheque 12","n":12345678901234567890}`: `{"n":12345678901234567890,"outside":true}`,
		`{"outside":""}`:   `{"outside":false}`,
		`{"outside":true}`: `{"outside":true}`,
	} {
		e := &ent.Event{Action: "REROUTE_REFUND", Reason: "by telephone", Salt: "x", After: json.RawMessage(was)}
		rest, changed, err := withoutWords(e)
		require.NoError(t, err)
		require.True(t, changed)
		require.JSONEq(t, want, string(rest.After))
		require.Empty(t, rest.Reason+rest.Salt)
		require.Equal(t, "by telephone", e.Reason, "the event at hand is left alone")
	}
	_, _, err := withoutWords(&ent.Event{Action: "REROUTE_REFUND", Reason: "x", After: json.RawMessage("{")})
	require.Error(t, err)
}

func TestAlarmsKeepTheirWords(t *testing.T) {
	t.Parallel()
	_, changed, err := withoutWords(&ent.Event{Action: "ALARM_REFUND_DUE", Reason: "since 2026-03-01T10:00:00Z"})
	require.NoError(t, err)
	require.False(t, changed)
}
