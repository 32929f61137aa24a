package leaflet

import (
	"bytes"
	"crypto/sha256"
	_ "embed" // the page and its style
	"encoding/base64"
	"fmt"
	"html/template"
	"sync"
	"time"

	"github.com/vysero/returns/internal/policy"
)

const htmlType = "text/html; charset=utf-8"

//go:embed page.html
var pageText string

//go:embed page.css
var style string

// contentPolicy is the page's Content-Security-Policy: it runs and fetches nothing, its one style is the one below, and its one
// form asks this server.
var contentPolicy = "default-src 'none'; style-src 'sha256-" + digest(style) +
	"'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return base64.StdEncoding.EncodeToString(sum[:])
}

var layout = sync.OnceValue(func() *template.Template {
	return template.Must(template.New("page").Parse(pageText))
})

// sheet is what the page shows.
type sheet struct {
	told

	Style    template.CSS
	Zone     string
	Since    string // from when the terms are in force
	Notices  []notice
	Machines string // the address of the machine-readable form
	Reasons  []section
	Further  []section
	Editions []edition
	AsOf     string // the day that was asked about
	clauses  map[string]string
}

// notice is something about the edition that a reader has to know first.
type notice struct {
	Text string
	Link link
}

// edition is a row of the list of editions.
type edition struct {
	Version, Address, From, State, Digest, Short string
	Shown                                        bool
}

// Say says a message that is filled with nothing.
func (s *sheet) Say(id string) string { return s.say(id, nil) }

// Version tells which terms they are.
func (s *sheet) Version() string { return s.say("version", words{"Version": s.terms.Version}) }

// DigestFull is the digest in a sentence.
func (s *sheet) DigestFull() string { return s.say("digest-full", words{"Digest": s.terms.Digest()}) }

// Short is the beginning of the digest.
func (s *sheet) Short() string { return short(s.terms) }

// EditionsZone says whose dates the list of editions has.
func (s *sheet) EditionsZone() string { return s.say("editions-zone", words{"Zone": s.Zone}) }

// With hands a line to a part of the template that also needs the clauses.
func (s *sheet) With(l line) map[string]any { return map[string]any{"Sheet": s, "Line": l} }

// Clause is a clause, or a reading of one, in a sentence.
func (s *sheet) Clause(id string) string { return s.clauses[id] }

// Clauses are those of the text.
func (s *sheet) Clauses() []policy.Clause { return policy.Clauses() }

// Readings are how they are read.
func (s *sheet) Readings() []policy.Clause { return policy.Readings() }

func short(t *policy.Terms) string { return t.Digest()[:12] }

// page makes the page.
func (q asked) page() []byte {
	t := told{speech: spoken(), terms: q.shown().Terms}
	s := &sheet{
		told: t, Zone: t.terms.Zone, Since: q.since(t), Notices: q.notices(t), Machines: JSONLDPath + q.suffix(),
		Reasons: t.reasons(), Further: t.further(), Editions: q.editions(t), clauses: map[string]string{},
	}
	if q.given {
		s.AsOf = q.at.In(zone(t.terms)).Format(time.DateOnly)
	}
	for _, c := range append(policy.Clauses(), policy.Readings()...) {
		s.clauses[c.ID] = c.Text
	}
	return s.fill("page")
}

// unreadable is the page for a day that cannot be read.
func unreadable() []byte { return (&sheet{told: told{speech: spoken()}}).fill("bad") }

func (s *sheet) fill(name string) []byte {
	s.Style = template.CSS(style) //nolint:gosec // our own file, whose digest is in the Content-Security-Policy
	var page bytes.Buffer
	if err := layout().ExecuteTemplate(&page, name, s); err != nil { // our own template over our own values
		panic(fmt.Sprintf("leaflet: %v", err))
	}
	return page.Bytes()
}

// first tells whether the terms are those of the beginning: they are in force also before their own date.
func (q asked) first(e policy.Edition) bool { return e.Terms == q.book.Editions()[0].Terms }

// since says from when the terms on the page are in force.
func (q asked) since(t told) string {
	e := q.shown()
	past, future := q.current().From.After(e.From), e.From.After(q.now) && !q.first(e)
	with := words{"Date": t.instant(e.From, zone(t.terms))}
	switch {
	case past && q.first(e):
		return t.say("was-ever", nil)
	case past:
		return t.say("was-from", with)
	case future:
		return t.say("from", with)
	case q.first(e):
		return t.say("since-ever", nil)
	}
	return t.say("since", with)
}

// notices tell how the terms on the page stand to those in force, and what will be in force later.
func (q asked) notices(t told) []notice {
	var list []notice
	shown, current, in := q.shown(), q.current(), zone(t.terms)
	toNow := link{Address: PagePath, Text: t.say("to-now", nil)}
	switch {
	case shown.From.Before(current.From):
		list = append(list, notice{t.say("as-of-past", nil), toNow})
	case shown.From.After(current.From):
		list = append(list, notice{t.say("as-of-future", nil), toNow})
	case q.given && q.at.After(q.now):
		list = append(list, notice{t.say("as-of-will", words{"Date": t.instant(q.at, in)}), toNow})
	case q.given:
		list = append(list, notice{t.say("as-of-same", words{"Date": t.instant(q.at, in)}), toNow})
	}
	for _, e := range q.book.Editions() {
		if e.From.After(q.now) && e.From.After(shown.From) && !q.first(e) {
			say := t.say("change", words{"Date": t.instant(e.From, in), "Version": e.Terms.Version})
			list = append(list, notice{say, link{PagePath + query(e.From), t.say("change-read", nil)}})
		}
	}
	return list
}

// editions lists all of them, the latest first.
func (q asked) editions(t told) []edition {
	var list []edition
	for _, e := range q.book.Editions() {
		state := "edition-past"
		switch {
		case e.From.Equal(q.current().From):
			state = "edition-now"
		case e.From.After(q.now):
			state = "edition-future"
		}
		from := t.say("edition-beginning", nil)
		if !q.first(e) {
			from = t.instantHere(e.From, zone(t.terms))
		}
		list = append([]edition{{
			Version: e.Terms.Version, Address: PagePath + query(e.From), From: from, State: t.say(state, nil),
			Digest: e.Terms.Digest(), Short: short(e.Terms), Shown: e.From.Equal(q.shown().From),
		}}, list...)
	}
	return list
}
