package chain_test

import (
	"crypto/sha256"
	"encoding/hex"
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
			ID: "evt_" + string(rune('a'+i)), OrderID: "ord_1", CustomerID: "cus_1", ReturnID: &ret, Action: "RECEIVE", Actor: "staff", Reason: "why",
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
		"no words": func(e *ent.Event) { e.Reason, e.Salt = "", "" }, "salt": func(e *ent.Event) { e.Salt = "x" },
		"before": func(e *ent.Event) { e.Before = json.RawMessage(`{}`) }, "seal": func(e *ent.Event) { e.Sealed = json.RawMessage(`{}`) },
		"after": func(e *ent.Event) { e.After = json.RawMessage(`{"a":1}`) },
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

// FuzzAfter looks for words in the place of an event's own that an audit takes for them, or cannot bear.
func FuzzAfter(f *testing.F) {
	for _, seed := range []string{
		`{"a":"é","b":12345678901234567890}`, `{"b":1.2345678901234567890e19,"a":"é"}`, `{"a":"é","b":12345678901234567890}{}`,
		`{"a":"é","b":12345678901234567890} x`, `{"a":1,"a":"é","b":12345678901234567890}`, `{"left":{"evt_a":"x"}}`, `{"left":[]}`, "null", "", "{", "\xff",
	} {
		f.Add([]byte(seed), false)
		f.Add([]byte(seed), true)
	}
	f.Fuzz(func(t *testing.T, text []byte, erasure bool) {
		all, end := events(t, 3)
		var was, is any
		require.NoError(t, json.Unmarshal(all[1].After, &was))
		all[1].After = text
		if erasure {
			all[1].Action = chain.Erased
		}
		say, err := chain.Verify(all, end)
		if err == nil && say == "" {
			require.NoError(t, json.Unmarshal(text, &is), "%q", text)
			require.Equal(t, was, is)
		}
		all[1].Sealed = text
		_, _ = chain.VerifySeals(all, chain.Content{"return": "x"})
	})
}

// erased is a chain of four events of which the second and the third lost their words.
func erased(t *testing.T) ([]*ent.Event, chain.Head) {
	t.Helper()
	all, end := events(t, 4)
	for _, e := range all[1:3] {
		e.Reason, e.Salt = "", ""
	}
	left, err := chain.Left(all[1:3])
	require.NoError(t, err)
	gone := &ent.Event{ID: "evt_gone", OrderID: "ord_1", CustomerID: "cus_1", Action: chain.Erased, Actor: "system", After: left}
	end, err = end.Next(gone)
	require.NoError(t, err)
	return append(all, gone), end
}

func TestWordsThatWereErasedLeaveAChainThatFits(t *testing.T) {
	t.Parallel()
	all, end := erased(t)
	require.Empty(t, says(t, all, end))
	require.Empty(t, says(t, all[:1], chain.Head{Seq: 1, Digest: all[0].Digest}), "an end that somebody wrote down before is still where it was")
}

func TestWhateverElseIsAlteredIsSeenAfterAnErasureToo(t *testing.T) {
	t.Parallel()
	for name, alter := range map[string]func(all []*ent.Event){
		"what is left of one":         func(all []*ent.Event) { all[1].Actor = "x" },
		"its content":                 func(all []*ent.Event) { all[2].After = json.RawMessage(`{"a":1}`) },
		"other words in their place":  func(all []*ent.Event) { all[1].Reason = "x" },
		"its digest":                  func(all []*ent.Event) { all[2].Digest = "x" },
		"words that were not erased":  func(all []*ent.Event) { all[0].Reason, all[0].Salt = "", "" },
		"what the erasure says":       func(all []*ent.Event) { all[4].After = json.RawMessage(`{"left":{}}`) },
		"the erasure's own action":    func(all []*ent.Event) { all[4].Action = "RECEIVE" },
		"both, so that they agree":    func(all []*ent.Event) { all[1].Actor = "x"; all[4].After, _ = chain.Left(all[1:3]) },
		"an event without any erased": func(all []*ent.Event) { all[3].Reason = "" },
	} {
		all, end := erased(t)
		alter(all)
		require.NotEmpty(t, says(t, all, end), name)
	}
	_, err := chain.Verify([]*ent.Event{{Seq: 1, Action: chain.Erased, After: json.RawMessage("{")}}, chain.Head{})
	require.Error(t, err)
	_, err = chain.Left([]*ent.Event{{After: json.RawMessage("{")}})
	require.Error(t, err)
}

func TestTheSameWordsHaveAnotherDigestEachTime(t *testing.T) {
	t.Parallel()
	one, _ := events(t, 1)
	other, _ := events(t, 1)
	require.Equal(t, one[0].Reason, other[0].Reason)
	require.NotEqual(t, one[0].Digest, other[0].Digest, "or they could be guessed from it once they are gone")
}

func TestAnEventOfBeforeThereWereSaltsStillFits(t *testing.T) {
	t.Parallel()
	said := `{"prev":"","seq":1,"id":"evt_1","orderId":"ord_1","customerId":"cus_1","returnId":null,"at":"2026-03-01T10:00:00Z",` +
		`"actor":"staff","role":"AGENT","action":"DECLINE","reason":"why","before":null,"after":null}`
	sum := sha256.Sum256([]byte(said))
	old := &ent.Event{
		ID: "evt_1", OrderID: "ord_1", CustomerID: "cus_1", At: time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC), Actor: "staff", Role: "AGENT",
		Action: "DECLINE", Reason: "why", Seq: 1, Digest: hex.EncodeToString(sum[:]),
	}
	require.Empty(t, says(t, []*ent.Event{old}, chain.Head{Seq: 1, Digest: old.Digest}))
}

// sealed is a chain of three events, of which each changed the lines.
func sealed(t *testing.T) []*ent.Event {
	t.Helper()
	all, _ := events(t, 3)
	var was chain.Content
	for i, e := range all {
		left := chain.Content{"lines": string(rune('a' + i)), "return": "same"}
		var err error
		e.Sealed, err = chain.SealOf(was, left)
		require.NoError(t, err)
		was = left
	}
	return all
}

func TestSealsTellWhatWasAlteredBetweenEventsAndAfterThem(t *testing.T) {
	t.Parallel()
	now := chain.Content{"lines": "c", "return": "same"}
	other, err := chain.SealOf(chain.Content{"lines": "x", "return": "same"}, chain.Content{"lines": "c", "return": "same"})
	require.NoError(t, err)
	for name, c := range map[string]struct {
		alter func(all []*ent.Event) []*ent.Event
		now   chain.Content
		want  chain.Sealed
	}{
		"nothing":            {now: now},
		"after the last one": {now: chain.Content{"lines": "x", "return": "x"}, want: chain.Sealed{Say: []string{"what event 3 (evt_c) left was altered: lines, return"}}},
		"before the last one": {
			alter: func(all []*ent.Event) []*ent.Event { all[2].Sealed = other; return all }, now: now,
			want: chain.Sealed{Say: []string{"what event 2 (evt_b) had left was altered before event 3 (evt_c): lines"}},
		},
		"a part that there was not then": {now: chain.Content{"lines": "c", "return": "same", "photos": "x"}},
		"no return any more":             {want: chain.Sealed{Say: []string{"what event 3 (evt_c) left was altered: lines, return"}}},
		"an event of before there were seals is no end of them": {
			alter: func(all []*ent.Event) []*ent.Event { all[0].Sealed = nil; return all }, now: now,
		},
		"nothing is sealed": {
			alter: func(all []*ent.Event) []*ent.Event {
				all[0].Sealed, all[1].Sealed, all[2].Sealed = nil, nil, nil
				return all
			}, now: now,
			want: chain.Sealed{Open: true},
		},
	} {
		all := sealed(t)
		if c.alter != nil {
			all = c.alter(all)
		}
		got, err := chain.VerifySeals(all, c.now)
		require.NoError(t, err)
		require.Equal(t, c.want, got, name)
	}
	_, err = chain.VerifySeals([]*ent.Event{{Sealed: json.RawMessage("{")}}, nil)
	require.Error(t, err)
}
