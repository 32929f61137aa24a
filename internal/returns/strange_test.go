package returns_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/ent/event"
	"github.com/vysero/returns/internal/apptest"
	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/lifecycle"
	"github.com/vysero/returns/internal/orders"
	"github.com/vysero/returns/internal/payment"
	"github.com/vysero/returns/internal/policy"
	"github.com/vysero/returns/internal/returns"
)

func TestNoticesThatAreNotOursAreKeptAndChangeNothing(t *testing.T) {
	t.Parallel()
	s := open(t)
	_, paid := s.settle(t, s.ready(t))
	system := auth.AsSystem(t.Context())
	moved := paid.QueryTransfers().OnlyX(system)
	cent := moved.Amount()
	cent.Minor++
	for event, receipt := range map[string]payment.Receipt{
		"by hand":        {ID: "re_hand", Amount: moved.Amount(), Status: payment.Succeeded},
		"another key":    {ID: "re_other", Key: "trf_unknown", Amount: moved.Amount(), Status: payment.Failed},
		"another amount": {ID: moved.ProviderID, Key: moved.Key, Amount: cent, Status: payment.Failed},
		"a second one":   {ID: "re_second", Key: moved.Key, Amount: moved.Amount(), Status: payment.Failed},
	} {
		require.NoError(t, s.Returns.TakeNotice(t.Context(), payment.Notice{EventID: event, Kind: payment.AboutRefund, Receipt: receipt}))
	}
	require.NoError(t, s.Returns.TakeNotice(t.Context(), payment.Notice{EventID: "own affairs", Kind: payment.AboutNothing}))
	for _, n := range s.DB.Client.Notice.Query().AllX(system) {
		require.NoError(t, s.Returns.ApplyNotice(t.Context(), n.ID))
		want := map[bool]string{true: "IGNORED", false: "STRANGE"}[n.EventID == "own affairs"]
		require.Equal(t, want, string(s.DB.Client.Notice.GetX(system, n.ID).State), n.EventID)
	}
	require.Equal(t, "SUCCEEDED", string(s.DB.Client.RefundRequest.GetX(system, paid.ID).State))
	told := s.audit(t, false)
	require.Len(t, told, 3, "one without a key of ours, and about no payment of ours, is nobody's affair here")
	for i, id := range []string{"re_other", moved.ProviderID, "re_second"} {
		require.Contains(t, strings.Join(told, "\n"), id, i)
	}
	require.Len(t, s.Warned, 3)
	for _, w := range s.Warned {
		require.Equal(t, returns.Strange, w.Kind)
		require.NotEmpty(t, w.NoticeID)
	}
}

func TestARefundThatFailsWhileMoreGoodsAreAwaitedIsToldOf(t *testing.T) {
	t.Parallel()
	s := open(t, func(in *orders.RecordInput) {
		in.Items = []orders.ItemInput{apptest.Camera(2, "100.00")}
		in.Payments[0].Ref = "card-fail-declined"
	})
	ret := s.request(t, s.line(policy.ChangeOfHeart, 2))
	line := s.lines(t, ret)[0].ID
	inspector, system := s.As(t, auth.Inspector), auth.AsSystem(t.Context())
	_, err := s.Returns.Receive(inspector, returns.ReceiveInput{ID: ret.ID, Lines: []returns.ReceivedLine{{LineID: line, Received: new(1)}}})
	require.NoError(t, err)
	_, err = s.Returns.Inspect(inspector, returns.InspectInput{ID: ret.ID, Findings: []returns.FoundInput{{LineID: line, Units: 1, Packaging: true}}})
	require.NoError(t, err)
	ret, paid := s.settle(t, ret)
	require.Equal(t, "FAILED", string(paid.State))
	require.Equal(t, lifecycle.Received, ret.State, "the other unit is still to come")
	for range 2 {
		require.NoError(t, s.Returns.Alarm(t.Context()))
	}
	require.Len(t, s.Warned, 1)
	require.Equal(t, returns.RefundFailed, s.Warned[0].Kind)
	require.Equal(t, 1, s.DB.Client.Event.Query().Where(event.Action("PAY_FAILED")).CountX(system), "staff see it in the return's log")
	s.Clock.Set(s.Clock.Now().Add(time.Minute))
	_, err = s.Returns.RetryRefund(s.As(t, auth.Finance), returns.RetryInput{ID: paid.ID, IdempotencyKey: apptest.Key()})
	require.NoError(t, err)
	require.NoError(t, s.Returns.Alarm(t.Context()))
	require.Len(t, s.Warned, 2, "it failed again, and people are told again")
	s.balanced(t)
}
