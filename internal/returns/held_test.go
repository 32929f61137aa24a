package returns_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/internal/apptest"
	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/fault"
	"github.com/vysero/returns/internal/lifecycle"
	"github.com/vysero/returns/internal/money"
	"github.com/vysero/returns/internal/orders"
	"github.com/vysero/returns/internal/policy"
	"github.com/vysero/returns/internal/returns"
)

// Three cameras for 100 dollars each come back without their cables: by the terms 91 are due for each. About the first one a
// person wants something that needs a second one.
func TestAnOverrideThatWaitsHoldsItsOwnUnitsBackAndNoOthers(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		back    int // units that are back and inspected
		fee     string
		outcome policy.InspectionOutcome
		first   string          // what is paid while it waits
		state   lifecycle.State // the return's, after that
		rest    string          // what is paid for the first unit when a second person has approved
		refused string          // and when they have rejected it
	}{
		"all are back, the fee is to be waived":        {3, "0.00", "", "182.00", lifecycle.Inspected, "100.00", "91.00"},
		"all are back, nothing is to be paid for it":   {3, "", policy.NoRefund, "182.00", lifecycle.Inspected, "", "91.00"},
		"all are back, it is to be paid in full":       {3, "", policy.RefundInFull, "182.00", lifecycle.Inspected, "100.00", "91.00"},
		"one is under way, the fee is to be waived":    {2, "0.00", "", "91.00", lifecycle.Received, "100.00", "91.00"},
		"one is under way, nothing is to be paid":      {2, "", policy.NoRefund, "91.00", lifecycle.Received, "", "91.00"},
		"no other is back, nothing is paid beforehand": {1, "0.00", "", "", lifecycle.Received, "100.00", "91.00"},
	} {
		for _, approve := range []bool{true, false} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				s := open(t, func(in *orders.RecordInput) {
					in.Items[0].Quantity, in.Items[0].Paid, in.Payments[0].Captured = 3, apptest.USD("300.00"), apptest.USD("308.00")
				})
				s.Returns.OverrideLimit = new(int64(0))
				ret, units := s.withoutCables(t, 3, c.back)
				eva := s.person(t, "eva")
				var err error
				if c.fee != "" {
					_, err = s.Returns.ReduceFee(eva, returns.FeeInput{ID: ret.ID, InspectionID: units[0].ID, Fee: apptest.USD(c.fee), Reason: "goodwill"})
				} else {
					_, err = s.Returns.Override(eva, returns.OverrideInput{ID: ret.ID, InspectionID: &units[0].ID, InspectionOutcome: &c.outcome, Reason: "seen"})
				}
				require.NoError(t, err)
				require.Equal(t, c.first, s.pays(t, ret.ID), "while it waits")
				require.Equal(t, c.state, s.state(t, ret.ID))
				require.Empty(t, s.pays(t, ret.ID), "what waits stays held back, however often somebody asks")

				_, err = s.Returns.DecideOverride(s.person(t, "max"), returns.DecideOverrideInput{ID: s.overrides(t)[0].ID, Approve: approve})
				require.NoError(t, err)
				want := c.rest
				if !approve {
					want = c.refused
				}
				require.Equal(t, want, s.pays(t, ret.ID), "when it is decided: approved %v", approve)
				if c.state == lifecycle.Inspected {
					require.Equal(t, lifecycle.Refunded, s.state(t, ret.ID), "that was the last one")
				}
				s.balanced(t)
			})
		}
	}
}

func TestUnitsInDoubtDoNotHoldTheMoneyForTheOthersBack(t *testing.T) {
	t.Parallel()
	s := open(t, func(in *orders.RecordInput) { in.Items[0].Quantity = 2 })
	ret := s.request(t, s.line(policy.ChangeOfHeart, 2))
	line := s.lines(t, ret)[0].ID
	inspector := s.As(t, auth.Inspector)
	_, err := s.Returns.Receive(inspector, returns.ReceiveInput{ID: ret.ID, Lines: []returns.ReceivedLine{{LineID: line, Received: new(1), Lost: new(1)}}})
	require.NoError(t, err)
	_, err = s.Returns.Inspect(inspector, returns.InspectInput{ID: ret.ID, Findings: []returns.FoundInput{{LineID: line, Units: 1, Packaging: true}}})
	require.NoError(t, err)
	require.Equal(t, "50.00", s.pays(t, ret.ID), "the one that came, whatever became of the one that was lost (A36)")
	require.Equal(t, lifecycle.Inspected, s.state(t, ret.ID))
	require.NotNil(t, s.DB.Client.ReturnRequest.GetX(inspector, ret.ID).RefundBefore, "a decision is still owed (R2)")
	require.Empty(t, s.pays(t, ret.ID))
}

// pays settles what can be settled and gives what is paid for it, "" where nothing is. The preview says the same before.
func (s shop) pays(t *testing.T, returnID string) string {
	t.Helper()
	finance := s.person(t, "finance")
	preview, err := s.Returns.SettlementPreview(finance, returnID)
	require.NoError(t, err)
	saw := apptest.USD(money.Amount{Minor: preview.Total, Currency: preview.Currency}.Decimal())
	_, paid, err := s.Returns.Settle(finance, returns.SettleInput{ID: returnID, IdempotencyKey: apptest.Key(), ExpectedTotal: &saw})
	if err != nil {
		require.Equal(t, fault.CodeReview, faultOf(t, err).Code)
		require.Zero(t, preview.Total, "what the preview promises is paid")
		return ""
	}
	if paid == nil {
		require.Zero(t, preview.Total)
		return ""
	}
	require.Equal(t, preview.Total, paid.TotalMinor)
	return saw.Amount
}

func (s shop) state(t *testing.T, returnID string) lifecycle.State {
	t.Helper()
	return s.DB.Client.ReturnRequest.GetX(auth.AsSystem(t.Context()), returnID).State
}
