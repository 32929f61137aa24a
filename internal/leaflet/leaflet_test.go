package leaflet_test

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/internal/fault"
	"github.com/vysero/returns/internal/policy"
)

// three are the editions of these tests: from the beginning, from midnight in Los Angeles, and from a time of day.
func three(t testing.TB) *policy.Book {
	t.Helper()
	book, err := policy.NewBook(
		policy.Edition{From: instant(t, "1970-01-01T00:00:00Z"), Terms: terms(t, "changeOfHeartDays: 30")},
		policy.Edition{From: instant(t, "2026-04-01T00:00:00-07:00"), Terms: second(t)},
		policy.Edition{From: instant(t, "2026-05-01T09:30:00-07:00"), Terms: third(t)},
	)
	require.NoError(t, err)
	return book
}

func parsed(t testing.TB, file string) *policy.Terms {
	t.Helper()
	terms, err := policy.Parse([]byte(file))
	require.NoError(t, err)
	return terms
}

func second(t testing.TB) *policy.Terms {
	t.Helper()
	return parsed(t, "version: spring\nchangeOfHeartDays: 45")
}

func third(t testing.TB) *policy.Terms {
	t.Helper()
	return parsed(t, "version: may\nchangeOfHeartDays: 60\nchangeOfHeartClock: ARRIVAL")
}

const (
	toSpring = "From 1 April 2026 other terms will be in force: version spring. Read them"
	toMay    = "From 1 May 2026, 09:30 (America/Los_Angeles) other terms will be in force: version may. Read them"
)

func TestThePageShowsTheTermsOfTheInstant(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		about, now, query string
		says, not         []string
	}{
		{
			"now, with what comes", today, "",
			[]string{"Version test. In force since the beginning.", "Ask within 30 days", toSpring, toMay},
			[]string{"not in force", "no longer"},
		},
		{
			"a day before they change", today, "?asOf=2026-03-31",
			[]string{"Ask within 30 days", "As of 31 March 2026 these terms will still be in force, as they are now.", toSpring},
			[]string{"not in force yet"},
		},
		{
			"a day that is over", today, "?asOf=2026-03-01",
			[]string{"Ask within 30 days", "As of 1 March 2026 these terms were in force, as they are now.", toSpring}, nil,
		},
		{
			"a day begins where the shop is", today, "?asOf=2026-04-01",
			[]string{"Version spring. In force from 1 April 2026.", "Ask within 45 days", "These terms are not in force yet.", toMay},
			[]string{toSpring, "Ask within 30 days"},
		},
		{
			"an instant", today, "?asOf=2026-05-01T16:29:59Z",
			[]string{"Ask within 45 days"}, nil,
		},
		{
			"an instant with a plus sign that was not escaped", today, "?asOf=2026-05-01T18:30:00+02:00",
			[]string{"Ask within 60 days of the item's arrival", "In force from 1 May 2026, 09:30 (America/Los_Angeles)."}, nil,
		},
		{
			"later", "2026-06-01T00:00:00Z", "",
			[]string{"Version may. In force since 1 May 2026, 09:30 (America/Los_Angeles).", "Ask within 60 days"},
			[]string{"will be in force", "no longer"},
		},
		{
			"looking back", "2026-06-01T00:00:00Z", "?asOf=2026-04-10",
			[]string{"Version spring. Was in force from 1 April 2026.", "These are earlier terms. They are no longer in force.", "Ask within 45 days"},
			[]string{"will be in force"},
		},
		{
			"looking back to the beginning", "2026-06-01T00:00:00Z", "?asOf=0001-01-01T00:00:00Z",
			[]string{"Version test. Was in force from the beginning.", "Ask within 30 days"}, nil,
		},
		{
			"an empty day is none", today, "?asOf=",
			[]string{"Ask within 30 days"}, []string{"As of"},
		},
	} {
		t.Run(c.about, func(t *testing.T) {
			t.Parallel()
			answer := get(stand(t, three(t), c.now).Page, "/policy"+c.query)
			require.Equal(t, http.StatusOK, answer.Code)
			got := text(answer.Body.String())
			for _, sentence := range c.says {
				assert.Contains(t, got, sentence)
			}
			for _, sentence := range c.not {
				assert.NotContains(t, got, sentence)
			}
		})
	}
}

func TestEveryEditionIsListedAndCanBeRead(t *testing.T) {
	t.Parallel()
	s := stand(t, three(t), "2026-04-10T00:00:00Z")
	got := get(s.Page, "/policy").Body.String()
	list := regexp.MustCompile(`<th scope="row"><a href="([^"]+)"( aria-current="page")?>(\w+)</a></th><td>([^<]*)</td><td>([^<]*)</td>`).
		FindAllStringSubmatch(got, -1)
	require.Len(t, list, 3)
	want := [][]string{
		{"", "may", "1 May 2026, 09:30", "later"},
		{` aria-current="page"`, "spring", "1 April 2026", "in force now"},
		{"", "test", "the beginning", "earlier"},
	}
	for i, row := range list {
		assert.Equal(t, want[i], row[2:], row[0])
		page := get(s.Page, row[1])
		require.Equal(t, http.StatusOK, page.Code)
		assert.Contains(t, text(page.Body.String()), "Version "+row[3]+".", "the link leads to it")
		data := regexp.MustCompile(`<link rel="alternate" type="application/ld\+json" href="([^"]+)">`).FindStringSubmatch(page.Body.String())
		require.NotNil(t, data)
		assert.Contains(t, get(s.JSONLD, data[1]).Body.String(), `"value": "`+row[3]+`"`, "and so does that of the other form")
	}
}

func TestADayThatCannotBeReadIsSaidSo(t *testing.T) {
	t.Parallel()
	s := stand(t, three(t), today)
	for _, day := range []string{"yesterday", "2026-02-30", "2026-3-1", "01.03.2026", "2026-03-01T10:00", "<b>"} {
		path := "/policy?asOf=" + day
		answer := get(s.Page, path)
		assert.Equal(t, http.StatusBadRequest, answer.Code, day)
		assert.Equal(t, "text/html; charset=utf-8", answer.Header().Get("Content-Type"))
		assert.Empty(t, answer.Header().Get("Cache-Control"), "it is not kept")
		assert.Contains(t, text(answer.Body.String()), "This day cannot be read", day)
		assert.NotContains(t, answer.Body.String(), day, "nothing of a request comes back")
		assert.Equal(t, http.StatusTeapot, get(s.JSONLD, path).Code, "machines are refused as everywhere")
	}
}

func TestABookThatCannotBeReadIsRefused(t *testing.T) {
	t.Parallel()
	s := stand(t, nil, today)
	s.Book = func(context.Context) (*policy.Book, error) { return nil, errors.New("no database") }
	for _, h := range []http.HandlerFunc{s.Page, s.JSONLD} {
		answer := get(h, "/policy")
		assert.Equal(t, http.StatusTeapot, answer.Code)
		assert.NotContains(t, answer.Body.String(), "database")
	}
	s.Book = func(context.Context) (*policy.Book, error) { return nil, fault.Busy(errors.New("locked")) }
	assert.Equal(t, http.StatusTeapot, get(s.Page, "/policy").Code)
}

var sheetOfStyle = regexp.MustCompile(`(?s)<style>(.*?)</style>`)

func TestTheContentPolicyAllowsTheOneStyleAndNothingElse(t *testing.T) {
	t.Parallel()
	s := stand(t, three(t), today)
	for _, path := range []string{"/policy", "/policy?asOf=never"} {
		answer := get(s.Page, path)
		style := sheetOfStyle.FindStringSubmatch(answer.Body.String())
		require.NotNil(t, style)
		sum := sha256.Sum256([]byte(style[1]))
		assert.Equal(t, "default-src 'none'; style-src 'sha256-"+base64.StdEncoding.EncodeToString(sum[:])+
			"'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'", answer.Header().Get("Content-Security-Policy"), path)
	}
}

func TestTheDocumentNamesItsPage(t *testing.T) {
	t.Parallel()
	s := stand(t, three(t), today)
	answer := get(s.JSONLD, "/policy.jsonld")
	assert.Equal(t, "application/ld+json", answer.Header().Get("Content-Type"))
	assert.Equal(t, "*", answer.Header().Get("Access-Control-Allow-Origin"))
	assert.Contains(t, answer.Body.String(), `"merchantReturnLink": "/policy"`)
	assert.Contains(t, answer.Body.String(), `"@id": "/policy#change-of-heart"`)
	s.Address = "https://returns.example.com"
	got := get(s.JSONLD, "/policy.jsonld").Body.String()
	assert.Contains(t, got, `"merchantReturnLink": "https://returns.example.com/policy"`)
	page := get(s.Page, "/policy").Body.String()
	for _, anchor := range []string{"change-of-heart", "defective"} {
		assert.Contains(t, got, `"@id": "https://returns.example.com/policy#`+anchor+`"`)
		assert.Contains(t, page, `id="`+anchor+`"`)
	}
	got = get(s.JSONLD, "/policy.jsonld?asOf=2026-05-02").Body.String()
	assert.Contains(t, got, `"merchantReturnLink": "https://returns.example.com/policy?asOf=2026-05-02T07%3A00%3A00Z"`)
	assert.Contains(t, got, `"merchantReturnDays": 60`, "these terms count from arrival")
}

func TestAnAnswerIsNotKeptLongerThanItIsTrue(t *testing.T) {
	t.Parallel()
	for now, want := range map[string]string{
		today:                       "public, max-age=30",
		"2026-04-01T06:59:29Z":      "public, max-age=30",
		"2026-04-01T06:59:50Z":      "public, max-age=10",
		"2026-04-01T06:59:59.5Z":    "public, max-age=0",
		"2026-04-01T07:00:00Z":      "public, max-age=30",
		"2030-01-01T00:00:00+00:00": "public, max-age=30",
	} {
		s := stand(t, three(t), now)
		assert.Equal(t, want, get(s.Page, "/policy").Header().Get("Cache-Control"), now)
		assert.Equal(t, want, get(s.JSONLD, "/policy.jsonld").Header().Get("Cache-Control"), now)
	}
}

func TestWhatTheClientHasIsNotSentAgain(t *testing.T) {
	t.Parallel()
	s := stand(t, three(t), today)
	for path, h := range map[string]http.HandlerFunc{"/policy": s.Page, "/policy.jsonld": s.JSONLD} {
		tag := get(h, path).Header().Get("ETag")
		require.NotEmpty(t, tag)
		r := httptest.NewRequest(http.MethodGet, path, nil)
		r.Header.Set("If-None-Match", tag)
		w := httptest.NewRecorder()
		h(w, r)
		assert.Equal(t, http.StatusNotModified, w.Code, path)
		assert.Empty(t, w.Body.Bytes())
		assert.NotEqual(t, tag, get(h, path+"?asOf=2026-04-02").Header().Get("ETag"), "other terms have another tag")
	}
}

func TestAnAnswerIsReadWhileOthersAre(t *testing.T) {
	t.Parallel()
	s := stand(t, three(t), today)
	want := get(s.Page, "/policy").Body.String()
	done := make(chan string)
	for range 8 {
		go func() { done <- get(s.Page, "/policy").Body.String() }()
	}
	for range 8 {
		select {
		case got := <-done:
			assert.Equal(t, want, got)
		case <-time.After(time.Minute):
			require.Fail(t, "no answer")
		}
	}
	assert.True(t, strings.HasPrefix(want, "<!doctype html>\n<html lang=\"en\">"))
}

// FuzzAsOf looks for an instant that is repeated where it cannot be read, or that either form of the terms cannot bear.
func FuzzAsOf(f *testing.F) {
	for _, seed := range []string{
		"2026-03-01", "2026-05-01T18:30:00+02:00", "0000-01-01", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59.999999999-23:59", "9999-12-31", "now", "<b>", "2026-02-30", "",
	} {
		f.Add(seed)
	}
	s := stand(f, three(f), today)
	no := get(s.Page, "/policy?asOf=x").Body.String()
	f.Fuzz(func(t *testing.T, text string) {
		query := "?" + url.Values{"asOf": {text}}.Encode()
		page, machine := get(s.Page, "/policy"+query), get(s.JSONLD, "/policy.jsonld"+query)
		if page.Code == http.StatusBadRequest {
			require.Equal(t, no, page.Body.String())
			require.NotEqual(t, http.StatusOK, machine.Code)
			return
		}
		require.Equal(t, []int{http.StatusOK, http.StatusOK}, []int{page.Code, machine.Code})
		require.True(t, json.Valid(machine.Body.Bytes()))
		again := regexp.MustCompile(`/policy\.jsonld(\?asOf=[^"]*)"`).FindStringSubmatch(page.Body.String())
		if text != "" {
			require.NotNil(t, again, "the page leads to its other form")
			require.Equal(t, machine.Body.String(), get(s.JSONLD, "/policy.jsonld"+html.UnescapeString(again[1])).Body.String(), "of the same instant")
		}
	})
}
