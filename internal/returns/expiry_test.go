package returns_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/ent/event"
	"github.com/vysero/returns/internal/apptest"
	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/fault"
	"github.com/vysero/returns/internal/lifecycle"
	"github.com/vysero/returns/internal/orders"
	"github.com/vysero/returns/internal/policy"
	"github.com/vysero/returns/internal/returns"
)

func TestAnApprovalWhoseTimeIsOverExpiresAndIsTakenUpAgainByItsGoods(t *testing.T) {
	t.Parallel()
	s := open(t)
	ret := s.request(t, s.line(policy.ChangeOfHeart, 1))
	require.Equal(t, lifecycle.Approved, ret.State)
	require.NoError(t, s.Returns.Expire(t.Context()))
	s.Clock.Set(ret.HandOverBefore.Before.Add(-time.Microsecond))
	require.NoError(t, s.Returns.Expire(t.Context()))
	state := func() lifecycle.State {
		t.Helper()
		got, err := s.Returns.Get(s.ada(t), ret.ID)
		require.NoError(t, err)
		return got.State
	}
	require.Equal(t, lifecycle.Approved, state(), "the last instant is in")
	s.Clock.Set(ret.HandOverBefore.Before)
	require.NoError(t, s.Returns.Expire(t.Context()))
	require.NoError(t, s.Returns.Expire(t.Context()))
	require.Equal(t, lifecycle.Expired, state())
	require.Zero(t, s.Items(t, s.order)[0].UnitsClaimed, "the unit is free again")
	require.Equal(t, 1, s.DB.Client.Event.Query().Where(event.Action("EXPIRE")).CountX(auth.AsSystem(t.Context())))

	line := s.lines(t, ret)[0]
	_, err := s.Returns.Receive(s.As(t, auth.Inspector), returns.ReceiveInput{ID: ret.ID, Lines: []returns.ReceivedLine{{LineID: line.ID, Received: new(1)}}})
	require.NoError(t, err)
	require.Equal(t, lifecycle.Received, state())
	require.Equal(t, 1, s.Items(t, s.order)[0].UnitsClaimed)
}

func TestAnExpiredReturnWhoseUnitsAreInAnotherOneStaysExpired(t *testing.T) {
	t.Parallel()
	s := open(t, func(in *orders.RecordInput) {
		in.Items[0].DeliveredAt, in.Items[0].Delivery = nil, new(policy.InTransit)
	})
	ret := s.request(t, s.line(policy.ChangeOfHeart, 1))
	s.Clock.Set(apptest.At("2026-03-12T09:00:00-07:00"))
	_, err := s.Orders.Delivered(s.As(t, auth.Service), orders.DeliveredInput{OrderNumber: "1001"})
	require.NoError(t, err)
	ret, err = s.Returns.Get(s.ada(t), ret.ID)
	require.NoError(t, err)
	s.Clock.Set(ret.HandOverBefore.Before)
	require.NoError(t, s.Returns.Expire(t.Context()))
	agent := s.As(t, auth.Agent)
	_, _, err = s.Returns.Request(agent, returns.RequestInput{
		Lines: []returns.LineInput{s.line(policy.ChangeOfHeart, 1)}, ContactedAt: new(apptest.At("2026-03-20T09:00:00-07:00")), Note: new("called"),
	})
	require.NoError(t, err, "the unit is free for another request")
	_, err = s.Returns.HandOver(s.ada(t), returns.HandOverInput{ID: ret.ID, Tracking: new("1Z")})
	require.Equal(t, fault.CodeQuantity, faultOf(t, err).Code)
}

func TestEachAlarmIsRaisedOnce(t *testing.T) {
	t.Parallel()
	s := open(t, func(in *orders.RecordInput) { in.Payments[0].Ref = "card-pending" })
	ret := s.request(t, s.line(policy.ChangeOfHeart, 1))
	line := s.lines(t, ret)[0]
	_, err := s.Returns.Receive(s.As(t, auth.Inspector), returns.ReceiveInput{ID: ret.ID, Lines: []returns.ReceivedLine{{LineID: line.ID, Received: new(1)}}})
	require.NoError(t, err)
	kinds := func() []returns.WarningKind {
		t.Helper()
		for range 2 {
			require.NoError(t, s.Returns.Alarm(t.Context()))
		}
		var all []returns.WarningKind
		for _, w := range s.Warned {
			all = append(all, w.Kind)
			require.Equal(t, ret.ID, w.ReturnID)
		}
		return all
	}
	require.Empty(t, kinds())
	s.Clock.Set(s.Clock.Now().Add(72 * time.Hour))
	require.Equal(t, []returns.WarningKind{returns.NotInspected}, kinds())
	ret, err = s.Returns.Inspect(s.As(t, auth.Inspector), returns.InspectInput{ID: ret.ID, Findings: []returns.FoundInput{{LineID: line.ID, Units: 1, Packaging: true}}})
	require.NoError(t, err)
	s.Clock.Set(ret.RefundBefore.Before.Add(-25 * time.Hour))
	require.Equal(t, []returns.WarningKind{returns.NotInspected}, kinds())
	s.Clock.Set(ret.RefundBefore.Before.Add(-23 * time.Hour))
	require.Equal(t, []returns.WarningKind{returns.NotInspected, returns.RefundDue}, kinds())
	ret, paid := s.settle(t, ret)
	require.Equal(t, lifecycle.Refunding, ret.State)
	require.NotNil(t, paid.AcceptedAt)
	require.Nil(t, ret.Due(), "A31: what the provider has accepted is processed, although it has not arrived")
	require.NotNil(t, ret.RefundBefore, "and the promise stays to be read")
	s.Clock.Set(ret.RefundBefore.Before.Add(time.Hour))
	require.Equal(t, []returns.WarningKind{returns.NotInspected, returns.RefundDue, returns.RefundStuck}, kinds())
	require.Equal(t, 3, s.DB.Client.Event.Query().Where(event.ActionHasPrefix("ALARM_")).CountX(auth.AsSystem(t.Context())))
}
