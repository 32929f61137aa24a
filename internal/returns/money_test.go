package returns_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/ent"
	"github.com/vysero/returns/ent/event"
	"github.com/vysero/returns/internal/apptest"
	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/fault"
	"github.com/vysero/returns/internal/lifecycle"
	"github.com/vysero/returns/internal/orders"
	"github.com/vysero/returns/internal/payment"
	"github.com/vysero/returns/internal/policy"
	"github.com/vysero/returns/internal/returns"
	"github.com/vysero/returns/internal/store"
)

// ready is a return of one unit that is inspected and can be settled.
func (s shop) ready(t *testing.T) *ent.ReturnRequest {
	t.Helper()
	return s.back(t, s.request(t, s.line(policy.ChangeOfHeart, 1)), returns.FoundInput{Packaging: true})
}

func TestFiftySubmitsWithOneKeyAreOneRefundWithEqualAnswers(t *testing.T) {
	t.Parallel()
	s := open(t)
	ret, ctx := s.ready(t), s.As(t, auth.Finance)
	type answer struct {
		state  lifecycle.State
		refund string
		err    error
	}
	answers := make([]answer, 50)
	var all sync.WaitGroup
	for i := range answers {
		all.Go(func() {
			for {
				done, paid, err := s.Returns.Settle(ctx, returns.SettleInput{IdempotencyKey: "one", ID: ret.ID})
				if f := fault.From(err); f != nil && (f.Code == fault.CodeInFlight || f.Code == fault.CodeUnavailable) {
					continue // as a client does
				}
				answers[i].err = err
				if err == nil {
					answers[i].state, answers[i].refund = done.State, paid.ID
				}
				return
			}
		})
	}
	all.Wait()
	for _, a := range answers {
		require.NoError(t, a.err)
		require.Equal(t, answers[0], a)
	}
	require.Equal(t, lifecycle.Refunded, answers[0].state)
	require.EqualValues(t, 10000, s.paidBack(t, "card_1"))
	require.Equal(t, 1, s.DB.Client.RefundRequest.Query().CountX(ctx))
	s.balanced(t)
}

func TestOfThirtyRefundsOfATenthAtOnceExactlyTenArePaid(t *testing.T) {
	t.Parallel()
	s := open(t, func(in *orders.RecordInput) { in.Items = []orders.ItemInput{apptest.Camera(10, "100.00")} })
	boss := s.As(t, auth.Admin)
	errs := make([]error, 30)
	var all sync.WaitGroup
	for i := range errs {
		all.Go(func() { errs[i] = s.wholeWay(boss) })
	}
	all.Wait()
	paid := 0
	for _, err := range errs {
		if err == nil {
			paid++
			continue
		}
		require.Equal(t, fault.CodeQuantity, faultOf(t, err).Code)
	}
	require.Equal(t, 10, paid)
	require.EqualValues(t, 10000, s.paidBack(t, "card_1"), "all that was paid for the units, and not a cent more")
	s.balanced(t)
}

func TestReturnsOfOneOrderThatAreSettledAtOnceShareItsCentsOut(t *testing.T) {
	t.Parallel()
	s := open(t, func(in *orders.RecordInput) {
		in.Items = []orders.ItemInput{apptest.Camera(7, "100.00")} // 14.29 five times and 14.28 twice, in the order of payment
		in.Payments = []orders.PaymentInput{{Ref: "one", Captured: apptest.USD("54.00")}, {Ref: "two", Captured: apptest.USD("54.00")}}
	})
	units := make([]*ent.ReturnRequest, 7)
	for i := range units {
		units[i] = s.ready(t)
	}
	ctx, errs, begin := s.As(t, auth.Finance), make([]error, len(units)), make(chan struct{})
	var all sync.WaitGroup
	for i, ret := range units {
		all.Go(func() {
			<-begin
			_, _, errs[i] = s.Returns.Settle(ctx, returns.SettleInput{IdempotencyKey: ret.ID, ID: ret.ID})
		})
	}
	close(begin)
	all.Wait()
	for _, err := range errs {
		require.NoError(t, err)
	}
	require.EqualValues(t, 10000, s.paidBack(t, "one")+s.paidBack(t, "two"), "all that was paid for the units, and not a cent more")
	s.balanced(t)
}

// wholeWay takes one unit from its request to its refund, each step as often as somebody else is in the way.
func (s shop) wholeWay(ctx context.Context) error {
	var ret *ent.ReturnRequest
	steps := []func() error{
		func() (err error) {
			ret, _, err = s.Returns.Request(ctx, returns.RequestInput{Lines: []returns.LineInput{s.line(policy.ChangeOfHeart, 1)}})
			return err
		},
		func() error {
			line, err := ret.QueryLines().Only(ctx)
			if err != nil {
				return err
			}
			_, err = s.Returns.Receive(ctx, returns.ReceiveInput{ID: ret.ID, Lines: []returns.ReceivedLine{{LineID: line.ID, Received: new(1)}}})
			return err
		},
		func() error {
			line, err := ret.QueryLines().Only(ctx)
			if err != nil {
				return err
			}
			_, err = s.Returns.Inspect(ctx, returns.InspectInput{ID: ret.ID, Findings: []returns.FoundInput{{LineID: line.ID, Units: 1, Packaging: true}}})
			return err
		},
		func() error {
			_, _, err := s.Returns.Settle(ctx, returns.SettleInput{IdempotencyKey: "settle-" + ret.ID, ID: ret.ID})
			return err
		},
	}
	for _, step := range steps {
		err := step()
		for f := fault.From(err); f != nil && (f.Code == fault.CodeStale || f.Code == fault.CodeUnavailable); f = fault.From(err) {
			err = step()
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func TestTwentyStaffWhoApproveAndDeclineAtOnceMakeOneMoveAndOneEvent(t *testing.T) {
	t.Parallel()
	s := open(t, func(in *orders.RecordInput) { // nobody knows when it arrived: either decision is theirs to make
		in.Items[0].Delivery, in.Items[0].DeliveredAt = new(policy.Unknown), nil
	})
	ret, _, err := s.Returns.Request(s.ada(t), returns.RequestInput{Lines: []returns.LineInput{s.line(policy.Defective, 1)}, PhotoIDs: []string{s.upload(t)}})
	require.NoError(t, err)
	agent := s.As(t, auth.Agent)
	errs := make([]error, 20)
	var all sync.WaitGroup
	for i := range errs {
		all.Go(func() {
			if i%2 == 0 {
				_, errs[i] = s.Returns.Approve(agent, returns.ApproveInput{IdempotencyKey: apptest.Key(), ID: ret.ID, Instructions: "Print the label."})
				return
			}
			_, errs[i] = s.Returns.Decline(agent, returns.ReasonInput{ID: ret.ID, Reason: "No."})
		})
	}
	all.Wait()
	moved := 0
	for _, err := range errs {
		if err == nil {
			moved++
			continue
		}
		require.Equal(t, fault.Conflict, faultOf(t, err).Kind)
	}
	require.Equal(t, 1, moved)
	require.Equal(t, 1, s.DB.Client.Event.Query().Where(event.ReturnID(ret.ID), event.ActionIn("APPROVE", "DECLINE")).CountX(agent))
}

func TestAKeyIsGoodForOneCallOfOnePerson(t *testing.T) {
	t.Parallel()
	s := open(t, func(in *orders.RecordInput) {
		in.Items = []orders.ItemInput{apptest.Camera(2, "200.00")}
		in.Payments[0].Captured = apptest.USD("208.00")
	})
	one, other := s.ready(t), s.ready(t)
	settle := func(ctx context.Context, in returns.SettleInput) error {
		_, _, err := s.Returns.Settle(ctx, in)
		return err
	}
	finance := s.As(t, auth.Finance)
	require.Equal(t, fault.CodeRequired, faultOf(t, settle(finance, returns.SettleInput{ID: one.ID})).Code)
	for _, bad := range []string{strings.Repeat("k", 256), "with space", "ünicode", "\x00"} {
		require.Equal(t, fault.CodeInvalid, faultOf(t, settle(finance, returns.SettleInput{ID: one.ID, IdempotencyKey: bad})).Code)
	}
	wrong := returns.SettleInput{ID: one.ID, IdempotencyKey: "k", ExpectedTotal: new(apptest.USD("1.00"))}
	require.Equal(t, fault.CodeStale, faultOf(t, settle(finance, wrong)).Code)

	require.NoError(t, settle(finance, returns.SettleInput{ID: one.ID, IdempotencyKey: "k"}), "a call that changed nothing has used no key up")
	require.NoError(t, settle(finance, returns.SettleInput{ID: one.ID, IdempotencyKey: "k"}))
	f := faultOf(t, settle(finance, returns.SettleInput{ID: other.ID, IdempotencyKey: "k"}))
	require.Equal(t, fault.CodeKeyReused, f.Code)
	require.Equal(t, []string{"idempotencyKey"}, f.Field)
	require.EqualValues(t, 10000, s.paidBack(t, "card_1"))
	require.NoError(t, settle(s.As(t, auth.Admin), returns.SettleInput{ID: other.ID, IdempotencyKey: "k"}), "somebody else's key is another one")
	require.EqualValues(t, 20000, s.paidBack(t, "card_1"))
	s.balanced(t)
}

func TestAKeyOutlivesARestartAndIsInFlightOnlyAsLongAsACallCanTake(t *testing.T) {
	t.Parallel()
	s := open(t)
	ret, finance := s.ready(t), s.As(t, auth.Finance)
	in := returns.SettleInput{ID: ret.ID, IdempotencyKey: "k"}
	_, first, err := s.Returns.Settle(finance, in)
	require.NoError(t, err)
	// As a process leaves it that died while it asked the provider.
	require.NoError(t, s.DB.InTx(auth.AsSystem(t.Context()), func(ctx context.Context, tx store.Tx) error {
		return tx.Once.Update().SetBusyUntil(tx.Now.Add(30 * time.Second)).Exec(ctx)
	}))
	_, _, err = s.Returns.Settle(finance, in)
	require.Equal(t, fault.CodeInFlight, faultOf(t, err).Code)
	s.Clock.Set(s.Clock.Now().Add(-24 * time.Hour))
	_, again, err := s.Returns.Settle(finance, in)
	require.NoError(t, err, "a clock that was put back makes nobody wait for a day")
	require.Equal(t, first.ID, again.ID)
	s.Clock.Set(s.Clock.Now().Add(24*time.Hour + 31*time.Second))
	_, again, err = s.Returns.Settle(finance, in)
	require.NoError(t, err)
	require.Equal(t, first.ID, again.ID)
}

// comesBack lets the bank send a refund back that had succeeded, as far as the provider's books.
func (s shop) comesBack(t *testing.T, paid *ent.RefundRequest) *ent.Transfer {
	t.Helper()
	moved := paid.QueryTransfers().OnlyX(auth.AsSystem(t.Context()))
	_, err := s.Books.Settle(t.Context(), moved.ProviderID, payment.Failed)
	require.NoError(t, err)
	return moved
}

func TestARefundThatComesBackIsOwedAgainWithTheSameDate(t *testing.T) {
	t.Parallel()
	s := open(t)
	ret, paid := s.settle(t, s.ready(t))
	require.Equal(t, lifecycle.Refunded, ret.State)
	require.Nil(t, ret.Due())
	due := paid.DueBefore
	moved := s.comesBack(t, paid)
	require.Len(t, s.audit(t, false), 1, "the provider says otherwise than we do")

	notice := payment.Notice{EventID: "evt_1", Kind: payment.AboutRefund, Type: "refund.failed", Receipt: payment.Receipt{
		ID: moved.ProviderID, Key: moved.Key, Amount: moved.Amount(), Status: payment.Failed, Reason: payment.MethodClosed,
	}}
	for range 3 {
		require.NoError(t, s.Returns.TakeNotice(t.Context(), notice))
	}
	system := auth.AsSystem(t.Context())
	stored := s.DB.Client.Notice.Query().OnlyX(system)
	for range 3 {
		require.NoError(t, s.Returns.ApplyNotice(t.Context(), stored.ID))
	}
	ret, err := s.Returns.Get(system, ret.ID)
	require.NoError(t, err)
	require.Equal(t, lifecycle.RefundFailed, ret.State)
	require.NotNil(t, ret.Due())
	require.True(t, due.Equal(*ret.Due()), "A31: with the same due date")
	require.True(t, due.Equal(ret.RefundBefore.Before))
	owed := s.DB.Client.RefundRequest.GetX(system, paid.ID)
	require.Equal(t, "FAILED", string(owed.State))
	require.Nil(t, owed.SucceededAt)
	require.Equal(t, 1, s.DB.Client.Event.Query().Where(event.Action("PAY_FAILED")).CountX(system))
	s.balanced(t)
	require.Zero(t, s.paidBack(t, "card_1"))

	again, err := s.Returns.RetryRefund(s.As(t, auth.Finance), returns.RetryInput{ID: paid.ID, IdempotencyKey: "again"})
	require.NoError(t, err)
	require.Equal(t, "SUCCEEDED", string(again.State))
	require.EqualValues(t, 10000, s.paidBack(t, "card_1"))
	s.balanced(t)
}

func TestARefundWhoseMethodIsGoneGoesAnotherWayOnlyWithConsent(t *testing.T) {
	t.Parallel()
	for name, way := range map[string]func(*returns.RerouteInput, []*ent.Payment){
		"to another payment": func(in *returns.RerouteInput, p []*ent.Payment) { in.PaymentID = &p[1].ID },
		"outside":            func(in *returns.RerouteInput, _ []*ent.Payment) { in.PaidOutside = new("bank transfer 17") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := open(t, func(in *orders.RecordInput) {
				in.Shipping = apptest.USD("100.00") // kept for a change of heart: so there is room on either payment
				in.Payments = []orders.PaymentInput{{Ref: "one-fail-closed", Captured: apptest.USD("100.00")}, {Ref: "two", Captured: apptest.USD("100.00")}}
			})
			ret, paid := s.settle(t, s.ready(t))
			require.Equal(t, lifecycle.RefundFailed, ret.State)
			require.Contains(t, returns.AvailableActions(s.As(t, auth.Finance), ret), lifecycle.Reroute)
			finance := s.As(t, auth.Finance)
			transfers := paid.QueryTransfers().WithPayment().AllX(finance)
			failed := transfers[0]
			if failed.Edges.Payment.Ref != "one-fail-closed" {
				failed = transfers[1]
			}
			in := returns.RerouteInput{ID: paid.ID, IdempotencyKey: "k", TransferID: failed.ID}
			way(&in, s.DB.Client.Order.QueryPayments(s.order).Order(ent.Asc("position")).AllX(finance))
			_, err := s.Returns.RerouteRefund(finance, in)
			require.Equal(t, fault.CodeRequired, faultOf(t, err).Code, "never another method without consent (A32)")
			in.Consent = "By telephone on 10 March."
			_, err = s.Returns.RerouteRefund(s.As(t, auth.Agent), in)
			require.Equal(t, fault.Forbidden, faultOf(t, err).Kind)
			for range 2 {
				done, err := s.Returns.RerouteRefund(finance, in)
				require.NoError(t, err)
				require.Equal(t, "SUCCEEDED", string(done.State))
			}
			ret, err = s.Returns.Get(finance, ret.ID)
			require.NoError(t, err)
			require.Equal(t, lifecycle.Refunded, ret.State)
			require.Equal(t, 1, s.DB.Client.Event.Query().Where(event.Action("REROUTE_REFUND"), event.Reason(in.Consent)).CountX(finance))
			want := map[string]int64{"to another payment": 10000, "outside": 5000}
			require.Equal(t, want[name], s.paidBack(t, "two"))
			require.Zero(t, s.paidBack(t, "one-fail-closed"))
			s.balanced(t)
			in.IdempotencyKey = "k2"
			_, err = s.Returns.RerouteRefund(finance, in)
			require.Equal(t, fault.CodeState, faultOf(t, err).Code)
		})
	}
}
