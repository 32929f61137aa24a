package explain_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/vysero/returns/internal/explain"
	"github.com/vysero/returns/internal/policy"
)

// The bounds of what fits on a phone.
const (
	maxSentences = 5
	maxLength    = 140
)

func anyTerms(t *rapid.T) *policy.Terms {
	one := func(key string, values ...string) string {
		return key + ": " + rapid.SampledFrom(values).Draw(t, key) + "\n"
	}
	terms, err := policy.Parse([]byte("version: any\n" +
		one("changeOfHeartClock", "PURCHASE_WITH_ARRIVAL_TAIL", "PURCHASE", "ARRIVAL") + one("changeOfHeartDays", "30", "0", "3650") +
		one("doaOriginalShipping", "PRO_RATA", "KEEP") + one("doaNoFault", "RECLASSIFY", "REFUSE") +
		one("zone", "America/Los_Angeles", "America/Havana", "Pacific/Apia")))
	require.NoError(t, err)
	return terms
}

func anyFacts(t *rapid.T) policy.Facts {
	purchased := time.Unix(rapid.Int64Range(1735689600, 1830297600).Draw(t, "purchased"), 0).UTC()
	after := func(label string, days int) *time.Time {
		at := purchased.Add(time.Duration(rapid.IntRange(0, days*24*60).Draw(t, label)) * time.Minute)
		return &at
	}
	f := policy.Facts{
		AsOf: *after("asOf", 60), Reason: rapid.SampledFrom(policy.Reasons()).Draw(t, "reason"), PurchasedAt: purchased,
		EverWorked:    rapid.SampledFrom([]*bool{nil, new(true), new(false)}).Draw(t, "everWorked"),
		ShipToCountry: rapid.SampledFrom([]string{"US", "US", "US", "CA"}).Draw(t, "country"),
		ShipToZone:    rapid.SampledFrom([]string{"", "Pacific/Honolulu", "Asia/Beirut"}).Draw(t, "shipToZone"),
		Delivery: rapid.SampledFrom([]policy.Delivery{
			policy.NotShipped, policy.InTransit, policy.Delivered, policy.Delivered, policy.Unknown}).Draw(t, "delivery"),
		Proof:  rapid.SampledFrom([]policy.Proof{policy.AccountOrder, policy.ReceiptVerified, policy.NoProof}).Draw(t, "proof"),
		Photos: rapid.IntRange(0, 1).Draw(t, "photos"), Quantity: rapid.IntRange(0, 3).Draw(t, "quantity"), UnitsLeft: 2,
	}
	if f.Delivery == policy.Delivered {
		f.DeliveredAt = after("delivered", 60)
	}
	if rapid.Bool().Draw(t, "instructed") {
		f.Instructions = after("instructions", 60)
	}
	return f
}

func anyInspection(t *rapid.T) policy.Inspection {
	fee, flag := int64(1299), func(label string) bool { return rapid.IntRange(0, 5).Draw(t, label) == 0 }
	i := policy.Inspection{
		Request: anyFacts(t), Packaging: !flag("unpacked"), Modified: flag("modified"), DamagedOnPurpose: flag("onPurpose"),
		Fate:         rapid.SampledFrom([]policy.Fate{policy.Arrived, policy.Arrived, policy.Lost, policy.OtherArrived}).Draw(t, "fate"),
		LabelWasOurs: rapid.Bool().Draw(t, "label"), Inspector: "Ines", Note: rapid.SampledFrom([]string{"", "pried open"}).Draw(t, "note"),
		PackingList: []policy.Piece{
			{Code: "lens", Kind: policy.Part}, {Code: "cable", Fee: &fee}, {Code: "stand", Fee: &fee}, {Code: "manual", Kind: policy.Manual},
		},
		Missing: rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"lens", "cable", "stand", "manual", "ghost"}), 0, 4,
			rapid.ID[string]).Draw(t, "missing"),
		MissingOnArrival: rapid.SliceOfN(rapid.SampledFrom([]string{"lens", "cable"}), 0, 2).Draw(t, "missingOnArrival"),
		Claim:            rapid.SampledFrom([]policy.Claim{"", policy.Confirmed, policy.NotFound, policy.AfterUse}).Draw(t, "claim"),
	}
	if !flag("never") {
		handed := i.Request.AsOf.AddDate(0, 0, rapid.IntRange(0, 60).Draw(t, "handed"))
		said := handed.AddDate(0, 0, -20)
		i.HandedOverAt, i.HandOverSaidAt = &handed, rapid.SampledFrom([]*time.Time{nil, &said}).Draw(t, "said")
	}
	return i
}

// readBack is a value as it comes from its record.
func readBack[T any](t require.TestingT, v T) T {
	text, err := json.Marshal(v)
	require.NoError(t, err)
	var back T
	require.NoError(t, json.Unmarshal(text, &back))
	return back
}

func fitsAPhone(t assert.TestingT, said []string) {
	assert.NotEmpty(t, said)
	assert.LessOrEqual(t, len(said), maxSentences, "%q", said)
	for _, sentence := range said {
		assert.NotEmpty(t, sentence)
		assert.LessOrEqual(t, utf8.RuneCountInString(sentence), maxLength, sentence)
		assert.True(t, strings.HasSuffix(sentence, "."), sentence)
		for _, broken := range []string{"%!", "<no value>", "{{", "  ", "MISSING"} {
			assert.NotContains(t, sentence, broken)
		}
	}
}

func TestEveryVerdictFitsAPhoneInEveryLanguage(t *testing.T) {
	t.Parallel()
	e := explainer(t)
	rapid.Check(t, func(t *rapid.T) {
		v := policy.Decide(anyTerms(t), anyFacts(t))
		v.LaterTerms = rapid.Bool().Draw(t, "laterTerms")
		for _, locale := range e.Languages() {
			fitsAPhone(t, e.Verdict(v, locale))
			fitsAPhone(t, e.Verdict(readBack(t, v), locale))
		}
	})
}

func TestEveryJudgementFitsAPhoneInEveryLanguage(t *testing.T) {
	t.Parallel()
	e := explainer(t)
	rapid.Check(t, func(t *rapid.T) {
		j := policy.Judge(anyTerms(t), anyInspection(t))
		j.LaterTerms = rapid.Bool().Draw(t, "laterTerms")
		money := explain.Money{Currency: rapid.SampledFrom([]string{"USD", "CLF", "JPY", "", "XXQ"}).Draw(t, "currency")}
		for _, locale := range e.Languages() {
			fitsAPhone(t, e.Judgement(j, money, locale))
			fitsAPhone(t, e.Judgement(readBack(t, j), money, locale))
		}
	})
}

// What the rules of tomorrow say is told by its outcome.
func TestFindingsThatNobodyKnowsAreToldByTheirOutcome(t *testing.T) {
	t.Parallel()
	e := explainer(t)
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.SampledFrom([]string{"", "T1", "T2", "W1", "N1", "N2", "Z9", "A35", "modified", "IN_TRANSIT"})
		findings := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) policy.Finding {
			return policy.Finding{
				Clause: word.Draw(t, "clause"), Reading: word.Draw(t, "reading"), Fact: word.Draw(t, "fact"), Value: word.Draw(t, "value"),
				Effect: rapid.SampledFrom([]policy.Effect{
					policy.Passes, policy.Refuses, policy.Asks, policy.Waits, policy.Doubts, policy.ToWarranty, policy.Deducts, "NEW",
				}).Draw(t, "effect"),
			}
		}), 0, 3).Draw(t, "findings")
		outcome := rapid.SampledFrom([]string{
			"WARRANTY", "NOT_ELIGIBLE", "NOT_YET", "NEEDS_REVIEW", "AWAITING_EVIDENCE", "ELIGIBLE", "REFUND", "REFUND_WITH_DEDUCTION", "NO_REFUND", "NEW", "",
		}).Draw(t, "outcome")
		for _, locale := range e.Languages() {
			fitsAPhone(t, e.Verdict(policy.Verdict{Outcome: policy.Outcome(outcome), Findings: findings}, locale))
			fitsAPhone(t, e.Judgement(policy.Judgement{Outcome: policy.InspectionOutcome(outcome), Findings: findings}, explain.Money{}, locale))
		}
	})
}

// The longest date and the largest numbers, in every message there is.
func TestEveryMessageFitsAPhoneWithTheLongestThatItCanSay(t *testing.T) {
	t.Parallel()
	for language, date := range map[string]string{"en": "30 September 2026", "es": "30 de septiembre de 2026"} {
		for id, m := range messagesOf(t, language) {
			for _, form := range []string{m.One, m.Other} {
				full := strings.NewReplacer("{{.Date}}", date, "{{.Count}}", "3650", "{{.Amount}}", "123.456,00\u00a0US$").Replace(form)
				assert.LessOrEqual(t, utf8.RuneCountInString(full), maxLength, fmt.Sprint(language, " ", id))
			}
		}
	}
}
