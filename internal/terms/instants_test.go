package terms

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/vysero/returns/ent"
	"github.com/vysero/returns/internal/policy"
	"github.com/vysero/returns/internal/returns"
)

// anyOrder is an order of one item, wherever its parcel is.
func anyOrder(t *rapid.T) *ent.Order {
	hours := func(label string, most int) time.Duration {
		return time.Duration(rapid.IntRange(0, most).Draw(t, label)) * time.Hour
	}
	bought := time.Date(2026, time.January, 1, 18, 0, 0, 0, time.UTC).Add(hours("bought", 365*24))
	o := &ent.Order{
		ID: "ord_1", Number: "1", Currency: "USD", PurchasedAt: bought, ShipToCountry: rapid.SampledFrom([]string{"US", "CA"}).Draw(t, "country"),
		ShipToZone: rapid.SampledFrom([]string{"", "Pacific/Honolulu"}).Draw(t, "zone"), Proof: policy.AccountOrder, Units: 1,
	}
	it := &ent.Item{ID: "itm_1", Quantity: 1, Delivery: rapid.SampledFrom([]policy.Delivery{
		policy.NotShipped, policy.InTransit, policy.Delivered, policy.Delivered, policy.Unknown}).Draw(t, "delivery")}
	if it.Delivery != policy.NotShipped {
		it.ShippedAt = new(bought.Add(hours("shipped", 100)))
	}
	if it.Delivery == policy.Delivered {
		it.DeliveredAt = new(it.ShippedAt.Add(hours("way", 60*24)))
	}
	o.Edges.Items = []*ent.Item{it}
	return o
}

func anyTerms(t *rapid.T, name string) *policy.Terms {
	days := func(key string) string {
		return fmt.Sprintf("%s: %d\n", key, rapid.SampledFrom([]int{0, 5, 10, 30, 45}).Draw(t, name+key))
	}
	parsed, err := policy.Parse([]byte("version: " + name + "\n" + days("changeOfHeartDays") + days("doaDays") +
		"changeOfHeartClock: " + rapid.SampledFrom([]string{"PURCHASE_WITH_ARRIVAL_TAIL", "PURCHASE", "ARRIVAL"}).Draw(t, name+"clock") +
		"\ndomesticCountries: [" + rapid.SampledFrom([]string{"US", "CA", "US, CA"}).Draw(t, name+"home") + "]"))
	require.NoError(t, err)
	return parsed
}

// Whatever an order could have been answered at any hour is what it was asked at the instant before: nothing that differs is
// passed over.
func TestBetweenTwoInstantsThatAreAskedAboutNoAnswerChanges(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		o := anyOrder(t)
		book, err := policy.NewBook(policy.Edition{From: o.PurchasedAt.AddDate(-1, 0, 0), Terms: anyTerms(t, "first")}, policy.Edition{
			From: o.PurchasedAt.Add(time.Duration(rapid.IntRange(1, 60*24).Draw(t, "second")) * time.Hour), Terms: anyTerms(t, "second"),
		})
		require.NoError(t, err)
		s := simulate(book, anyTerms(t, "draft"), &Report{})
		last := o.PurchasedAt.Add(time.Duration(rapid.IntRange(0, 120*24).Draw(t, "last")) * time.Hour)
		reason := rapid.SampledFrom(policy.Reasons()).Draw(t, "reason")
		ask := func(at time.Time) pair { return s.ask(returns.Asked(o, o.Edges.Items[0], reason, at)) }
		instants := slices.Clone(s.instants(o, o.Edges.Items[0], reason, last))
		require.Equal(t, o.PurchasedAt, instants[0])
		require.Equal(t, last, instants[len(instants)-1])
		for at := o.PurchasedAt; !at.After(last); at = at.Add(3 * time.Hour) {
			next, found := slices.BinarySearchFunc(instants, at, time.Time.Compare)
			if !found {
				next--
			}
			require.Equal(t, ask(instants[next]), ask(at), "at %s, after %s", at, instants[next])
		}
	})
}
