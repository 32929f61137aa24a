package chain_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/ent"
	"github.com/vysero/returns/internal/chain"
)

func events(t *testing.T, n int) ([]*ent.Event, chain.Head) {
	t.Helper()
	var all []*ent.Event
	var head chain.Head
	ret := "ret_1"
	for i := range n {
		e := &ent.Event{
			ID: "evt_" + string(rune('a'+i)), OrderID: "ord_1", CustomerID: "cus_1", ReturnID: &ret, Action: "RECEIVE", Actor: "staff",
			At: time.Date(2026, 3, 1, 10, i, 0, 123456789, time.FixedZone("", -8*3600)), After: json.RawMessage(`{"b": 12345678901234567890, "a": "é"}`),
		}
		var err error
		head, err = head.Next(e)
		require.NoError(t, err)
		all = append(all, e)
	}
	return all, head
}

func says(t *testing.T, all []*ent.Event, end chain.Head) string {
	t.Helper()
	say, err := chain.Verify(all, end)
	require.NoError(t, err)
	return say
}

func TestAnUnalteredChainFitsHoweverTheDatabaseKeepsIt(t *testing.T) {
	t.Parallel()
	all, end := events(t, 4)
	require.Equal(t, 4, end.Seq)
	require.Empty(t, says(t, all, end))
	for _, e := range all {
		e.At = e.At.UTC().Truncate(time.Microsecond)
		e.After = json.RawMessage("{\"a\":\"\\u00e9\",\n \"b\":12345678901234567890}") // as jsonb gives it back
	}
	require.Empty(t, says(t, all, end))
	require.Empty(t, says(t, nil, chain.Head{}))
	require.Empty(t, says(t, append([]*ent.Event{{ID: "old", Action: "REQUEST"}}, all...), end), "what was there before there were chains")
}

func TestWhateverIsAlteredIsSeen(t *testing.T) {
	t.Parallel()
	other := "ret_2"
	for name, alter := range map[string]func(e *ent.Event){
		"id": func(e *ent.Event) { e.ID = "evt_x" }, "order": func(e *ent.Event) { e.OrderID = "x" }, "customer": func(e *ent.Event) { e.CustomerID = "x" },
		"return": func(e *ent.Event) { e.ReturnID = &other }, "no return": func(e *ent.Event) { e.ReturnID = nil },
		"instant": func(e *ent.Event) { e.At = e.At.Add(time.Microsecond) }, "actor": func(e *ent.Event) { e.Actor = "x" },
		"role": func(e *ent.Event) { e.Role = "x" }, "action": func(e *ent.Event) { e.Action = "x" }, "reason": func(e *ent.Event) { e.Reason = "x" },
		"before": func(e *ent.Event) { e.Before = json.RawMessage(`{}`) }, "after": func(e *ent.Event) { e.After = json.RawMessage(`{"a":1}`) },
		"place": func(e *ent.Event) { e.Seq = 7 }, "link": func(e *ent.Event) { e.Prev = "x" }, "digest": func(e *ent.Event) { e.Digest = "x" },
	} {
		all, end := events(t, 4)
		alter(all[1])
		require.NotEmpty(t, says(t, all, end), name)
	}
	all, end := events(t, 4)
	require.NotEmpty(t, says(t, all[:3], end), "the last one is missing")
	require.NotEmpty(t, says(t, append(all[:1:1], all[2:]...), end), "one in the middle is missing")
	_, err := end.Next(&ent.Event{After: json.RawMessage("{")})
	require.Error(t, err)
}
