package returns_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/ent"
	"github.com/vysero/returns/ent/event"
	"github.com/vysero/returns/internal/apptest"
	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/fault"
	"github.com/vysero/returns/internal/lifecycle"
	"github.com/vysero/returns/internal/orders"
	"github.com/vysero/returns/internal/policy"
	"github.com/vysero/returns/internal/returns"
)

// asking is a request that staff file for Ada on a day of March, for one of her two cameras on each line.
type asking struct {
	on      string // the day; delivery was on the 6th
	unknown bool   // nobody told when it arrived
	photo   bool
	lines   []policy.Reason
	worked  bool // Ada says that it worked and then failed
}

func (s shop) filed(t *testing.T, a asking) *ent.ReturnRequest {
	t.Helper()
	s.Clock.Set(apptest.At(a.on + "T09:00:00-07:00"))
	in := returns.RequestInput{FileAnyway: new(true), Note: new("by telephone")}
	for _, reason := range a.lines {
		line := s.line(reason, 1)
		if a.worked {
			line.EverWorked = new(true)
		}
		in.Lines = append(in.Lines, line)
	}
	if a.photo {
		in.PhotoIDs = []string{s.upload(t)}
	}
	ret, _, err := s.Returns.Request(s.As(t, auth.Agent), in)
	require.NoError(t, err)
	return ret
}

// selling is a shop that sold Ada two cameras.
func selling(t *testing.T, a asking) shop {
	t.Helper()
	return open(t, func(in *orders.RecordInput) {
		in.Items[0].Quantity = 2
		if a.unknown {
			in.Items[0].Delivery, in.Items[0].DeliveredAt = new(policy.Unknown), nil
		}
	})
}

// told is what staff do with a return before they decide about it.
type told func(t *testing.T, s shop, ret *ent.ReturnRequest)

// puts is an override of the line with this number.
func puts(line int, outcome policy.Outcome) told {
	return func(t *testing.T, s shop, ret *ent.ReturnRequest) {
		t.Helper()
		_, err := s.Returns.Override(s.As(t, auth.Agent), returns.OverrideInput{
			ID: ret.ID, LineID: &s.lines(t, ret)[line].ID, Outcome: &outcome, Reason: "seen in the shop",
		})
		require.NoError(t, err)
	}
}

func arrives(t *testing.T, s shop, _ *ent.ReturnRequest) {
	t.Helper()
	_, err := s.Orders.Delivered(s.As(t, auth.Service), orders.DeliveredInput{OrderNumber: "1001", DeliveredAt: new(apptest.At("2026-03-06T15:00:00-08:00"))})
	require.NoError(t, err)
}

func photographs(t *testing.T, s shop, ret *ent.ReturnRequest) {
	t.Helper()
	_, err := s.Returns.AddPhotos(s.ada(t), returns.PhotosInput{ID: ret.ID, PhotoIDs: []string{s.upload(t)}})
	require.NoError(t, err)
}

func waits(t *testing.T, s shop, ret *ent.ReturnRequest) {
	t.Helper()
	s.Returns.OverrideLimit = new(int64(0))
	puts(0, policy.NotEligible)(t, s, ret)
	require.Len(t, s.overrides(t), 1)
}

func TestStaffDeclineNothingThatMayBeSentBack(t *testing.T) {
	t.Parallel()
	doa, heart := policy.DamagedOnArrival, policy.ChangeOfHeart
	for name, c := range map[string]struct {
		asking

		then    []told
		refused bool
	}{
		"the terms allow it":                                {asking{on: "2026-03-10", photo: true, lines: []policy.Reason{doa}}, nil, true},
		"the terms refuse it":                               {asking{on: "2026-03-20", photo: true, lines: []policy.Reason{doa}}, nil, false},
		"the terms allow one line and refuse the other":     {asking{on: "2026-03-20", photo: true, lines: []policy.Reason{doa, heart}}, nil, true},
		"the warranty answers for it":                       {asking{on: "2026-03-10", photo: true, lines: []policy.Reason{policy.Defective}, worked: true}, nil, false},
		"a photo is missing":                                {asking{on: "2026-03-10", lines: []policy.Reason{doa}}, nil, false},
		"the photo has come":                                {asking{on: "2026-03-10", lines: []policy.Reason{doa}}, []told{photographs}, true},
		"nobody knows when it arrived, which is for review": {asking{on: "2026-03-10", unknown: true, photo: true, lines: []policy.Reason{doa}}, nil, false},
		"when it arrived is known by now, and was in time": {
			asking{on: "2026-03-10", unknown: true, photo: true, lines: []policy.Reason{doa}}, []told{arrives}, true,
		},
		"when it arrived is known by now, and was too early": {
			asking{on: "2026-03-20", unknown: true, photo: true, lines: []policy.Reason{doa}}, []told{arrives}, false,
		},
		"staff put a refusal in the place of what the terms allow": {
			asking{on: "2026-03-10", photo: true, lines: []policy.Reason{doa}}, []told{puts(0, policy.NotEligible)}, false,
		},
		"a refusal that staff want waits for a second person": {
			asking{on: "2026-03-10", photo: true, lines: []policy.Reason{doa}}, []told{waits}, true,
		},
		"staff put a yes in the place of a refusal": {
			asking{on: "2026-03-20", photo: true, lines: []policy.Reason{doa}}, []told{puts(0, policy.Eligible)}, true,
		},
		"of two lines staff put a refusal for the one that is allowed": {
			asking{on: "2026-03-20", photo: true, lines: []policy.Reason{doa, heart}}, []told{puts(1, policy.NotEligible)}, false,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := selling(t, c.asking)
			ret := s.filed(t, c.asking)
			for _, do := range c.then {
				do(t, s, ret)
			}
			before, lines := s.state(t, ret.ID), written(t, s.lines(t, ret))
			_, err := s.Returns.Decline(s.As(t, auth.Agent), returns.ReasonInput{ID: ret.ID, Reason: "No."})
			if !c.refused {
				require.NoError(t, err)
				require.Equal(t, lifecycle.Declined, s.state(t, ret.ID))
				return
			}
			require.Equal(t, fault.CodeRefused, faultOf(t, err).Code)
			require.Contains(t, faultOf(t, err).Say, "put another outcome in the verdict's place first, with a reason")
			require.Equal(t, before, s.state(t, ret.ID))
			require.JSONEq(t, lines, written(t, s.lines(t, ret)), "nothing is changed")
		})
	}
}

// written is something as JSON.
func written(t *testing.T, value any) string {
	t.Helper()
	text, err := json.Marshal(value)
	require.NoError(t, err)
	return string(text)
}

func TestOnlyTheCustomerTakesAReturnBackAndStaffSayHowTheyWishedIt(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		by     auth.Role
		reason *string
		code   fault.Code
		reads  string // what the customer reads of it
	}{
		"the customer, without a word":   {auth.Customer, nil, "", ""},
		"the customer, with a reason":    {auth.Customer, new("I keep it."), "", ""},
		"an agent, without a word":       {auth.Agent, nil, fault.CodeRequired, ""},
		"an agent, with nothing to say":  {auth.Agent, new("  "), fault.CodeRequired, ""},
		"an agent, for the customer":     {auth.Agent, new("She called: she keeps it."), "", "She called: she keeps it."},
		"an administrator, just like it": {auth.Admin, nil, fault.CodeRequired, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := open(t)
			ret := s.request(t, s.line(policy.ChangeOfHeart, 1))
			by := s.As(t, c.by)
			if c.by == auth.Customer {
				by = s.ada(t)
			}
			_, err := s.Returns.Cancel(by, returns.CancelInput{ID: ret.ID, Reason: c.reason})
			if c.code != "" {
				require.Equal(t, c.code, faultOf(t, err).Code)
				require.Equal(t, []string{"reason"}, faultOf(t, err).Field)
				require.Equal(t, lifecycle.Approved, s.state(t, ret.ID))
				return
			}
			require.NoError(t, err)
			require.Equal(t, lifecycle.Cancelled, s.state(t, ret.ID))
			require.Equal(t, c.reads, s.DB.Client.ReturnRequest.GetX(s.ada(t), ret.ID).OutcomeNote)
		})
	}
}

func TestWhatADecisionRestsOnIsOnRecordAndSoIsWhatWasThereBefore(t *testing.T) {
	t.Parallel()
	doa := []policy.Reason{policy.DamagedOnArrival}
	approve := func(t *testing.T, s shop, ret *ent.ReturnRequest) {
		t.Helper()
		_, err := s.Returns.Approve(s.As(t, auth.Agent), returns.ApproveInput{IdempotencyKey: apptest.Key(), ID: ret.ID, Instructions: "Send it."})
		require.NoError(t, err)
	}
	decline := func(t *testing.T, s shop, ret *ent.ReturnRequest) {
		t.Helper()
		_, err := s.Returns.Decline(s.As(t, auth.Agent), returns.ReasonInput{ID: ret.ID, Reason: "No."})
		require.NoError(t, err)
	}
	waive := func(t *testing.T, s shop, ret *ent.ReturnRequest) {
		t.Helper()
		_, err := s.Returns.WaiveEvidence(s.As(t, auth.Agent), returns.ReasonInput{ID: ret.ID, Reason: "seen in the shop"})
		require.NoError(t, err)
	}
	for name, c := range map[string]struct {
		asking

		then     []told
		outcomes []policy.Outcome // of every verdict that there was, the latest last
		delivery policy.Delivery  // as the latest one knows it
		told     bool             // that instructions were given
	}{
		"approved as it was asked":           {asking{on: "2026-03-10", photo: true, lines: doa}, []told{approve}, []policy.Outcome{"ELIGIBLE", "ELIGIBLE"}, policy.Delivered, true},
		"approved when its arrival is known": {asking{on: "2026-03-10", unknown: true, photo: true, lines: doa}, []told{arrives, approve}, []policy.Outcome{"NEEDS_REVIEW", "ELIGIBLE"}, policy.Delivered, true},
		"approved in doubt":                  {asking{on: "2026-03-10", unknown: true, photo: true, lines: doa}, []told{approve}, []policy.Outcome{"NEEDS_REVIEW", "NEEDS_REVIEW"}, policy.Unknown, true},
		"declined when its arrival is known": {asking{on: "2026-03-20", unknown: true, photo: true, lines: doa}, []told{arrives, decline}, []policy.Outcome{"NEEDS_REVIEW", "NOT_ELIGIBLE"}, policy.Delivered, false},
		"photos, then approved":              {asking{on: "2026-03-10", lines: doa}, []told{photographs, approve}, []policy.Outcome{"AWAITING_EVIDENCE", "ELIGIBLE", "ELIGIBLE"}, policy.Delivered, true},
		"no photos, then approved":           {asking{on: "2026-03-10", lines: doa}, []told{waive, approve}, []policy.Outcome{"AWAITING_EVIDENCE", "ELIGIBLE", "ELIGIBLE"}, policy.Delivered, true},
		"against the terms":                  {asking{on: "2026-03-20", photo: true, lines: doa}, []told{puts(0, policy.Eligible), approve}, []policy.Outcome{"NOT_ELIGIBLE", "NOT_ELIGIBLE"}, policy.Delivered, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := selling(t, c.asking)
			ret := s.filed(t, c.asking)
			for _, do := range c.then {
				do(t, s, ret)
			}
			line := s.lines(t, ret)[0]
			var all []ent.Decided
			for _, e := range s.DB.Client.Event.Query().Where(event.ReturnID(ret.ID)).Order(event.BySeq()).AllX(auth.AsSystem(t.Context())) {
				replaced, err := e.Replaced()
				require.NoError(t, err)
				if was, ok := replaced[line.ID]; ok {
					all = append(all, was)
				}
			}
			all = append(all, ent.Decided{Facts: line.Facts, Verdict: line.Verdict})
			var outcomes []policy.Outcome
			for _, d := range all {
				outcomes = append(outcomes, d.Verdict.Outcome)
				require.JSONEq(t, written(t, d.Verdict), written(t, policy.Decide(policy.Default(), d.Facts)), "each comes out the same from its facts")
			}
			require.Equal(t, c.outcomes, outcomes)
			require.Equal(t, c.delivery, line.Facts.Delivery)
			require.Equal(t, c.told, line.Facts.Instructions != nil)
			done, err := s.Returns.Audit(t.Context(), returns.AuditInput{})
			require.NoError(t, err)
			require.Zero(t, done.Differences, "the log holds them fast")
		})
	}
}
