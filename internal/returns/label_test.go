package returns_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/ent"
	"github.com/vysero/returns/ent/event"
	entlabel "github.com/vysero/returns/ent/label"
	"github.com/vysero/returns/internal/apptest"
	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/fault"
	"github.com/vysero/returns/internal/jobs"
	"github.com/vysero/returns/internal/label"
	"github.com/vysero/returns/internal/label/sandbox"
	"github.com/vysero/returns/internal/lifecycle"
	"github.com/vysero/returns/internal/policy"
	"github.com/vysero/returns/internal/returns"
	"github.com/vysero/returns/internal/store"
)

// moody is the sandbox carrier on a bad day: what it is told to say it says instead of doing it, and it can be held when a
// label is sold and nobody knows yet.
type moody struct {
	*sandbox.Driver

	mu       sync.Mutex
	buy      error
	void     error
	sold     chan struct{} // told when a label is sold, where it is not nil
	release  chan struct{} // and waited for
	asked    int
	unbought error // said after a label was sold: the answer is lost
}

func (m *moody) Buy(ctx context.Context, o label.Order) (label.Label, error) {
	m.mu.Lock()
	m.asked++
	said, lost, sold := m.buy, m.unbought, m.sold
	m.mu.Unlock()
	if said != nil {
		return label.Label{}, said
	}
	bought, err := m.Driver.Buy(ctx, o)
	if sold != nil {
		sold <- struct{}{}
		<-m.release
	}
	if lost != nil {
		return label.Label{}, lost
	}
	return bought, err
}

func (m *moody) Void(ctx context.Context, key string) error {
	m.mu.Lock()
	m.asked++
	said := m.void
	m.mu.Unlock()
	if said != nil {
		return said
	}
	return m.Driver.Void(ctx, key)
}

func (m *moody) says(buy, void error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.buy, m.void = buy, void
}

// depot is a shop with a carrier on a bad day, and a return of a broken camera that waits for its approval.
type depot struct {
	shop

	carrier *moody
	ret     *ent.ReturnRequest
}

func newDepot(t *testing.T) *depot {
	t.Helper()
	d := &depot{shop: open(t)}
	d.carrier = &moody{Driver: d.Carrier}
	d.Returns.Labels = label.New(d.carrier)
	ret, _, err := d.Returns.Request(d.ada(t), returns.RequestInput{Lines: []returns.LineInput{d.line(policy.Defective, 1)}, PhotoIDs: []string{d.upload(t)}})
	require.NoError(t, err)
	d.ret = ret
	return d
}

func (d *depot) approve(t *testing.T) {
	t.Helper()
	ret, err := d.Returns.Approve(d.As(t, auth.Agent), returns.ApproveInput{IdempotencyKey: apptest.Key(), ID: d.ret.ID, Instructions: "Print the label."})
	require.NoError(t, err)
	d.ret = ret
}

func (d *depot) cancel(t *testing.T) {
	t.Helper()
	_, err := d.Returns.Cancel(d.ada(t), returns.CancelInput{ID: d.ret.ID})
	require.NoError(t, err)
}

// ask lets the job do its work once, after all that it could wait for.
func (d *depot) ask(t *testing.T) time.Duration {
	t.Helper()
	d.Clock.Set(d.Clock.Now().Add(12 * time.Hour))
	again, err := d.Returns.AskCarrier(t.Context(), d.ret.ID)
	require.NoError(t, err, "a job that fails is put aside in the end")
	return again
}

func (d *depot) label(t *testing.T) *ent.Label {
	t.Helper()
	return d.ret.QueryLabel().OnlyX(auth.AsSystem(t.Context()))
}

// valid are the labels that the shop has to pay for, by the carrier's books.
func (d *depot) valid(t *testing.T) []string {
	t.Helper()
	sold, err := d.Carrier.Sold()
	require.NoError(t, err)
	keys := []string{}
	for _, s := range sold {
		if !s.Voided {
			keys = append(keys, s.Key)
		}
	}
	return keys
}

// says are the events about the label, and the alarms, in their order.
func (d *depot) says(t *testing.T) []string {
	t.Helper()
	var all []string
	for _, e := range d.DB.Client.Event.Query().Order(event.BySeq()).AllX(auth.AsSystem(t.Context())) {
		if e.ReturnID != nil && *e.ReturnID == d.ret.ID && len(e.Action) > 5 && (e.Action[:6] == "LABEL_" || e.Action[:6] == "ALARM_") {
			all = append(all, e.Action)
		}
	}
	return all
}

var (
	errLost    = errors.New("the line went dead")
	errRefused = errors.Join(label.ErrInvalid, errors.New("no such street"))
)

func TestNoLabelIsBoughtForAReturnThatWasCancelledBeforeAnybodyAsked(t *testing.T) {
	t.Parallel()
	d := newDepot(t)
	d.carrier.says(errLost, nil)
	d.approve(t)
	require.NoError(t, d.DB.InTx(auth.AsSystem(t.Context()), func(ctx context.Context, tx store.Tx) error {
		return tx.Label.Update().SetAsks(0).Exec(ctx) // its server died before it asked
	}))
	d.carrier.says(nil, nil)
	d.cancel(t)
	asked := d.carrier.asked
	require.Zero(t, d.ask(t))
	require.Equal(t, asked, d.carrier.asked)
	require.Empty(t, d.valid(t))
	require.Equal(t, entlabel.StateVOIDED, d.label(t).State)
	require.Equal(t, []string{"LABEL_VOIDED"}, d.says(t))
}

func TestALabelThatMayHaveBeenBoughtForACancelledReturnIsGivenBack(t *testing.T) {
	t.Parallel()
	d := newDepot(t)
	d.carrier.unbought = errLost
	d.approve(t)
	require.Len(t, d.valid(t), 1, "it was bought, and nobody here knows")
	d.cancel(t)
	require.Equal(t, entlabel.StateVOIDING, d.label(t).State)
	require.Zero(t, d.ask(t))
	require.Empty(t, d.valid(t))
	require.Equal(t, entlabel.StateVOIDED, d.label(t).State)
	require.Equal(t, []string{"LABEL_VOIDING", "LABEL_VOIDED"}, d.says(t))
	asked := d.carrier.asked
	require.Zero(t, d.ask(t))
	require.Equal(t, asked, d.carrier.asked, "that was all")
}

func TestALabelThatComesWhileTheCustomerCancelsIsGivenBackAndShownToNobody(t *testing.T) {
	t.Parallel()
	d := newDepot(t)
	d.carrier.sold, d.carrier.release = make(chan struct{}), make(chan struct{})
	var approving sync.WaitGroup
	approving.Go(func() {
		in := returns.ApproveInput{IdempotencyKey: apptest.Key(), ID: d.ret.ID, Instructions: "Print it."}
		_, _ = d.Returns.Approve(d.As(t, auth.Agent), in)
	})
	<-d.carrier.sold
	d.cancel(t)
	again, err := d.Returns.AskCarrier(t.Context(), d.ret.ID)
	require.NoError(t, err)
	require.NotZero(t, again, "nothing is given back while it is bought")
	close(d.carrier.release)
	approving.Wait()
	lab := d.label(t)
	require.Equal(t, entlabel.StateVOIDING, lab.State)
	require.Empty(t, lab.Tracking)
	_, err = d.Returns.LabelPDF(d.ada(t), lab.ID)
	require.Equal(t, fault.NotFound, faultOf(t, err).Kind)
	again, err = d.Returns.AskCarrier(t.Context(), d.ret.ID)
	require.NoError(t, err)
	require.Zero(t, again)
	require.Empty(t, d.valid(t))
	require.Equal(t, entlabel.StateVOIDED, d.label(t).State)
}

func TestALabelOfAReturnThatExpiredMeanwhileIsGivenBack(t *testing.T) {
	t.Parallel()
	d := newDepot(t)
	d.carrier.unbought = errLost
	d.approve(t)
	d.Clock.Set(d.ret.HandOverBefore.Before)
	require.NoError(t, d.Returns.Expire(t.Context()))
	require.Zero(t, d.ask(t))
	require.Equal(t, entlabel.StateVOIDED, d.label(t).State)
	require.Empty(t, d.valid(t))
}

func TestALabelIsGivenBackWhoseGoodsWentAnotherWayMeanwhile(t *testing.T) {
	t.Parallel()
	d := newDepot(t)
	d.carrier.unbought = errLost
	d.approve(t)
	_, err := d.Returns.HandOver(d.ada(t), returns.HandOverInput{ID: d.ret.ID, Tracking: new("1Z")})
	require.NoError(t, err)
	require.Zero(t, d.ask(t))
	require.Empty(t, d.valid(t))
	require.Equal(t, []string{"LABEL_VOIDING", "LABEL_VOIDED"}, d.says(t))
}

func TestALabelThatTheCustomerHasIsGivenBackByACancellationAndStaysWhereTimeIsOver(t *testing.T) {
	t.Parallel()
	t.Run("cancelled", func(t *testing.T) {
		t.Parallel()
		d := newDepot(t)
		d.approve(t)
		require.Equal(t, entlabel.StateREADY, d.label(t).State)
		d.cancel(t)
		_, err := d.Returns.LabelPDF(d.ada(t), d.label(t).ID)
		require.Equal(t, fault.NotFound, faultOf(t, err).Kind)
		require.Zero(t, d.ask(t))
		require.Empty(t, d.valid(t))
	})
	t.Run("expired", func(t *testing.T) {
		t.Parallel()
		d := newDepot(t)
		d.approve(t)
		d.Clock.Set(d.ret.HandOverBefore.Before)
		require.NoError(t, d.Returns.Expire(t.Context()))
		require.Zero(t, d.ask(t))
		require.Len(t, d.valid(t), 1)
		ret, err := d.Returns.HandOver(d.ada(t), returns.HandOverInput{ID: d.ret.ID})
		require.NoError(t, err)
		require.Equal(t, d.label(t).Tracking, ret.Tracking)
	})
}

func TestALabelThatTheCarrierDoesNotTakeBackIsOnRecord(t *testing.T) {
	t.Parallel()
	d := newDepot(t)
	d.approve(t)
	d.carrier.says(nil, label.ErrKept)
	d.cancel(t)
	require.Zero(t, d.ask(t))
	require.Equal(t, entlabel.StateKEPT, d.label(t).State)
	require.Len(t, d.valid(t), 1)
	asked := d.carrier.asked
	require.Zero(t, d.ask(t))
	require.Equal(t, asked, d.carrier.asked)
	require.NoError(t, d.Returns.Alarm(t.Context()))
	require.NoError(t, d.Returns.Alarm(t.Context()))
	require.Equal(t, []string{"LABEL_VOIDING", "LABEL_KEPT", "ALARM_LABEL_KEPT"}, d.says(t))
}

func TestARefusedLabelIsToldOnceAndAskedForAgainByStaffAlone(t *testing.T) {
	t.Parallel()
	for name, said := range map[string]error{"invalid": errRefused, "another order under the key": label.ErrKeyReused} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDepot(t)
			d.carrier.says(said, nil)
			d.approve(t)
			first := d.label(t)
			require.Equal(t, entlabel.StateREFUSED, first.State)
			for range 3 {
				require.Zero(t, d.ask(t))
				require.NoError(t, d.Returns.Reconcile(t.Context(), false))
				require.NoError(t, d.Returns.Alarm(t.Context()))
			}
			require.Equal(t, 1, d.carrier.asked)
			require.Equal(t, []string{"LABEL_REFUSED", "ALARM_LABEL_REFUSED"}, d.says(t))
			require.Len(t, slices.DeleteFunc(slices.Clone(d.Warned), func(w returns.Warning) bool { return w.Kind != returns.LabelRefused }), 1)

			in := returns.RetryInput{ID: d.ret.ID, IdempotencyKey: "again"}
			for _, role := range []auth.Role{auth.Customer, auth.Inspector, auth.Finance, auth.Service} {
				_, err := d.Returns.RetryLabel(d.As(t, role, ada), in)
				require.Equal(t, fault.Forbidden, faultOf(t, err).Kind, role)
			}
			d.carrier.says(nil, nil)
			for range 2 { // the second one is a repetition
				ret, err := d.Returns.RetryLabel(d.As(t, auth.Agent), in)
				require.NoError(t, err)
				require.Equal(t, lifecycle.Approved, ret.State)
			}
			lab := d.label(t)
			require.Equal(t, entlabel.StateREADY, lab.State)
			require.Equal(t, []string{lab.Key}, d.valid(t))
			require.NotEqual(t, first.Key, lab.Key)
			_, err := d.Carrier.Buy(t.Context(), label.Order{Key: first.Key, From: label.Address{"a", "b"}, To: label.Address{"a", "b"}})
			require.ErrorIs(t, err, label.ErrInvalid, "what may have been bought under the first key was given back")
			_, err = d.Returns.RetryLabel(d.As(t, auth.Agent), returns.RetryInput{ID: d.ret.ID, IdempotencyKey: "once-more"})
			require.Equal(t, fault.CodeState, faultOf(t, err).Code)
		})
	}
}

func TestARefusedLabelOfACancelledReturnIsNotAskedForAgain(t *testing.T) {
	t.Parallel()
	d := newDepot(t)
	d.carrier.says(errRefused, nil)
	d.approve(t)
	d.cancel(t)
	_, err := d.Returns.RetryLabel(d.As(t, auth.Agent), returns.RetryInput{ID: d.ret.ID, IdempotencyKey: "again"})
	require.Equal(t, fault.CodeState, faultOf(t, err).Code)
	require.Zero(t, d.ask(t))
	require.NoError(t, d.Returns.Alarm(t.Context()))
	require.NotContains(t, d.says(t), "ALARM_LABEL_REFUSED")
}

func TestACarrierThatIsAwayIsAskedLessAndLessAndFillsNoQueue(t *testing.T) {
	t.Parallel()
	for _, cancelled := range []bool{false, true} {
		d := newDepot(t)
		d.carrier.says(errLost, errLost)
		d.approve(t)
		if cancelled {
			d.cancel(t)
		}
		before := time.Duration(0)
		for range 12 {
			again := d.ask(t)
			require.GreaterOrEqual(t, again, before)
			require.LessOrEqual(t, again, 6*time.Hour)
			before = again
			waiting, err := d.Returns.AskCarrier(t.Context(), d.ret.ID)
			require.NoError(t, err)
			require.Equal(t, again, waiting, "another job does not ask meanwhile")
			require.NoError(t, d.Returns.Reconcile(t.Context(), false))
		}
		require.Equal(t, 6*time.Hour, before)
		dead, err := d.Jobs.Dead(t.Context())
		require.NoError(t, err)
		require.Empty(t, dead)
		waiting, err := jobs.Waiting[returns.BuyLabel](t.Context(), d.Jobs)
		require.NoError(t, err)
		require.Empty(t, waiting, "whoever asked last comes back by itself")
		require.NoError(t, d.Returns.Alarm(t.Context()))
		require.Contains(t, d.says(t), "ALARM_LABEL_STUCK")
		d.carrier.says(nil, nil)
		require.Zero(t, d.ask(t))
		require.Len(t, d.valid(t), map[bool]int{false: 1, true: 0}[cancelled])
	}
}
