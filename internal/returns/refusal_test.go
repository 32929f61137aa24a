package returns_test

import (
	"context"
	"encoding/json"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/ent"
	"github.com/vysero/returns/ent/refusal"
	"github.com/vysero/returns/internal/apptest"
	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/fault"
	"github.com/vysero/returns/internal/orders"
	"github.com/vysero/returns/internal/policy"
	"github.com/vysero/returns/internal/returns"
)

// refusals are all that is on record, the first first.
func (s shop) refusals(t *testing.T) []*ent.Refusal {
	t.Helper()
	return s.DB.Client.Refusal.Query().Order(refusal.ByID()).AllX(auth.AsSystem(t.Context()))
}

func (s shop) asks(ctx context.Context, lines ...returns.LineInput) error {
	_, _, err := s.Returns.Request(ctx, returns.RequestInput{Lines: lines})
	return err
}

// late is a shop a day after the thirty days.
func late(t *testing.T) shop {
	t.Helper()
	s := open(t)
	s.Clock.Set(apptest.At("2026-04-01T09:00:00-07:00"))
	return s
}

func TestARefusedRequestLeavesARecordThatCanBeReplayed(t *testing.T) {
	t.Parallel()
	s := late(t)
	require.Equal(t, fault.CodeRefused, faultOf(t, s.asks(s.ada(t), s.line(policy.ChangeOfHeart, 1))).Code)
	all := s.refusals(t)
	require.Len(t, all, 1)
	r := all[0]
	require.Equal(t, []any{s.order.ID, s.order.CustomerID, s.items[0].ID, s.order.CustomerID}, []any{r.OrderID, r.CustomerID, r.ItemID, r.AskedBy})
	require.Equal(t, []any{policy.ChangeOfHeart, 1, policy.NotEligible, "T1"}, []any{r.Reason, r.Quantity, r.Outcome, r.Clause})
	require.Equal(t, "2026-04-01", r.AskedOn)
	require.True(t, r.AskedAt.Equal(s.Clock.Now()))
	book, err := s.Terms.Book(t.Context())
	require.NoError(t, err)
	again := book.Decide(r.Facts)
	was, err := json.Marshal(r.Verdict)
	require.NoError(t, err)
	is, err := json.Marshal(again)
	require.NoError(t, err)
	require.JSONEq(t, string(was), string(is))
	require.Equal(t, []string{r.TermsVersion, r.TermsDigest}, []string{again.TermsVersion, again.TermsDigest})
}

func TestTheSameRequestOnTheSameDayIsRefusedOnceOnRecord(t *testing.T) {
	t.Parallel()
	s := late(t)
	ask := func(reason policy.Reason) { require.Error(t, s.asks(s.ada(t), s.line(reason, 1))) }
	ask(policy.ChangeOfHeart)
	ask(policy.ChangeOfHeart)
	require.Error(t, s.asks(s.As(t, auth.Agent), s.line(policy.ChangeOfHeart, 1)), "an agent asks for her")
	require.Len(t, s.refusals(t), 1)
	ask(policy.DamagedOnArrival)
	require.Len(t, s.refusals(t), 2, "another reason is another request")
	s.Clock.Set(apptest.At("2026-04-01T16:59:59-07:00"))
	ask(policy.ChangeOfHeart)
	require.Len(t, s.refusals(t), 2, "still the first of April in UTC")
	s.Clock.Set(apptest.At("2026-04-01T17:00:00-07:00"))
	ask(policy.ChangeOfHeart)
	require.Len(t, s.refusals(t), 3)
}

func TestManyWhoAskTheSameAtOnceAreOneRefusal(t *testing.T) {
	t.Parallel()
	s := late(t)
	ctx := s.ada(t)
	errs := make([]error, 8)
	var all sync.WaitGroup
	for i := range errs {
		all.Go(func() { errs[i] = s.asks(ctx, s.line(policy.ChangeOfHeart, 1)) })
	}
	all.Wait()
	for _, err := range errs {
		require.Equal(t, fault.CodeRefused, faultOf(t, err).Code)
	}
	require.Len(t, s.refusals(t), 1)
}

func TestOnlyTheRefusedLinesOfARequestAreOnRecord(t *testing.T) {
	t.Parallel()
	s := open(t, func(in *orders.RecordInput) {
		in.Items = []orders.ItemInput{apptest.Camera(2, "100.00")}
	})
	err := s.asks(s.ada(t), s.line(policy.ChangeOfHeart, 1), s.line(policy.ChangeOfHeart, 2))
	require.Equal(t, "A37", faultOf(t, err).Clause)
	require.Equal(t, []string{"lines", "1", "quantity"}, faultOf(t, err).Field)
	all := s.refusals(t)
	require.Len(t, all, 1, "the first line could have been filed")
	require.Equal(t, []any{"A37", 2, policy.NotEligible}, []any{all[0].Clause, all[0].Quantity, all[0].Outcome})
}

func TestWhatIsFiledOrMalformedIsNoRefusal(t *testing.T) {
	t.Parallel()
	s := late(t)
	require.Error(t, s.asks(s.ada(t), s.line(policy.ChangeOfHeart, 7)), "there never were seven")
	require.Error(t, s.asks(s.ada(t)))
	_, _, err := s.Returns.Request(s.As(t, auth.Agent), returns.RequestInput{
		Lines: []returns.LineInput{s.line(policy.ChangeOfHeart, 1)}, FileAnyway: new(true), Note: new("asked nicely"),
	})
	require.NoError(t, err)
	require.Empty(t, s.refusals(t))
}

func TestTheDateOfARefusalIsTheFirstContactWhereStaffGiveOne(t *testing.T) {
	t.Parallel()
	s := late(t)
	s.Clock.Set(apptest.At("2026-04-20T09:00:00-07:00"))
	contacted := apptest.At("2026-04-02T08:00:00-07:00")
	_, _, err := s.Returns.Request(s.As(t, auth.Agent), returns.RequestInput{
		Lines: []returns.LineInput{s.line(policy.ChangeOfHeart, 1)}, ContactedAt: &contacted, Note: new("by telephone"),
	})
	require.Equal(t, "T1", faultOf(t, err).Clause)
	require.True(t, s.refusals(t)[0].AskedAt.Equal(contacted))
	require.Equal(t, "2026-04-02", s.refusals(t)[0].AskedOn)
}

func TestCustomersDoNotSeeRefusals(t *testing.T) {
	t.Parallel()
	s := late(t)
	require.Error(t, s.asks(s.ada(t), s.line(policy.ChangeOfHeart, 1)))
	require.Zero(t, s.DB.Client.Refusal.Query().CountX(s.ada(t)))
	_, err := s.DB.Client.Refusal.Query().Count(t.Context())
	require.Error(t, err, "and nobody else does")
}

func TestARefusalThatCannotBeWrittenIsAFailureAndNotARefusal(t *testing.T) {
	t.Parallel()
	s := late(t)
	ctx, cancel := context.WithCancel(s.ada(t))
	book := s.Returns.Terms
	s.Returns.Terms = func(ctx context.Context) (*policy.Book, error) { // the last that the first transaction asks for
		defer cancel()
		return book(ctx)
	}
	err := s.asks(ctx, s.line(policy.ChangeOfHeart, 1))
	require.Equal(t, fault.CodeUnavailable, faultOf(t, err).Code)
	require.ErrorIs(t, err, context.Canceled)
	require.Empty(t, s.refusals(t))
}
