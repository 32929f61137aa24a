package terms_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/ent"
	"github.com/vysero/returns/ent/simulation"
	"github.com/vysero/returns/internal/apptest"
	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/policy"
	"github.com/vysero/returns/internal/store"
	"github.com/vysero/returns/internal/terms"
)

// busy is a shop that sold so many cameras that nobody waits for a simulation; ten at a time were bought at one instant, and
// more of them than a page takes were refused to come back.
func busy(t *testing.T) shop {
	t.Helper()
	const n = crowd
	s := season(t)
	begin, known := apptest.At("2026-03-02T00:00:00Z"), s.DB.Client.Order.Query().FirstX(s.author)
	require.NoError(t, s.DB.InTx(auth.AsSystem(t.Context()), func(ctx context.Context, tx store.Tx) error {
		for from := 0; from < n; from += 500 {
			var sold []*ent.OrderCreate
			var items []*ent.ItemCreate
			var refused []*ent.RefusalCreate
			for i := from; i < min(n, from+500); i++ {
				id, bought := fmt.Sprintf("ord_b%05d", n-i), begin.Add(time.Duration(i/10)*10*time.Minute) // ids do not grow with time
				sold = append(sold, tx.Order.Create().SetID(id).SetCustomerID(known.CustomerID).SetNumber(fmt.Sprint("B", i)).SetCurrency("USD").
					SetPurchasedAt(bought).SetShipToCountry("US").SetShippingMinor(0).SetItemsMinor(100).SetUnits(1).
					SetProof(policy.AccountOrder).SetFingerprint("x").SetRecordedAt(bought))
				items = append(items, tx.Item.Create().SetID("itm"+id[3:]).SetCustomerID(known.CustomerID).SetOrderID(id).SetPosition(0).
					SetSku("CAM-1").SetName("Camera").SetQuantity(1).SetCurrency("USD").SetPaidMinor(100).SetPaidBeforeMinor(0).SetUnitsBefore(0).
					SetDelivery(policy.Delivered).SetShippedAt(bought).SetDeliveredAt(bought.Add(24*time.Hour)))
				if i < turned {
					refused = append(refused, refusal(tx, known.CustomerID, id, bought))
				}
			}
			if err := tx.Order.CreateBulk(sold...).Exec(ctx); err != nil {
				return err
			}
			if err := tx.Item.CreateBulk(items...).Exec(ctx); err != nil {
				return err
			}
			if err := tx.Refusal.CreateBulk(refused...).Exec(ctx); err != nil {
				return err
			}
		}
		return nil
	}))
	return s
}

const (
	crowd  = 2_100
	turned = 510
)

// refusal is a request for an order's camera that came a day after T1's thirty.
func refusal(tx store.Tx, customerID, orderID string, bought time.Time) *ent.RefusalCreate {
	at, arrived := bought.Add(32*24*time.Hour), bought.Add(24*time.Hour)
	f := policy.Facts{
		AsOf: at, Reason: policy.ChangeOfHeart, PurchasedAt: bought, ShipToCountry: "US", Delivery: policy.Delivered, DeliveredAt: &arrived,
		Proof: policy.AccountOrder, Quantity: 1, UnitsLeft: 1,
	}
	v := policy.Decide(policy.Default(), f)
	return tx.Refusal.Create().SetID("rfs" + orderID[3:]).SetOrderID(orderID).SetCustomerID(customerID).SetItemID("itm" + orderID[3:]).
		SetReason(f.Reason).SetQuantity(1).SetOutcome(v.Outcome).SetClause("T1").SetVerdict(v).SetFacts(f).
		SetTermsVersion(v.TermsVersion).SetTermsDigest(v.TermsDigest).SetAskedAt(at).SetAskedOn(at.Format(time.DateOnly)).SetAskedBy("x")
}

// expected is what a simulation of spring has to find, found in one go.
func (s shop) expected(t *testing.T) *terms.Report {
	t.Helper()
	in := spring("")
	report, err := s.Terms.Try(s.author, terms.TryInput{Terms: parsed(t, "changeOfHeartDays: 14\ndoaOriginalShipping: KEEP"), From: in.From, To: in.To})
	require.NoError(t, err)
	require.Equal(t, crowd+1, report.Orders)
	require.Equal(t, turned, report.Refusals)
	return report
}

func (s shop) found(t *testing.T, id string) (*ent.Simulation, *terms.Report) {
	t.Helper()
	row, err := s.Terms.Simulation(s.As(t, auth.Finance), id)
	require.NoError(t, err)
	report, err := terms.ReportOf(row)
	require.NoError(t, err)
	return row, report
}

func TestALargeRangeIsAJobThatIsAskedHowFarItIs(t *testing.T) {
	t.Parallel()
	s := busy(t)
	asked, err := s.Terms.Simulate(s.As(t, auth.Finance), spring(s.draft(t, frugal)))
	require.NoError(t, err)
	require.Equal(t, simulation.StateQUEUED, asked.State)
	require.Equal(t, crowd+turned+4, asked.Total)
	_, none := s.found(t, asked.ID)
	require.Nil(t, none, "it has not been begun")
	require.NoError(t, s.Jobs.Start(t.Context()))
	require.Eventually(t, func() bool { row, _ := s.found(t, asked.ID); return row.State == simulation.StateDONE }, time.Minute, time.Millisecond)
	require.NoError(t, s.Jobs.Stop(t.Context()))
	row, report := s.found(t, asked.ID)
	require.Equal(t, row.Total, row.Done)
	require.Equal(t, s.expected(t), report)
}

// slow makes every look at the machine's clock take so long.
func (s shop) slow(d time.Duration) {
	var mu sync.Mutex
	now := s.Clock.Now()
	s.Terms.Wall = func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		now = now.Add(d)
		return now
	}
}

func TestASimulationGoesOnFromWhereItWasWhoeverDoesIt(t *testing.T) {
	t.Parallel()
	s := busy(t)
	want := s.expected(t)
	asked, err := s.Terms.Simulate(s.author, spring(s.draft(t, frugal)))
	require.NoError(t, err)
	s.slow(time.Minute) // each page takes as long as a job may work at a stretch
	last, runs := 0, 0
	for over := false; !over; runs++ {
		over, err = s.Terms.Continue(t.Context(), asked.ID)
		require.NoError(t, err)
		row, report := s.found(t, asked.ID)
		require.Equal(t, over, report != nil)
		require.Equal(t, over, row.State == simulation.StateDONE)
		require.Greater(t, row.Done, last-1)
		require.LessOrEqual(t, row.Done-last, 500)
		last = row.Done
	}
	require.Equal(t, 8, runs, "a page of three returns, 2,101 orders and 510 refusals by 500")
	_, report := s.found(t, asked.ID)
	require.Equal(t, want, report)
	over, err := s.Terms.Continue(t.Context(), asked.ID)
	require.NoError(t, err)
	require.True(t, over, "what is done is not done again")
}

func TestOfSeveralThatWorkOnOneSimulationEachRowIsCountedOnce(t *testing.T) {
	t.Parallel()
	s := busy(t)
	want := s.expected(t)
	asked, err := s.Terms.Simulate(s.author, spring(s.draft(t, frugal)))
	require.NoError(t, err)
	s.slow(4 * time.Second) // it is written down now and then
	var all sync.WaitGroup
	errs := make([]error, 3)
	for i := range errs {
		all.Go(func() {
			for over := false; !over && errs[i] == nil; {
				over, errs[i] = s.Terms.Continue(t.Context(), asked.ID)
			}
		})
	}
	all.Wait()
	for _, err := range errs {
		require.NoError(t, err)
	}
	row, report := s.found(t, asked.ID)
	require.Equal(t, row.Total, row.Done)
	require.Equal(t, want, report)
}

func TestARunThatIsCutOffLosesNoMoreThanWhatWasNotWrittenDown(t *testing.T) {
	t.Parallel()
	s := busy(t)
	want := s.expected(t)
	asked, err := s.Terms.Simulate(s.author, spring(s.draft(t, frugal)))
	require.NoError(t, err)
	ctx, cut := context.WithCancel(t.Context())
	looks := 0
	now := s.Clock.Now()
	s.Terms.Wall = func() time.Time { // the process ends while it works on the fourth page
		if looks++; looks == 5 {
			cut()
		}
		now = now.Add(3 * time.Second)
		return now
	}
	_, err = s.Terms.Continue(ctx, asked.ID)
	require.Error(t, err)
	row, _ := s.found(t, asked.ID)
	require.Equal(t, simulation.StateRUNNING, row.State)
	require.Positive(t, row.Done)
	over, err := s.Terms.Continue(t.Context(), asked.ID)
	require.NoError(t, err)
	require.True(t, over)
	_, report := s.found(t, asked.ID)
	require.Equal(t, want, report)
}

func TestARecordThatCannotBeReplayedIsNamedAndTheSimulationFails(t *testing.T) {
	t.Parallel()
	s := season(t)
	ctx, in := auth.AsSystem(t.Context()), spring(s.draft(t, frugal))
	line := s.DB.Client.ReturnLine.Query().FirstX(ctx)
	number := line.QueryReturn().OnlyX(ctx).Number
	tampered := func(work func(context.Context, store.Tx) error) { t.Helper(); require.NoError(t, s.DB.InTx(ctx, work)) }
	tampered(func(ctx context.Context, tx store.Tx) error {
		old := tx.Inspection.Query().FirstX(ctx)
		if err := tx.Inspection.Create().SetID("ins_odd").SetCustomerID(line.CustomerID).SetLineID(line.ID).SetUnits(3).SetFate(policy.Arrived).
			SetInspectedAt(tx.Now).SetInspector("x").SetFacts(old.Facts).SetJudgement(old.Judgement).SetOutcome(old.Outcome).
			SetTermsVersion(old.TermsVersion).SetTermsDigest(old.TermsDigest).Exec(ctx); err != nil {
			return err
		}
		return tx.Simulation.Create().SetID("tsm_odd").SetEditionID(in.EditionID).SetRangeFrom(in.From).SetRangeTo(in.To).
			SetState(simulation.StateQUEUED).SetTotal(4).SetRequestedBy("x").SetRequestedAt(tx.Now).Exec(ctx)
	})
	over, err := s.Terms.Continue(t.Context(), "tsm_odd")
	require.Error(t, err)
	require.True(t, over)
	row, report := s.found(t, "tsm_odd")
	require.Nil(t, report)
	require.Equal(t, simulation.StateFAILED, row.State)
	require.Contains(t, row.Failure, number)
	_, err = s.Terms.Simulate(s.author, in)
	require.ErrorContains(t, err, number)

	tampered(func(ctx context.Context, tx store.Tx) error { return tx.Inspection.DeleteOneID("ins_odd").Exec(ctx) })
	over, err = s.Terms.Continue(t.Context(), "tsm_odd")
	require.NoError(t, err)
	require.True(t, over)
	row, report = s.found(t, "tsm_odd")
	require.Empty(t, row.Failure)
	require.Equal(t, 3, report.Returns)
	_, err = s.Terms.Continue(t.Context(), "tsm_none")
	require.True(t, ent.IsNotFound(err))
}
