package explain_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/vysero/returns/internal/explain"
	"github.com/vysero/returns/internal/lifecycle"
	"github.com/vysero/returns/internal/policy"
)

func TestTheLanguageIsTheOneThatIsLikedBest(t *testing.T) {
	t.Parallel()
	e := explainer(t)
	require.Equal(t, []string{"en", "en-US", "es"}, e.Languages())
	for _, c := range []struct {
		asked []string
		want  string
	}{
		{nil, "en"},
		{[]string{""}, "en"},
		{[]string{"*"}, "en"},
		{[]string{"en"}, "en"},
		{[]string{"en-US,en;q=0.9"}, "en-US"},
		{[]string{"en-GB"}, "en-GB"},
		{[]string{"es"}, "es"},
		{[]string{"es-MX"}, "es-MX"},
		{[]string{"es_MX"}, "es-MX"},
		{[]string{"es-419"}, "es"},
		{[]string{"de, fr;q=0.9, es;q=0.5"}, "es"},
		{[]string{"en;q=0.1, es-AR;q=0.9"}, "es-AR"},
		{[]string{"es;q=0, en-US;q=0.1"}, "en-US"},
		{[]string{"tlh"}, "en"},
		{[]string{"zh-Hant-TW"}, "en"},
		{[]string{"klingonese-at-length, es"}, "es"},
		{[]string{"!;, es;q=0.3"}, "es"},
		{[]string{strings.Repeat("x", 100) + ", es"}, "es"},
		{[]string{strings.Repeat("fr,", 100) + "es"}, "en"},
		{[]string{"es", "en-US"}, "es"},
		{[]string{"", "es-MX,en"}, "es-MX"},
		{[]string{"fr", "es"}, "es"},
		{[]string{"fr", "de"}, "en"},
	} {
		got := e.Match(c.asked...)
		assert.Equal(t, c.want, got, "%q", c.asked)
		assert.Equal(t, got, e.Match(got), "what was matched is asked for")
	}
}

func request(t *testing.T) policy.Facts {
	t.Helper()
	at := func(text string) time.Time {
		instant, err := time.Parse(time.RFC3339, text)
		require.NoError(t, err)
		return instant
	}
	delivered := at("2026-03-06T12:00:00-08:00")
	return policy.Facts{
		AsOf: at("2026-03-31T09:00:00-07:00"), Reason: policy.ChangeOfHeart, PurchasedAt: at("2026-03-01T10:00:00-08:00"),
		ShipToCountry: "US", Delivery: policy.Delivered, DeliveredAt: &delivered, Proof: policy.AccountOrder, Quantity: 1, UnitsLeft: 1,
	}
}

func TestDatesPluralsAndMoneyAreWrittenAsTheLocaleDoes(t *testing.T) {
	t.Parallel()
	e, f := explainer(t), request(t)
	last := policy.Decide(policy.Default(), f)
	f.AsOf = f.AsOf.AddDate(0, 0, -1)
	before := policy.Decide(policy.Default(), f)
	fee := policy.Judgement{Outcome: policy.RefundLess, Fees: []policy.Fee{{Code: "cable", Minor: 123450}}}
	for locale, want := range map[string][3]string{
		"en": {
			"You can ask to return this until the end of 31 March 2026 (1 day left).",
			"You can ask to return this until the end of 31 March 2026 (2 days left).",
			"You get back what you paid for this, less a fee of $1,234.50 per unit for 1 missing piece.",
		},
		"en-US": {
			"You can ask to return this until the end of March 31, 2026 (1 day left).",
			"You can ask to return this until the end of March 31, 2026 (2 days left).",
			"You get back what you paid for this, less a fee of $1,234.50 per unit for 1 missing piece.",
		},
		"en-GB": {
			"You can ask to return this until the end of 31 March 2026 (1 day left).",
			"You can ask to return this until the end of 31 March 2026 (2 days left).",
			"You get back what you paid for this, less a fee of US$1,234.50 per unit for 1 missing piece.",
		},
		"es": {
			"Puedes pedir la devolución hasta el final del 31 de marzo de 2026 (queda 1 día).",
			"Puedes pedir la devolución hasta el final del 31 de marzo de 2026 (quedan 2 días).",
			"Te reembolsamos lo que pagaste, menos 1234,50\u00a0US$ por unidad por 1 pieza que falta.",
		},
		"es-US": {
			"Puedes pedir la devolución hasta el final del 31 de marzo de 2026 (queda 1 día).",
			"Puedes pedir la devolución hasta el final del 31 de marzo de 2026 (quedan 2 días).",
			"Te reembolsamos lo que pagaste, menos $1,234.50 por unidad por 1 pieza que falta.",
		},
	} {
		assert.Equal(t, want[0], e.Verdict(last, locale)[0])
		assert.Equal(t, want[1], e.Verdict(before, locale)[0])
		assert.Equal(t, want[2], e.Judgement(fee, explain.Money{Currency: "USD"}, locale)[0])
	}
}

func TestTheLastDayIsThatOfTheDeadlinesZone(t *testing.T) {
	t.Parallel()
	f := request(t)
	f.ShipToZone = "Pacific/Honolulu"
	v := policy.Decide(policy.Default(), f)
	require.Equal(t, "2026-04-01T10:00:00Z", v.RequestBefore.Before.UTC().Format(time.RFC3339))
	assert.Contains(t, explainer(t).Verdict(v, "en")[0], "until the end of 31 March 2026")
}

func TestOfARequestThatWasMadeNobodyIsToldToMakeIt(t *testing.T) {
	t.Parallel()
	v := policy.Decide(policy.Default(), request(t))
	v.RequestBefore.AsOf = time.Time{} // as it is read back from a record
	stands := explain.Filed{State: lifecycle.AwaitingEvidence, Reason: policy.ChangeOfHeart, Outcome: policy.AwaitingEvidence}
	assert.Equal(t, "Your request came in time, so you can return this.", explainer(t).Verdict(v, "en")[0])
	v.Outcome, v.Evidence = policy.AwaitingEvidence, []policy.Evidence{policy.PhotosNeeded, policy.ReceiptNeeded}
	assert.Equal(t, []string{
		"We need a photo of the problem and your receipt or another proof of purchase before we can approve the return.",
		"You pay the return postage, without a label from us, and the original shipping is not refunded.",
		"Hand it to the carrier by the end of 5 April 2026, or later where our instructions give you longer.",
	}, explainer(t).Filed(v, stands, "en"))
}

func TestAfterInstructionsTheHandOverDateIsFinal(t *testing.T) {
	t.Parallel()
	f := request(t)
	instructed := f.AsOf
	f.Instructions = &instructed
	v := policy.Decide(policy.Default(), f)
	assert.Equal(t, "Hand it to the carrier by the end of 10 April 2026.", explainer(t).Verdict(v, "en")[2])
}

func TestBetterTermsAreTold(t *testing.T) {
	t.Parallel()
	e := explainer(t)
	said := e.Verdict(policy.Verdict{Outcome: policy.Eligible, LaterTerms: true}, "en")
	assert.Equal(t, []string{"You can return this.", "We apply newer terms here because they are better for you."}, said)
	said = e.Judgement(policy.Judgement{Outcome: policy.NoRefund, LaterTerms: true}, explain.Money{}, "es")
	assert.Equal(t, []string{
		"No hay reembolso por este artículo.", "Aplicamos unas condiciones más recientes porque son mejores para ti.",
	}, said)
}

func TestAnOutcomeThatIsNewIsLookedAtByAPerson(t *testing.T) {
	t.Parallel()
	e := explainer(t)
	assert.Equal(t, []string{"One of us will look at your request."}, e.Verdict(policy.Verdict{Outcome: "TELEPORTED"}, "en"))
	assert.Equal(t, []string{"One of us will look at this before we decide."},
		e.Judgement(policy.Judgement{Outcome: "TELEPORTED"}, explain.Money{}, "en"))
}

func TestTheFeeIsWhatStaffLeftOfIt(t *testing.T) {
	t.Parallel()
	e := explainer(t)
	j := policy.Judgement{Outcome: policy.RefundLess, Fees: []policy.Fee{{Code: "cable", Minor: 900}, {Code: "stand", Minor: 1200}}}
	some, none, more := int64(100), int64(0), int64(99999)
	for _, c := range []struct {
		money explain.Money
		want  string
	}{
		{explain.Money{Currency: "USD"}, "You get back what you paid for this, less a fee of $21.00 per unit for 2 missing pieces."},
		{explain.Money{Currency: "USD", FeeAtMost: &more}, "You get back what you paid for this, less a fee of $21.00 per unit for 2 missing pieces."},
		{explain.Money{Currency: "JPY", FeeAtMost: &some}, "You get back what you paid for this, less a fee of ¥100 per unit for 2 missing pieces."},
		{explain.Money{Currency: "USD", FeeAtMost: &none}, "You get back in full what you paid for this."},
		{explain.Money{}, "You get back what you paid for this, less a fee for what is missing."},
		{explain.Money{Currency: "XXQ"}, "You get back what you paid for this, less a fee for what is missing."},
	} {
		assert.Equal(t, c.want, e.Judgement(j, c.money, "en")[0])
	}
}

func TestWhatIsMissingWithoutAFeeCostsNothing(t *testing.T) {
	t.Parallel()
	j := policy.Judgement{Outcome: policy.RefundInFull, FeeNotGiven: []string{"manual"}}
	assert.Equal(t, []string{
		"You get back in full what you paid for this.", "The original shipping is not refunded.", "We charge nothing for what is missing.",
	}, explainer(t).Judgement(j, explain.Money{Currency: "USD"}, "en"))
}

func TestOtherWaysAreToldWithTheirEnds(t *testing.T) {
	t.Parallel()
	end := policy.Decide(policy.Default(), request(t)).RequestBefore
	v := policy.Verdict{Outcome: policy.Warranty, Alternatives: []policy.Alternative{
		{Kind: policy.ByCancellation}, {Kind: policy.ByWarranty}, {Kind: policy.ByChangeOfHeart}, {Kind: policy.ByChangeOfHeart, Before: end}, {Kind: "NEW"},
	}}
	want := []string{
		"Our warranty service takes care of this.",
		"You can cancel the order instead.",
		"You can also return it because you changed your mind; then you pay the postage.",
		"You can also return it because you changed your mind, until the end of 31 March 2026; then you pay the postage.",
	}
	assert.Equal(t, want, explainer(t).Verdict(v, "en"), "the warranty is no other way than itself")
	v.Outcome = policy.NotEligible
	assert.Contains(t, explainer(t).Verdict(v, "en"), "Our warranty service can still help with a defect.")
}

func TestARefusalWithoutItsDateIsStillARefusal(t *testing.T) {
	t.Parallel()
	e := explainer(t)
	late := []policy.Finding{{Clause: policy.T1, Reading: policy.A1, Effect: policy.Refuses}}
	assert.Equal(t, []string{"This cannot be returned."}, e.Verdict(policy.Verdict{Outcome: policy.NotEligible, Findings: late}, "en"))
}

func messagesOf(t *testing.T, language string) map[string]*i18n.Message {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("messages", language+".yaml"))
	require.NoError(t, err)
	list, err := i18n.ParseMessageBytes(text, yaml.Unmarshal)
	require.NoError(t, err)
	messages := map[string]*i18n.Message{}
	for _, m := range list {
		messages[m.ID] = m
	}
	return messages
}

func TestEnglishAndSpanishSayTheSameThings(t *testing.T) {
	t.Parallel()
	english, spanish := messagesOf(t, "en"), messagesOf(t, "es")
	for id := range english {
		assert.Contains(t, spanish, id)
	}
	for id, m := range spanish {
		if assert.Contains(t, english, id) && !strings.HasPrefix(id, "month-") && id != "date" {
			assert.NotEqual(t, english[id].Other, m.Other, "%s is translated", id)
		}
	}
}

// A message that nobody says would be translated for nothing.
func TestEveryMessageIsSaidSomewhere(t *testing.T) {
	t.Parallel()
	var code strings.Builder
	for _, name := range []string{"explain.go", "verdict.go", "filed.go", "judgement.go", "letter.go"} {
		text, err := os.ReadFile(name)
		require.NoError(t, err)
		code.Write(text)
	}
	for id := range messagesOf(t, "en") {
		said, _ := strings.CutSuffix(id, "-shipping-kept") // which is added to who pays
		if !strings.HasPrefix(id, "month-") {
			assert.Contains(t, code.String(), `"`+said+`"`, id)
		}
	}
}

func shop(files map[string]string) fs.FS {
	folder := fstest.MapFS{}
	for name, text := range files {
		folder[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return folder
}

// french is every message in something that is not English.
func french(t *testing.T, edit func(map[string]any)) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("messages", "en.yaml"))
	require.NoError(t, err)
	var messages map[string]any
	require.NoError(t, yaml.Unmarshal(text, &messages))
	messages["month-3"], messages["can-return"] = "mars", "Vous pouvez le renvoyer."
	if edit != nil {
		edit(messages)
	}
	out, err := yaml.Marshal(messages)
	require.NoError(t, err)
	return string(out)
}

func TestAShopAddsItsLanguageWithAFile(t *testing.T) {
	t.Parallel()
	e, err := explain.New(shop(map[string]string{
		"fr.yaml": french(t, nil), "fr-CA.yaml": `can-return: Tu peux le retourner.`, "es-MX.yaml": `can-return: Lo puedes devolver.`,
		"en.yaml": `can-return: Send it back!`, ".keep": "not a file of messages",
	}))
	require.NoError(t, err)
	assert.Equal(t, []string{"en", "en-US", "es", "es-MX", "fr", "fr-CA"}, e.Languages())
	v := policy.Verdict{Outcome: policy.Eligible}
	for locale, want := range map[string]string{
		"fr": "Vous pouvez le renvoyer.", "fr-BE": "Vous pouvez le renvoyer.", "fr-CA": "Tu peux le retourner.",
		"es": "Puedes devolver este artículo.", "es-MX": "Lo puedes devolver.", "en": "Send it back!", "en-US": "Send it back!",
	} {
		assert.Equal(t, []string{want}, e.Verdict(v, locale), locale)
	}
	assert.Contains(t, e.Verdict(policy.Decide(policy.Default(), request(t)), "fr-CA")[0], "31 mars 2026")
}

func TestAFileThatIsWrongIsRefusedByName(t *testing.T) {
	t.Parallel()
	without := func(ids ...string) func(map[string]any) {
		return func(messages map[string]any) {
			for _, id := range ids {
				delete(messages, id)
			}
		}
	}
	with := func(id string, m any) func(map[string]any) { return func(messages map[string]any) { messages[id] = m } }
	for _, c := range []struct{ name, text, want string }{
		{"fr.yaml", french(t, without("modified", "abroad")), "fr.yaml: lacks messages: abroad, modified"},
		{"fr.yaml", french(t, with("modified", "")), "fr.yaml: lacks messages: modified"},
		{"fr.yaml", french(t, with("modifie", "x")), "fr.yaml: has unknown messages: modifie"},
		{"fr.yaml", french(t, with("ask-until", map[string]any{"un": "x"})), "fr.yaml: has unknown messages: ask-until.un"},
		{"fr.yaml", french(t, with("mind-late", "trop tard")), "fr.yaml: mind-late: has to say {{.Date}}"},
		{"fr.yaml", french(t, with("mind-late", "{{.Date}} {{.Count}}")), "fr.yaml: mind-late: can be filled in with nothing but {{.Date}}"},
		{"fr.yaml", french(t, with("abroad", "{{.Date}}")), "fr.yaml: abroad: can be filled in with nothing but what it says itself"},
		{"fr.yaml", french(t, with("abroad", "{{ printf `%d` 3 }}")), "fr.yaml: abroad: can be filled in with nothing but what it says itself"},
		{"fr.yaml", french(t, with("abroad", "a }} b")), "fr.yaml: abroad: can be filled in with nothing but what it says itself"},
		{"fr.yaml", french(t, with("abroad", map[string]any{"other": "<<.Date>>", "leftDelim": "<<"})), "fr.yaml: abroad: has no delimiters of its own"},
		{"fr.yaml", french(t, with("ask-until", "{{.Date}} {{.Count}}")), "fr.yaml: ask-until: "},
		{"pl.yaml", french(t, nil), `pl.yaml: ask-until: `},
		{"tlh.yaml", french(t, nil), "tlh.yaml: "},
		{"es.yaml", "modifie: x", "es.yaml: has unknown messages: modifie"},
		{"fr.yaml", "can-return: [", "fr.yaml: yaml: "},
		{"fr.yaml", "", "fr.yaml: lacks messages: abroad, "},
		{"fr.yaml", "can-return: a\ncan-return: b", "fr.yaml: yaml: "},
		{"fr.yml", "", "fr.yml: a file of messages is named for its language"},
		{"french.yaml", "", "french.yaml: a file of messages is named for its language"},
		{"fr_CA.yaml", "", "fr_CA.yaml: a file of messages is named for its language"},
		{"fr.yaml/inside", "", "fr.yaml: "},
	} {
		_, err := explain.New(shop(map[string]string{c.name: c.text}))
		assert.ErrorContains(t, err, c.want)
	}
	_, err := explain.New(os.DirFS(filepath.Join(t.TempDir(), "missing")))
	require.ErrorContains(t, err, "the folder of messages cannot be read")
	_, err = explain.New(shop(map[string]string{"fr.yml": "", "de.yaml": "[", "es.yaml": "x: y"}))
	assert.ErrorContains(t, err, "fr.yml")
	assert.ErrorContains(t, err, "de.yaml", "everything that is wrong is told at once")
}

func BenchmarkVerdict(b *testing.B) {
	e := explainer(b)
	v := policy.Decide(policy.Default(), policy.Facts{Reason: policy.ChangeOfHeart, ShipToCountry: "US", Quantity: 1, UnitsLeft: 1, Proof: policy.AccountOrder})
	b.ReportAllocs()
	for b.Loop() {
		_ = e.Verdict(v, "es-MX,es;q=0.9,en;q=0.5")
	}
}
