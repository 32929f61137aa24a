package returns_test

import (
	"context"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/ent"
	"github.com/vysero/returns/ent/inspection"
	"github.com/vysero/returns/ent/override"
	"github.com/vysero/returns/internal/apptest"
	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/fault"
	"github.com/vysero/returns/internal/lifecycle"
	"github.com/vysero/returns/internal/orders"
	"github.com/vysero/returns/internal/policy"
	"github.com/vysero/returns/internal/returns"
)

// overridden is a shop in which more than so many dollars need a second person.
func overridden(t *testing.T, limit int64) shop {
	t.Helper()
	s := open(t)
	s.Returns.OverrideLimit = &limit
	return s
}

func (s shop) person(t *testing.T, id string) context.Context {
	t.Helper()
	return auth.With(t.Context(), auth.Principal{ID: id, Role: auth.Finance})
}

func (s shop) overrides(t *testing.T) []*ent.Override {
	t.Helper()
	return s.DB.Client.Override.Query().Order(ent.Asc(override.FieldID)).AllX(auth.AsSystem(t.Context()))
}

// refused is a return whose unit came back without its packaging: nothing is refunded by the terms.
func (s shop) refused(t *testing.T) (*ent.ReturnRequest, *ent.Inspection) {
	t.Helper()
	ret := s.back(t, s.request(t, s.line(policy.ChangeOfHeart, 1)), returns.FoundInput{Packaging: false})
	ins := ret.QueryLines().QueryInspections().OnlyX(auth.AsSystem(t.Context()))
	require.Equal(t, policy.NoRefund, ins.Outcome)
	return ret, ins
}

func TestAnOverrideIsARecordWithItsEffectOnTheMoney(t *testing.T) {
	t.Parallel()
	s := open(t)
	ret, ins := s.refused(t)
	_, err := s.Returns.Override(s.person(t, "eva"), returns.OverrideInput{
		ID: ret.ID, InspectionID: &ins.ID, InspectionOutcome: new(policy.RefundInFull), Code: override.CodeGOODWILL, Reason: " A good customer. ",
	})
	require.NoError(t, err)
	o := s.overrides(t)[0]
	require.Equal(t, override.StateIN_FORCE, o.State)
	require.Equal(t, override.KindJUDGEMENT, o.Kind)
	require.Equal(t, override.CodeGOODWILL, o.Code)
	require.Equal(t, "A good customer.", o.Reason)
	require.Equal(t, []string{"NO_REFUND", "REFUND"}, []string{o.Before, o.After})
	require.EqualValues(t, 10000, o.EffectMinor)
	require.Equal(t, "eva", o.AskedBy)
	_, paid := s.settle(t, ret)
	require.EqualValues(t, 10000, paid.TotalMinor)
	require.Empty(t, s.DB.Client.Override.Query().AllX(s.ada(t)), "customers see the result, never the note")
}

func TestMoreThanOnePersonMayDecideAboutNeedsASecondOne(t *testing.T) {
	t.Parallel()
	s := overridden(t, 99)
	ret, ins := s.refused(t)
	in := returns.OverrideInput{ID: ret.ID, InspectionID: &ins.ID, InspectionOutcome: new(policy.RefundInFull), Reason: "goodwill"}
	ret, err := s.Returns.Override(s.person(t, "eva"), in)
	require.NoError(t, err)
	require.Equal(t, policy.NoRefund, ret.QueryLines().QueryInspections().OnlyX(auth.AsSystem(t.Context())).Outcome, "not before it is approved")
	_, _, err = s.Returns.Settle(s.person(t, "eva"), returns.SettleInput{ID: ret.ID, IdempotencyKey: apptest.Key()})
	require.Equal(t, fault.CodeReview, faultOf(t, err).Code, "nothing is settled over it")
	waiting := s.overrides(t)[0]
	require.Equal(t, override.StatePROPOSED, waiting.State)
	_, err = s.Returns.DecideOverride(s.person(t, "eva"), returns.DecideOverrideInput{ID: waiting.ID, Approve: true})
	require.Equal(t, fault.CodeOwnWork, faultOf(t, err).Code)
	_, err = s.Returns.DecideOverride(s.ada(t), returns.DecideOverrideInput{ID: waiting.ID, Approve: true})
	require.Equal(t, fault.Forbidden, faultOf(t, err).Kind)
	_, err = s.Returns.DecideOverride(s.person(t, "max"), returns.DecideOverrideInput{ID: waiting.ID, Approve: true})
	require.NoError(t, err)
	done := s.overrides(t)[0]
	require.Equal(t, override.StateIN_FORCE, done.State)
	require.Equal(t, "max", done.DecidedBy)
	_, err = s.Returns.DecideOverride(s.person(t, "max"), returns.DecideOverrideInput{ID: waiting.ID})
	require.Equal(t, fault.CodeState, faultOf(t, err).Code)
	ret, paid := s.settle(t, ret)
	require.Equal(t, lifecycle.Refunded, ret.State)
	require.EqualValues(t, 10000, paid.TotalMinor)
	s.balanced(t)
}

func TestARejectedOverrideChangesNothing(t *testing.T) {
	t.Parallel()
	s := overridden(t, 0)
	ret, ins := s.refused(t)
	_, err := s.Returns.Override(s.person(t, "eva"), returns.OverrideInput{ID: ret.ID, InspectionID: &ins.ID, InspectionOutcome: new(policy.RefundInFull), Reason: "goodwill"})
	require.NoError(t, err)
	_, err = s.Returns.DecideOverride(s.person(t, "max"), returns.DecideOverrideInput{ID: s.overrides(t)[0].ID})
	require.NoError(t, err)
	require.Equal(t, override.StateREJECTED, s.overrides(t)[0].State)
	ret, paid := s.settle(t, ret)
	require.Nil(t, paid)
	require.Equal(t, lifecycle.Closed, ret.State)
}

func TestOneWhoseGroundHasMovedIsNotApproved(t *testing.T) {
	t.Parallel()
	s := overridden(t, 50)
	ret, ins := s.refused(t)
	_, err := s.Returns.Override(s.person(t, "eva"), returns.OverrideInput{ID: ret.ID, InspectionID: &ins.ID, InspectionOutcome: new(policy.RefundInFull), Reason: "goodwill"})
	require.NoError(t, err)
	_, err = s.Returns.Override(s.person(t, "eva"), returns.OverrideInput{ID: ret.ID, InspectionID: &ins.ID, InspectionOutcome: new(policy.WarrantyCase), Reason: "it is broken"})
	require.NoError(t, err, "no money is moved by this one")
	_, err = s.Returns.DecideOverride(s.person(t, "max"), returns.DecideOverrideInput{ID: s.overrides(t)[0].ID, Approve: true})
	require.Equal(t, fault.CodeStale, faultOf(t, err).Code)
}

func TestAVerdictThatIsOverriddenIsWorthWhatItWouldPay(t *testing.T) {
	t.Parallel()
	s := overridden(t, 100)
	s.Clock.Set(apptest.At("2026-05-10T09:00:00-07:00")) // long after 30 days
	agent := s.As(t, auth.Agent)
	ret, _, err := s.Returns.Request(agent, returns.RequestInput{Lines: []returns.LineInput{s.line(policy.ChangeOfHeart, 1)}, FileAnyway: new(true), Note: new("asked nicely")})
	require.NoError(t, err)
	line := s.lines(t, ret)[0]
	_, err = s.Returns.Override(agent, returns.OverrideInput{ID: ret.ID, LineID: &line.ID, Outcome: new(policy.Eligible), Reason: "goodwill"})
	require.NoError(t, err)
	o := s.overrides(t)[0]
	require.Equal(t, override.StateIN_FORCE, o.State, "a hundred is not more than a hundred")
	require.EqualValues(t, 10000, o.EffectMinor)
	_, err = s.Returns.Override(agent, returns.OverrideInput{ID: ret.ID, LineID: &line.ID, Outcome: new(policy.NotEligible), Code: override.CodeABUSE, Reason: "fraud"})
	require.NoError(t, err)
	require.EqualValues(t, -10000, s.overrides(t)[1].EffectMinor)
}

func TestALoweredFeeIsAnOverrideToo(t *testing.T) {
	t.Parallel()
	s := overridden(t, 9)
	ret := s.back(t, s.request(t, s.line(policy.ChangeOfHeart, 1)), returns.FoundInput{Packaging: true, Missing: []string{"usb-cable"}})
	ins := ret.QueryLines().QueryInspections().OnlyX(auth.AsSystem(t.Context()))
	_, err := s.Returns.ReduceFee(s.person(t, "eva"), returns.FeeInput{ID: ret.ID, InspectionID: ins.ID, Fee: apptest.USD("5.00"), Reason: "goodwill"})
	require.NoError(t, err)
	_, err = s.Returns.ReduceFee(s.person(t, "eva"), returns.FeeInput{ID: ret.ID, InspectionID: ins.ID, Fee: apptest.USD("0.00"), Reason: "more goodwill"})
	require.NoError(t, err)
	all := s.overrides(t)
	require.Equal(t, []string{"900", "500", "500", "0"}, []string{all[0].Before, all[0].After, all[1].Before, all[1].After})
	require.Equal(t, []int64{400, 500}, []int64{all[0].EffectMinor, all[1].EffectMinor})
	require.Equal(t, override.StateIN_FORCE, all[1].State)
	_, paid := s.settle(t, ret)
	require.EqualValues(t, 10000, paid.TotalMinor)
}

// gift is one thing that a person wants in the terms' place, in a return of two units that came back without a cable each:
// nine dollars of each are kept. What it does to the money follows from the gifts before it.
type gift struct {
	by      string
	unit    int // the first or the second
	fee     string
	outcome policy.InspectionOutcome
	seen    string // the second person who approves it at once
}

func TestManySmallOverridesOfAReturnAreHeldAgainstTheLimitAsOne(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		limit int64
		gifts []gift
		waits []bool // whether each waits for a second person
	}{
		"within the limit together": {9, []gift{{by: "eva", fee: "5.00"}, {by: "eva", fee: "0.00"}}, []bool{false, false}},
		"one over the other":        {8, []gift{{by: "eva", fee: "5.00"}, {by: "eva", fee: "0.00"}}, []bool{false, true}},
		"on another unit":           {9, []gift{{by: "eva", fee: "0.00"}, {by: "eva", unit: 1, fee: "8.00"}}, []bool{false, true}},
		"by another person":         {9, []gift{{by: "eva", fee: "0.00"}, {by: "max", unit: 1, fee: "8.00"}}, []bool{false, true}},
		"what waits does not count": {8, []gift{{by: "eva", fee: "0.00"}, {by: "eva", unit: 1, fee: "1.00"}}, []bool{true, false}},
		"what two have seen does not count": {
			8, []gift{{by: "eva", fee: "0.00", seen: "max"}, {by: "eva", unit: 1, fee: "1.00"}}, []bool{true, false},
		},
		"what is taken back counts against it": {
			91, []gift{{by: "eva", outcome: policy.NoRefund}, {by: "eva", unit: 1, fee: "0.00"}, {by: "eva", outcome: policy.RefundLess}},
			[]bool{false, false, false},
		},
		"what is taken from the customer counts as well": {
			100, []gift{{by: "eva", outcome: policy.NoRefund}, {by: "eva", unit: 1, outcome: policy.NoRefund}}, []bool{false, true},
		},
		"one that is too much by itself, whatever was taken before": {
			91, []gift{{by: "eva", outcome: policy.NoRefund}, {by: "eva", outcome: policy.RefundInFull}}, []bool{false, true},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := open(t, func(in *orders.RecordInput) {
				in.Items[0].Quantity, in.Items[0].Paid, in.Payments[0].Captured = 2, apptest.USD("200.00"), apptest.USD("208.00")
			})
			s.Returns.OverrideLimit = &c.limit
			ret, units := s.withoutCables(t, 2, 2)
			for i, g := range c.gifts {
				by, about := s.person(t, g.by), units[g.unit].ID
				var err error
				if g.fee != "" {
					_, err = s.Returns.ReduceFee(by, returns.FeeInput{ID: ret.ID, InspectionID: about, Fee: apptest.USD(g.fee), Reason: "goodwill"})
				} else {
					_, err = s.Returns.Override(by, returns.OverrideInput{ID: ret.ID, InspectionID: &about, InspectionOutcome: &g.outcome, Reason: "goodwill"})
				}
				require.NoError(t, err)
				made := s.overrides(t)[i]
				require.Equal(t, c.waits[i], made.State == override.StatePROPOSED, "the override number %d, of %s", i+1, made.Effect())
				if g.seen != "" {
					_, err = s.Returns.DecideOverride(s.person(t, g.seen), returns.DecideOverrideInput{ID: made.ID, Approve: true})
					require.NoError(t, err)
				}
			}
		})
	}
}

// withoutCables is a return of some units of which the first so many came back without their cable, each inspected by itself.
func (s shop) withoutCables(t *testing.T, units, back int) (*ent.ReturnRequest, []*ent.Inspection) {
	t.Helper()
	ret := s.request(t, s.line(policy.ChangeOfHeart, units))
	line := s.lines(t, ret)[0].ID
	_, err := s.Returns.HandOver(s.ada(t), returns.HandOverInput{ID: ret.ID, Tracking: new("1Z999")})
	require.NoError(t, err)
	_, err = s.Returns.Receive(s.As(t, auth.Inspector), returns.ReceiveInput{ID: ret.ID, Lines: []returns.ReceivedLine{{LineID: line, Received: &back}}})
	require.NoError(t, err)
	one := returns.FoundInput{LineID: line, Units: 1, Packaging: true, Missing: []string{"usb-cable"}}
	ret, err = s.Returns.Inspect(s.As(t, auth.Inspector), returns.InspectInput{ID: ret.ID, Findings: slices.Repeat([]returns.FoundInput{one}, back)})
	require.NoError(t, err)
	return ret, ret.QueryLines().QueryInspections().Order(ent.Asc(inspection.FieldID)).AllX(auth.AsSystem(t.Context()))
}
