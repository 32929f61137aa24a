package terms

import (
	"fmt"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/ent"
	"github.com/vysero/returns/internal/policy"
	"github.com/vysero/returns/internal/returns"
)

// history is a year of a shop: returns that were inspected, each of one unit, and orders without returns.
func history(filed, quiet int) (rets []*ent.ReturnRequest, orders []*ent.Order) {
	fee := int64(900)
	packing := []policy.Piece{{Code: "camera", Kind: policy.Part}, {Code: "cable", Kind: policy.Accessory, Fee: &fee}, {Code: "manual", Kind: policy.Manual}}
	begin := time.Date(2026, time.January, 1, 18, 0, 0, 0, time.UTC)
	for i := range filed + quiet {
		bought := begin.Add(time.Duration(i*365*24/(filed+quiet)) * time.Hour)
		shipped, arrived := bought.Add(24*time.Hour), bought.Add(time.Duration(3+i%5)*24*time.Hour)
		o := &ent.Order{
			ID: fmt.Sprintf("ord_%d", i), Number: fmt.Sprint(i), Currency: "USD", PurchasedAt: bought, ShipToCountry: "US", ShipToZone: "America/New_York",
			ShippingMinor: 800, ItemsMinor: 10_000, Units: 1, Proof: policy.AccountOrder,
		}
		it := &ent.Item{
			ID: fmt.Sprintf("itm_%d", i), OrderID: o.ID, Quantity: 1, Currency: "USD", PaidMinor: 10_000, PackingList: packing,
			Delivery: policy.Delivered, ShippedAt: &shipped, DeliveredAt: &arrived,
		}
		o.Edges.Items = []*ent.Item{it}
		if i >= filed {
			orders = append(orders, o)
			continue
		}
		asked := arrived.Add(time.Duration(i%35) * 24 * time.Hour)
		f := returns.Asked(o, it, policy.Reasons()[i%5], asked)
		f.Photos = 1
		handed := asked.Add(48 * time.Hour)
		seen := policy.Inspection{Request: f, Fate: policy.Arrived, HandedOverAt: &handed, PackingList: packing, Packaging: true}
		if f.Reason.DOA() {
			seen.Claim = policy.Confirmed
		}
		if i%4 == 0 {
			seen.Missing = []string{"cable"}
		}
		line := &ent.ReturnLine{ID: fmt.Sprintf("rln_%d", i), ItemID: it.ID, Reason: f.Reason, Quantity: 1, Facts: f}
		line.Edges.Inspections = []*ent.Inspection{{ID: fmt.Sprintf("ins_%d", i), Units: 1, InspectedAt: handed.Add(96 * time.Hour), Facts: seen}}
		r := &ent.ReturnRequest{ID: fmt.Sprintf("ret_%d", i), Number: o.Number + "-R1", RequestedAt: asked}
		r.Edges.Order, r.Edges.Lines = o, []*ent.ReturnLine{line}
		rets = append(rets, r)
	}
	return rets, orders
}

// BenchmarkSimulate measures the pure part of a simulation on one core: rows that were read are replayed, compared and
// counted, and orders are asked about at every instant at which an answer may change. A verdict is one answer by both terms, so
// that two of the policy's are behind each. verdicts/s go by the clock,
// verdicts/cpu-s by what the machine gave to the process: where others are at work, that is what one core can do.
func BenchmarkSimulate(b *testing.B) {
	draft, err := policy.Parse([]byte("version: draft\nchangeOfHeartDays: 14\ndoaOriginalShipping: KEEP"))
	require.NoError(b, err)
	rets, orders := history(1_000, 1_000)
	in := span{from: rets[0].RequestedAt, to: time.Date(2026, time.December, 31, 0, 0, 0, 0, time.UTC)}
	in.at = in.to
	s := simulate(policy.Only(policy.Default()), draft, &Report{})
	b.ReportAllocs()
	began := worked(b)
	for b.Loop() {
		for _, r := range rets {
			if err := s.returned(r); err != nil {
				b.Fatal(err)
			}
		}
		for _, o := range orders {
			s.ordered(o, in)
		}
	}
	b.ReportMetric(float64(s.asked)/b.Elapsed().Seconds(), "verdicts/s")
	b.ReportMetric(float64(s.asked)/(worked(b)-began).Seconds(), "verdicts/cpu-s")
}

// worked is how long this process has been at work, on all cores together.
func worked(b *testing.B) time.Duration {
	b.Helper()
	var used syscall.Rusage
	require.NoError(b, syscall.Getrusage(syscall.RUSAGE_SELF, &used))
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}
