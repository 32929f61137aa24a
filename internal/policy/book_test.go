package policy_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/vysero/returns/internal/policy"
)

var worth = map[policy.Outcome]int{
	policy.NotEligible: 0, policy.Warranty: 1, policy.NotYet: 2, policy.NeedsReview: 3, policy.AwaitingEvidence: 4, policy.Eligible: 5,
}

func at(text string) time.Time {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		panic(err)
	}
	return t
}

// edition is terms with a version of their own.
func edition(t require.TestingT, version string, changes ...string) *policy.Terms {
	file := []byte("version: " + version + "\n" + strings.Join(changes, "\n"))
	parsed, err := policy.Parse(file)
	require.NoError(t, err)
	return parsed
}

func bookOf(t require.TestingT, editions ...policy.Edition) *policy.Book {
	b, err := policy.NewBook(editions...)
	require.NoError(t, err)
	return b
}

// What A39 promises, whatever the terms and the facts: nobody is worse off for terms that came later.
func TestLaterTermsNeverMakeACustomerWorseOff(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		f := anyFacts(t)
		days := func(label string) string {
			return rapid.SampledFrom([]string{"0", "5", "10", "30", "45"}).Draw(t, label)
		}
		var editions []policy.Edition
		for _, from := range []int{-40, 10, 35, 80} {
			name := "from" + string(rune('a'+len(editions)))
			editions = append(editions, policy.Edition{From: f.PurchasedAt.AddDate(0, 0, from), Terms: edition(t, name,
				"changeOfHeartDays: "+days(name+" heart"), "doaDays: "+days(name+" doa"), "handOverDays: "+days(name+" hand"),
				"refundBusinessDays: "+rapid.SampledFrom([]string{"1", "5", "9"}).Draw(t, name+" refund"),
				"changeOfHeartClock: "+rapid.SampledFrom([]string{"PURCHASE_WITH_ARRIVAL_TAIL", "PURCHASE", "ARRIVAL"}).Draw(t, name+" clock"),
				"doaOriginalShipping: "+rapid.SampledFrom([]string{"PRO_RATA", "KEEP"}).Draw(t, name+" shipping"),
				"doaNoFault: "+rapid.SampledFrom([]string{"RECLASSIFY", "REFUSE"}).Draw(t, name+" fault"),
				"autoApproveChangeOfHeart: "+rapid.SampledFrom([]string{"true", "false"}).Draw(t, name+" approves"),
				"domesticCountries: ["+rapid.SampledFrom([]string{"US", "US, CA", "CA"}).Draw(t, name+" home")+"]")})
		}
		book := bookOf(t, editions...)
		base := book.At(f.PurchasedAt).Terms
		plain, got := policy.Decide(base, f), book.Decide(f)
		require.GreaterOrEqual(t, worth[got.Outcome], worth[plain.Outcome])
		require.LessOrEqual(t, len(got.Missing()), len(plain.Missing()))
		if plain.RequestBefore != nil && got.RequestBefore != nil {
			require.False(t, got.RequestBefore.Before.Before(plain.RequestBefore.Before))
		}
		require.Equal(t, got.TermsDigest != plain.TermsDigest, got.LaterTerms)
		used, known := book.ByDigest(got.TermsDigest)
		require.True(t, known)
		own := policy.Decide(used, f)
		require.Equal(t, own.Findings, got.Findings)
		again, known := policy.Again(got, f, book.ByDigest)
		require.True(t, known)
		require.Equal(t, again, got, "the verdict can be made again from the terms that it names")
		heart := f
		heart.Reason = policy.ChangeOfHeart
		for _, e := range editions { // what any terms that may answer give beside it, they all together give
			if e.Terms == base || (e.From.After(f.PurchasedAt) && !e.From.After(f.AsOf)) {
				nothingIsTaken(t, book, got, f, e.Terms)
				nothingIsTaken(t, book, book.Decide(heart), heart, e.Terms)
			}
		}

		received := f.AsOf.AddDate(0, 0, rapid.IntRange(0, 60).Draw(t, "received"))
		require.False(t, book.RefundBefore(f.PurchasedAt, received, received).Before.After(policy.RefundBefore(base, received, received).Before))
		if end := policy.HandOverBefore(base, f); end != nil {
			require.False(t, book.HandOverBefore(f, received).Before.Before(end.Before))
		}
		i := policy.Inspection{
			Request: f, Fate: policy.Arrived, HandedOverAt: &received, PackingList: camera, Packaging: rapid.Bool().Draw(t, "packaging"),
			Missing:          rapid.SliceOfDistinct(rapid.SampledFrom([]string{"bracket", "usb-cable", "stickers"}), rapid.ID).Draw(t, "missing"),
			MissingOnArrival: rapid.SliceOfDistinct(rapid.SampledFrom([]string{"bracket", "usb-cable"}), rapid.ID).Draw(t, "reported"),
		}
		if f.Reason.DOA() {
			i.Claim = rapid.SampledFrom([]policy.Claim{policy.Confirmed, policy.NotFound, policy.AfterUse}).Draw(t, "claim")
		}
		before, after := policy.Judge(base, i), book.Judge(i, received)
		mercy := map[policy.InspectionOutcome]int{policy.NoRefund: 0, policy.WarrantyCase: 1, policy.InspectionDoubt: 2, policy.RefundLess: 3, policy.RefundInFull: 4}
		require.GreaterOrEqual(t, mercy[after.Outcome], mercy[before.Outcome])
		require.True(t, after.RefundShipping || !before.RefundShipping)
		if before.Outcome == policy.RefundInFull || before.Outcome == policy.RefundLess {
			require.LessOrEqual(t, fees(after), fees(before))
		}
	})
}

// fees is what a judgement takes off a unit.
func fees(j policy.Judgement) (sum int64) {
	for _, fee := range j.Fees {
		sum += fee.Minor
	}
	return sum
}

// nothingIsTaken holds a book's verdict against what one of its terms gives by itself: an approval at once where it allows the
// request, and where the answer is no, every other way, for as long.
func nothingIsTaken(t *rapid.T, book *policy.Book, got policy.Verdict, f policy.Facts, by *policy.Terms) {
	v := policy.Decide(by, f)
	if policy.ClearCut(by, v, f) && got.Outcome == policy.Eligible {
		require.True(t, book.ClearCut(got, f))
	}
	if by == book.At(f.PurchasedAt).Terms && policy.ClearCut(by, v, f) {
		require.Equal(t, policy.Eligible, got.Outcome)
	}
	if got.Outcome != policy.NotEligible && got.Outcome != policy.Warranty {
		return // what was asked for is open, and needs no other way
	}
	for _, way := range v.Alternatives {
		at := slices.IndexFunc(got.Alternatives, func(a policy.Alternative) bool { return a.Kind == way.Kind })
		require.GreaterOrEqual(t, at, 0, "%s is open by %s", way.Kind, by.Version)
		if same := got.Alternatives[at]; same.Before != nil {
			require.NotNil(t, way.Before, "%s has no end by %s", way.Kind, by.Version)
			require.False(t, same.Before.Before.Before(way.Before.Before))
		}
		if way.Kind == policy.ByChangeOfHeart {
			asked := f
			asked.Reason = policy.ChangeOfHeart
			require.NotContains(t, []policy.Outcome{policy.NotEligible, policy.Warranty, policy.NotYet}, book.Decide(asked).Outcome, "and would be taken")
		}
	}
}

// Terms that are worse in what was asked, and so do not answer it, may still leave another way open. Bought on 1 February: a
// change of heart is open until 3 March by the first terms, a defect was to be reported by the 15th. The others are in force from
// the 20th and the 21st on.
func TestAnotherWayIsOpenByWhicheverTermsLeaveItOpen(t *testing.T) {
	t.Parallel()
	const early, late = "2026-02-28T12:00:00Z", "2026-03-20T12:00:00Z"
	const april, may = "2026-04-03T07:00:00Z", "2026-05-03T07:00:00Z"
	for name, c := range map[string]struct {
		second, third []string
		asOf          string
		before        string // "" where no change of heart is open
		answers, by   string // the terms that answer, and those that leave it open where these are others
	}{
		"by none":                         {[]string{"doaDays: 5"}, nil, late, "", "first", ""},
		"by those that answer":            {[]string{"doaDays: 5"}, nil, early, "2026-03-04T08:00:00Z", "first", ""},
		"by later ones":                   {[]string{"doaDays: 5", "changeOfHeartDays: 60"}, nil, late, april, "first", "second"},
		"by later ones for longer":        {[]string{"doaDays: 5", "changeOfHeartDays: 60"}, nil, early, april, "first", "second"},
		"by the latest for longest":       {[]string{"doaDays: 5", "changeOfHeartDays: 60"}, []string{"doaDays: 4", "changeOfHeartDays: 90"}, late, may, "first", "third"},
		"by those in between for longest": {[]string{"doaDays: 5", "changeOfHeartDays: 90"}, []string{"doaDays: 4", "changeOfHeartDays: 60"}, late, may, "first", "second"},
		"by later ones that answer":       {[]string{"doaDays: 11", "changeOfHeartDays: 60"}, nil, late, april, "second", ""},
		"by those of the purchase":        {[]string{"doaDays: 11", "changeOfHeartDays: 14"}, nil, early, "2026-03-04T08:00:00Z", "second", "first"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			editions := []policy.Edition{
				{From: at("2026-01-01T00:00:00Z"), Terms: edition(t, "first")}, {From: at("2026-02-20T00:00:00Z"), Terms: edition(t, "second", c.second...)},
			}
			if c.third != nil {
				editions = append(editions, policy.Edition{From: at("2026-02-21T00:00:00Z"), Terms: edition(t, "third", c.third...)})
			}
			book := bookOf(t, editions...)
			f := request(t, policy.Defective, c.asOf)
			f.PurchasedAt, f.DeliveredAt = at("2026-02-01T20:00:00Z"), moment(t, "2026-02-05T20:00:00Z")
			v := book.Decide(f)
			require.Equal(t, []any{policy.NotEligible, c.answers}, []any{v.Outcome, v.TermsVersion})
			require.Equal(t, policy.ByWarranty, v.Alternatives[0].Kind)
			again, known := policy.Again(v, f, book.ByDigest)
			require.True(t, known)
			require.Equal(t, v, again)
			if c.before == "" {
				require.Len(t, v.Alternatives, 1)
				return
			}
			require.Len(t, v.Alternatives, 2)
			way := v.Alternatives[1]
			require.Equal(t, policy.ByChangeOfHeart, way.Kind)
			require.Equal(t, at(c.before), way.Before.Before.UTC())
			by := ""
			if t, known := book.ByDigest(way.TermsDigest); known {
				by = t.Version
			}
			require.Equal(t, c.by, by)
			none, known := policy.Again(v, f, policy.Only(policy.Default()).ByDigest)
			require.False(t, known)
			require.Empty(t, none)
			own, _ := book.ByDigest(v.TermsDigest)
			again, known = policy.Again(v, f, policy.Only(own).ByDigest)
			require.True(t, known)
			require.Equal(t, policy.Decide(own, f).Alternatives, again.Alternatives, "what others left open is not made up")
		})
	}
}

func TestAnOrderKeepsTheTermsOfItsPurchaseUnlessLaterOnesAreBetter(t *testing.T) {
	t.Parallel()
	first := policy.Edition{From: at("2026-01-01T00:00:00Z"), Terms: edition(t, "one", "changeOfHeartDays: 30")}
	worse := policy.Edition{From: at("2026-03-01T00:00:00Z"), Terms: edition(t, "worse", "changeOfHeartDays: 14")}
	better := policy.Edition{From: at("2026-03-20T00:00:00Z"), Terms: edition(t, "better", "changeOfHeartDays: 60")}
	book := bookOf(t, better, first, worse)
	arrived := at("2026-02-20T12:00:00Z")
	ask := func(asOf string) policy.Verdict {
		return book.Decide(policy.Facts{
			AsOf: at(asOf), Reason: policy.ChangeOfHeart, PurchasedAt: at("2026-02-15T12:00:00Z"), ShipToCountry: "US",
			Delivery: policy.Delivered, DeliveredAt: &arrived, Proof: policy.AccountOrder, Quantity: 1, UnitsLeft: 1,
		})
	}
	for asOf, want := range map[string]struct {
		version string
		outcome policy.Outcome
		later   bool
	}{
		"2026-03-10T12:00:00Z": {"one", policy.Eligible, false},    // the worse ones are in force, and do not count
		"2026-03-19T12:00:00Z": {"one", policy.NotEligible, false}, // nobody knows yet of better ones
		"2026-03-21T12:00:00Z": {"better", policy.Eligible, true},
		"2026-04-16T12:00:00Z": {"better", policy.Eligible, true},
	} {
		v := ask(asOf)
		require.Equal(t, want.version, v.TermsVersion, asOf)
		require.Equal(t, want.outcome, v.Outcome, asOf)
		require.Equal(t, want.later, v.LaterTerms, asOf)
	}
}

func TestABookNeedsEditionsThatBeginOneAfterTheOther(t *testing.T) {
	t.Parallel()
	now := at("2026-01-01T00:00:00Z")
	for _, wrong := range [][]policy.Edition{
		nil, {{From: now}}, {{From: now, Terms: policy.Default()}, {From: now, Terms: policy.Default()}},
	} {
		_, err := policy.NewBook(wrong...)
		require.ErrorIs(t, err, policy.ErrNoEdition)
	}
	book := bookOf(t, policy.Edition{From: now, Terms: policy.Default()})
	require.Equal(t, policy.Default().Digest(), book.At(now.AddDate(-10, 0, 0)).Terms.Digest(), "also before it was published")
	require.Len(t, book.Editions(), 1)
	_, known := book.ByDigest("none")
	require.False(t, known)
	require.Equal(t, policy.Default().Digest(), policy.Only(policy.Default()).At(now).Terms.Digest())
}

// NextChange is right where it names an instant, and where it names none: nothing changes at any hour before or after.
func TestNothingChangesBeforeTheNextChange(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		f := anyFacts(t)
		book := bookOf(t, policy.Edition{From: f.PurchasedAt.AddDate(-1, 0, 0), Terms: anyTerms(t)},
			policy.Edition{From: f.PurchasedAt.AddDate(0, 0, rapid.IntRange(1, 60).Draw(t, "second")), Terms: edition(t, "second", "changeOfHeartDays: 60", "doaDays: 20")})
		now, next := book.Decide(f).Outcome, book.NextChange(f)
		outcome := func(at time.Time) policy.Outcome {
			then := f
			then.AsOf = at
			return book.Decide(then).Outcome
		}
		end := f.AsOf.AddDate(0, 0, 200)
		if next != nil {
			require.True(t, next.After(f.AsOf))
			require.NotEqual(t, now, outcome(*next))
			require.Equal(t, now, outcome(next.Add(-time.Microsecond)))
			end = *next
		}
		for at := f.AsOf; at.Before(end); at = at.Add(6 * time.Hour) {
			require.Equal(t, now, outcome(at), "at %s", at)
		}
	})
}

func TestABookAnswersByWhateverIsBetterForTheCustomer(t *testing.T) {
	t.Parallel()
	bought := at("2026-02-15T12:00:00Z")
	keeps := policy.Edition{From: at("2026-01-01T00:00:00Z"), Terms: edition(t, "keeps", "doaOriginalShipping: KEEP", "autoApproveChangeOfHeart: false")}
	gives := policy.Edition{From: at("2026-03-01T00:00:00Z"), Terms: edition(t, "gives", "doaOriginalShipping: PRO_RATA", "changeOfHeartDays: 60")}
	book := bookOf(t, keeps, gives)
	require.Equal(t, "keeps", book.At(gives.From.Add(-1)).Terms.Version)
	require.Equal(t, "gives", book.At(gives.From).Terms.Version, "from its first instant on")
	require.False(t, book.RefundsShipping(bought, at("2026-02-20T00:00:00Z"), policy.Defective))
	require.True(t, book.RefundsShipping(bought, at("2026-03-02T00:00:00Z"), policy.Defective))
	require.False(t, book.RefundsShipping(bought, at("2026-03-02T00:00:00Z"), policy.ChangeOfHeart), "S3 holds under both")

	f := request(t, policy.ChangeOfHeart, "2026-02-20T12:00:00Z")
	f.PurchasedAt = bought
	early := book.Decide(f)
	require.Equal(t, policy.Eligible, early.Outcome)
	require.False(t, book.ClearCut(early, f), "by the terms of the verdict, not by later ones")
	f.AsOf = at("2026-03-02T12:00:00Z")
	late := book.Decide(f)
	require.True(t, late.LaterTerms, "sixty days are better than thirty")
	require.True(t, book.ClearCut(late, f))
	late.Outcome = policy.NeedsReview
	require.False(t, book.ClearCut(late, f), "nothing is that is in doubt")
}

// Whether a change of heart is approved at once is asked of all terms that may answer, whichever of them the verdict names.
func TestWhatOneOfTheTermsApprovesAtOnceIsApprovedAtOnce(t *testing.T) {
	t.Parallel()
	const asks, short = "autoApproveChangeOfHeart: false", "changeOfHeartDays: 10"
	for name, c := range map[string]struct {
		first, second []string
		answers       string
		atOnce        bool
	}{
		"those of the purchase, where later ones answer": {nil, []string{asks, "changeOfHeartDays: 60"}, "second", true},
		"later ones, where those of the purchase answer": {[]string{asks}, nil, "first", true},
		"neither":                        {[]string{asks}, []string{asks, "changeOfHeartDays: 60"}, "second", false},
		"later ones, which would refuse": {[]string{asks}, []string{short}, "first", false},
		"those of the purchase, which would refuse: later do not": {[]string{short}, []string{asks}, "second", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := request(t, policy.ChangeOfHeart, "2026-02-20T12:00:00Z")
			f.PurchasedAt, f.DeliveredAt = at("2026-02-01T12:00:00Z"), moment(t, "2026-02-05T12:00:00Z")
			book := bookOf(t, policy.Edition{From: at("2026-01-01T00:00:00Z"), Terms: edition(t, "first", c.first...)},
				policy.Edition{From: at("2026-02-15T00:00:00Z"), Terms: edition(t, "second", c.second...)})
			v := book.Decide(f)
			require.Equal(t, []any{policy.Eligible, c.answers}, []any{v.Outcome, v.TermsVersion})
			require.Equal(t, c.atOnce, book.ClearCut(v, f))
		})
	}
}

func TestADateThatIsMissingEndsNothing(t *testing.T) {
	t.Parallel()
	// By purchase the time is told at once; by arrival it is not, for what is under way: that is better for the customer.
	first := policy.Edition{From: at("2026-01-01T00:00:00Z"), Terms: edition(t, "first", "changeOfHeartClock: PURCHASE")}
	second := policy.Edition{From: at("2026-02-16T00:00:00Z"), Terms: edition(t, "second", "changeOfHeartClock: ARRIVAL")}
	f := request(t, policy.ChangeOfHeart, "2026-02-20T12:00:00Z")
	f.PurchasedAt, f.Delivery, f.DeliveredAt = at("2026-02-15T12:00:00Z"), policy.InTransit, nil
	v := bookOf(t, first, second).Decide(f)
	require.Equal(t, "second", v.TermsVersion)
	require.Nil(t, v.RequestBefore)
	swapped := bookOf(t, policy.Edition{From: first.From, Terms: second.Terms}, policy.Edition{From: second.From, Terms: first.Terms})
	require.Equal(t, "second", swapped.Decide(f).TermsVersion, "and a date that is told later is none that is better")
}
