package leaflet_test

import (
	"context"
	"html"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/internal/fault"
	"github.com/vysero/returns/internal/leaflet"
	"github.com/vysero/returns/internal/policy"
)

func instant(t testing.TB, text string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, text)
	require.NoError(t, err)
	return at
}

// stand hands out a book at an instant.
func stand(t testing.TB, book *policy.Book, now string) *leaflet.Stand {
	t.Helper()
	at := instant(t, now)
	return &leaflet.Stand{
		Book: func(context.Context) (*policy.Book, error) { return book, nil },
		Now:  func() time.Time { return at },
		Refuse: func(w http.ResponseWriter, _ *http.Request, err error) {
			http.Error(w, fault.From(err).Say, http.StatusTeapot)
		},
	}
}

func get(h http.HandlerFunc, path string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h(w, httptest.NewRequest(http.MethodGet, path, nil))
	return w
}

const today = "2026-03-10T16:00:00Z"

// page is the page of terms that were never anything else.
func page(t *testing.T, terms *policy.Terms) string {
	t.Helper()
	answer := get(stand(t, policy.Only(terms), today).Page, "/policy")
	require.Equal(t, http.StatusOK, answer.Code)
	return answer.Body.String()
}

var (
	notText = regexp.MustCompile(`(?s)<style>.*?</style>|<[^>]*>`)
	blank   = regexp.MustCompile(`\s*\n\s*`)
	spaces  = regexp.MustCompile(` +`)
)

// text is what a reader sees of a page, a line for each line of it.
func text(page string) string {
	page = strings.ReplaceAll(page, "><", "> <")
	words := spaces.ReplaceAllString(html.UnescapeString(notText.ReplaceAllString(page, "")), " ")
	return strings.TrimSpace(blank.ReplaceAllString(words, "\n")) + "\n"
}

func TestThePageOfTheShippedTermsIsAsWritten(t *testing.T) {
	t.Parallel()
	golden(t, "page.golden.txt", text(page(t, policy.Default())))
}

// Each setting is changed alone: what the page says then, and what it says no longer.
func TestEverySettingIsReadFromTheTerms(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		setting   string
		says, not []string
	}{
		{"changeOfHeartDays: 47", []string{
			"Ask within 47 days of your purchase. If the item arrives only after that time, ask within 47 days of its arrival. T1 A1",
			"Hand the item to the carrier within 47 days of its arrival, or within 10 days of our instructions where that is later. N2 A1 A2",
		}, []string{"30 days"}},
		{"changeOfHeartDays: 1", []string{"Ask within 1 day of your purchase.", "within 1 day of its arrival"}, []string{"30 days", "1 days"}},
		{"changeOfHeartDays: 0", []string{"Ask on the day of your purchase.", "carrier on the day of its arrival"}, []string{"30 days", "0 days of your"}},
		{"changeOfHeartClock: PURCHASE", []string{"Ask within 30 days of your purchase, whenever the item arrives. T1 A1"}, []string{"only after that time"}},
		{"changeOfHeartClock: ARRIVAL", []string{"Ask within 30 days of the item's arrival. T1 A1"}, []string{"of your purchase."}},
		{"autoApproveChangeOfHeart: false", []string{"One of us looks at every request"}, []string{"approved at once"}},
		{"doaDays: 21", []string{"Ask within 21 days of receiving the item.", "within 21 days of its arrival"}, []string{"10 days of receiving"}},
		{"doaOriginalShipping: KEEP", []string{"It is not refunded. A21"}, []string{"share of it is refunded"}},
		{"doaNoFault: REFUSE", []string{"If no fault is found\nNothing is refunded. A35"}, []string{"counts as a change of mind"}},
		{"handOverDays: 17", []string{"or within 17 days of our instructions"}, []string{"10 days of our"}},
		{"refundBusinessDays: 8", []string{
			"It is made within 8 business days after the day on which the item is received and inspected; the later of the two counts. R2 H5 A29",
			"The refund is made within 8 business days after",
		}, []string{"5 business days"}},
		{"refundBusinessDays: 1", []string{"within 1 business day after"}, []string{"1 business days"}},
		{"refundBusinessDays: 0", []string{"It is made on the day on which the item is received and inspected"}, []string{"5 business days"}},
		{"holidays: NONE", []string{"Business days are Monday to Friday in the time zone America/Los_Angeles. A30"}, []string{"federal"}},
		{"furtherHolidays: [2026-12-24, 2027-01-02]", []string{"Nobody works on these days either: 24 December 2026, 2 January 2027. A30"}, nil},
		{"zone: Europe/Berlin", []string{"Days end in the time zone Europe/Berlin", "Friday in the time zone Europe/Berlin"}, []string{"Los_Angeles"}},
		{"domesticCountries: [US, DE, CA]", []string{"Orders that were shipped to one of these countries: Canada, Germany, United States. N4 A25"}, []string{"this country"}},
		{"warrantyUrl: https://shop.test/warranty", []string{"The warranty service is explained here: https://shop.test/warranty W1 A41"}, []string{"where its warranty"}},
		{"supportContact: help@shop.test", []string{"Questions go to: help@shop.test A41"}, []string{"where questions go"}},
	} {
		t.Run(c.setting, func(t *testing.T) {
			t.Parallel()
			shipped, changed := text(page(t, terms(t))), text(page(t, terms(t, c.setting)))
			for _, sentence := range c.says {
				assert.Contains(t, changed, sentence)
				assert.NotContains(t, shipped, sentence, "it is the setting that says so")
			}
			for _, sentence := range c.not {
				assert.NotContains(t, changed, sentence)
			}
		})
	}
}

func TestEverySettingOfTheTermsIsOnThePage(t *testing.T) {
	t.Parallel()
	others := map[string]string{
		"version": "2", "zone": "Europe/Berlin", "domesticCountries": "[CA]", "changeOfHeartDays": "47", "changeOfHeartClock": "ARRIVAL",
		"autoApproveChangeOfHeart": "false", "doaDays": "21", "doaOriginalShipping": "KEEP", "doaNoFault": "REFUSE", "handOverDays": "17",
		"refundBusinessDays": "8", "holidays": "NONE", "furtherHolidays": "[2026-12-24]", "warrantyUrl": "https://shop.test/w",
		"supportContact": "+1 555 0100",
	}
	shipped := policy.Default()
	without := regexp.MustCompile(`(?m)^.*[0-9a-f]{12}.*$`) // the digest is another one with every change
	before := without.ReplaceAllString(text(page(t, shipped)), "")
	for _, s := range shipped.Settings() {
		require.Contains(t, others, s.Key, "a new setting: say it on the page")
		file := s.Key + ": " + others[s.Key]
		if s.Key != "version" {
			file += "\nversion: \"1\""
		}
		changed, err := policy.Parse([]byte(file))
		require.NoError(t, err)
		assert.NotEqual(t, before, without.ReplaceAllString(text(page(t, changed)), ""), s.Key)
	}
}

func TestAContactIsALinkWhereItCanBeFollowed(t *testing.T) {
	t.Parallel()
	for contact, link := range map[string]string{
		"help@shop.test":                `<a href="mailto:help@shop.test">help@shop.test</a>`,
		"https://shop.test/help":        `<a href="https://shop.test/help">https://shop.test/help</a>`,
		"+1 555 0100, Monday to Friday": ``,
		"http://shop.test/help":         ``,
		"javascript:alert(1)":           ``,
		"a@b.test?bcc=c@d.test":         ``,
	} {
		got := page(t, terms(t, "supportContact: "+`"`+contact+`"`))
		assert.Contains(t, text(got), "Questions go to: "+contact)
		if link != "" {
			assert.Contains(t, got, link)
			continue
		}
		assert.NotContains(t, got, `>`+contact+`</a>`)
	}
	assert.Contains(t, page(t, terms(t, `supportContact: "<b>&x"`)), "&lt;b&gt;&amp;x", "what the shop writes is text")
}

var (
	anchor = regexp.MustCompile(`href="#([^"]+)"`)
	named  = regexp.MustCompile(`id="([^"]+)"`)
)

func TestEveryClauseThatIsNamedIsOnThePage(t *testing.T) {
	t.Parallel()
	got := page(t, policy.Default())
	var ids []string
	for _, m := range named.FindAllStringSubmatch(got, -1) {
		assert.NotContains(t, ids, m[1], "an anchor is there once")
		ids = append(ids, m[1])
	}
	cited := map[string]bool{}
	for _, m := range anchor.FindAllStringSubmatch(got, -1) {
		assert.Contains(t, ids, m[1])
		cited[m[1]] = true
	}
	for _, c := range slices.Concat(policy.Clauses(), policy.Readings()) {
		assert.Contains(t, ids, c.ID)
		assert.Contains(t, text(got), c.Text)
	}
	for _, c := range policy.Clauses() {
		assert.True(t, cited[c.ID], "%s is a clause of the text, and no sentence of the page rests on it", c.ID)
	}
}

func TestThePageRunsAndFetchesNothing(t *testing.T) {
	t.Parallel()
	got := page(t, terms(t, "warrantyUrl: https://shop.test/warranty"))
	assert.NotRegexp(t, `(?i)<script|<img|<iframe|<link rel="(stylesheet|icon)|\son[a-z]+=|style="|@import|url\(`, got)
	assert.NotContains(t, got, "ZgotmplZ", "no value was too odd for the template")
}
