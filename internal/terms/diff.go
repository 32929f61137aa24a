package terms

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/vysero/returns/internal/calendar"
	"github.com/vysero/returns/internal/policy"
)

// Bearing says what a change of the terms means for customers.
type Bearing string

// The bearings of a change.
const (
	Better  Bearing = "better for the customer"
	Worse   Bearing = "worse for the customer"
	Depends Bearing = "better or worse for the customer, as the case may be"
)

// Change is one setting in which two editions of the terms differ, in words.
type Change struct {
	Key      string   // as the file has it
	Name     string   // for people
	From, To string   // the values, for people
	Rests    []string // the clauses and readings that it belongs to
	Bearing  Bearing
}

// String is the change on one line: "Days for a change of heart: 30 → 14 (T1, N2): worse for the customer".
func (c Change) String() string {
	return fmt.Sprintf("%s: %s → %s (%s): %s", c.Name, c.From, c.To, strings.Join(c.Rests, ", "), c.Bearing)
}

// Diff tells in which settings the second terms differ from the first, in the order of the file. What terms call themselves
// is no difference.
func Diff(a, b *policy.Terms) []Change {
	var changes []Change
	old := a.Settings()
	for i, s := range b.Settings() {
		if s.Value == old[i].Value || s.Key == "version" {
			continue
		}
		c := Change{Key: s.Key, Name: s.Key, From: old[i].Value, To: s.Value, Rests: s.Rests, Bearing: Depends}
		if w, known := words[s.Key]; known {
			c.Name, c.From, c.To, c.Bearing = w.name, w.say(a), w.say(b), bearing(w.kinder(a, b))
		}
		changes = append(changes, c)
	}
	return changes
}

func bearing(kinder int) Bearing {
	switch {
	case kinder > 0:
		return Better
	case kinder < 0:
		return Worse
	}
	return Depends
}

// word tells a setting to people: its name, a value, and whether the second terms are kinder to customers than the first
// (above zero), or less kind (below).
type word struct {
	name   string
	say    func(*policy.Terms) string
	kinder func(a, b *policy.Terms) int
}

var words = map[string]word{
	"zone":                     {"Zone in which days end", func(t *policy.Terms) string { return t.Zone }, either},
	"domesticCountries":        entries("Countries that are not abroad", func(t *policy.Terms) []string { return t.DomesticCountries }, 1),
	"changeOfHeartDays":        number("Days for a change of heart", func(t *policy.Terms) int { return t.ChangeOfHeartDays }, 1),
	"changeOfHeartClock":       choice("Those days count", clock, sayClock),
	"autoApproveChangeOfHeart": choice("A clear change of heart is approved at once", yes, sayYes),
	"doaDays":                  number("Days to report a defect or damage", func(t *policy.Terms) int { return t.DOADays }, 1),
	"doaOriginalShipping":      choice("Original shipping of a defective or damaged item", shipping, sayShipping),
	"doaNoFault":               choice("An item without the fault that was claimed", noFault, sayNoFault),
	"handOverDays":             number("Days to hand the goods over after instructions, at least", func(t *policy.Terms) int { return t.HandOverDays }, 1),
	"refundBusinessDays":       number("Business days until the refund", func(t *policy.Terms) int { return t.RefundBusinessDays }, -1),
	"holidays":                 choice("Public holidays, on which no business is done", holidays, sayHolidays),
	"furtherHolidays":          entries("Further days on which no business is done", func(t *policy.Terms) []string { return t.FurtherHolidays }, -1),
	"warrantyUrl":              given("Page of the warranty", func(t *policy.Terms) string { return t.WarrantyURL }),
	"supportContact":           given("Contact for questions", func(t *policy.Terms) string { return t.SupportContact }),
}

func either(*policy.Terms, *policy.Terms) int { return 0 }

// number is a setting of which more is kinder; less, where sign is -1.
func number(name string, value func(*policy.Terms) int, sign int) word {
	return word{
		name, func(t *policy.Terms) string { return strconv.Itoa(value(t)) },
		func(a, b *policy.Terms) int { return sign * (value(b) - value(a)) },
	}
}

// entries is a list of which more entries are kinder; fewer, where sign is -1. Where some came and others went, it depends.
func entries(name string, value func(*policy.Terms) []string, sign int) word {
	return word{
		name, func(t *policy.Terms) string { return cmp.Or(strings.Join(value(t), " "), "none") },
		func(a, b *policy.Terms) int {
			switch {
			case within(value(a), value(b)):
				return sign
			case within(value(b), value(a)):
				return -sign
			}
			return 0
		},
	}
}

func within(part, whole []string) bool {
	return !slices.ContainsFunc(part, func(s string) bool { return !slices.Contains(whole, s) })
}

// given is a text that customers miss where it is not set.
func given(name string, value func(*policy.Terms) string) word {
	return word{
		name, func(t *policy.Terms) string { return cmp.Or(value(t), "not set") },
		func(a, b *policy.Terms) int {
			switch {
			case value(a) == "":
				return 1
			case value(b) == "":
				return -1
			}
			return 0
		},
	}
}

// choice is a setting of a few values with a rank: the higher, the kinder.
func choice(name string, rank func(*policy.Terms) int, say []string) word {
	return word{
		name, func(t *policy.Terms) string { return say[rank(t)] },
		func(a, b *policy.Terms) int { return rank(b) - rank(a) },
	}
}

var (
	sayClock    = []string{"from the purchase", "from the purchase, or from arrival where the item came after their end", "from arrival"}
	sayYes      = []string{"no", "yes"}
	sayShipping = []string{"is kept", "goes back with it, by its share"}
	sayNoFault  = []string{"is not refunded", "counts as a change of heart where that was in time"}
	sayHolidays = []string{"those of the United States", "none"}
)

func clock(t *policy.Terms) int {
	return max(0, slices.Index([]policy.Clock{policy.FromPurchase, policy.PurchaseWithArrivalTail, policy.FromArrival}, t.ChangeOfHeartClock))
}

func yes(t *policy.Terms) int { return rankOf(t.AutoApproveChangeOfHeart) }

func shipping(t *policy.Terms) int { return rankOf(t.DOAOriginalShipping == policy.ProRata) }

func noFault(t *policy.Terms) int { return rankOf(t.DOANoFault == policy.Reclassify) }

func holidays(t *policy.Terms) int { return rankOf(t.Holidays == calendar.NoHolidays) }

func rankOf(kind bool) int {
	if kind {
		return 1
	}
	return 0
}
