// Package leaflet is the terms for everybody to read: a page for people, and the same in schema.org's words for machines. Every
// number on them is read from the edition that they show.
package leaflet

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/vysero/returns/internal/calendar"
	"github.com/vysero/returns/internal/fault"
	"github.com/vysero/returns/internal/policy"
)

// Where the two forms of the terms are found.
const (
	PagePath   = "/policy"
	JSONLDPath = "/policy.jsonld"
)

// Stand hands the leaflet out. Every field but Address is needed.
type Stand struct {
	// Book is every edition of the terms.
	Book func(context.Context) (*policy.Book, error)
	// Now is the clock of the shop.
	Now func() time.Time
	// Address is where the world reaches this server, such as https://returns.example.com. Without it, the machine-readable
	// form leads to the page by its path alone, which is read against the address that the form was fetched from.
	Address string
	// Refuse answers with an error.
	Refuse func(http.ResponseWriter, *http.Request, error)
}

// asked is what a request is about.
type asked struct {
	book  *policy.Book
	now   time.Time
	at    time.Time // the instant that was asked about, or now
	given bool      // whether one was
}

// Page answers with the page of the terms in force, or of those as of the query's asOf: a day, which is meant from its beginning
// in the zone of the terms in force, or an instant (RFC 3339).
func (s *Stand) Page(w http.ResponseWriter, r *http.Request) {
	q, err := s.read(r)
	switch {
	case fault.From(err) != nil && fault.From(err).Kind == fault.Invalid:
		answer := unreadable()
		w.Header().Set("Content-Security-Policy", contentPolicy)
		w.Header().Set("Content-Type", htmlType)
		w.Header().Set("Content-Length", strconv.Itoa(len(answer)))
		w.WriteHeader(http.StatusBadRequest)
		_, _ = w.Write(answer) // a client that has gone away is nobody to tell; to HEAD the server sends no body
		return
	case err != nil:
		s.Refuse(w, r, err)
		return
	}
	w.Header().Set("Content-Security-Policy", contentPolicy)
	q.send(w, r, htmlType, q.page())
}

// JSONLD answers with the same terms in schema.org's words. Any page may fetch them: they are public, and say nothing of who asks.
func (s *Stand) JSONLD(w http.ResponseWriter, r *http.Request) {
	q, err := s.read(r)
	if err != nil {
		s.Refuse(w, r, err)
		return
	}
	w.Header().Set("Access-Control-Allow-Origin", "*")
	q.send(w, r, "application/ld+json", JSONLD(q.shown(), s.Address+PagePath+q.suffix()))
}

func (s *Stand) read(r *http.Request) (asked, error) {
	book, err := s.Book(r.Context())
	if err != nil {
		return asked{}, err
	}
	q := asked{book: book, now: s.Now()}
	q.at = q.now
	if text := r.URL.Query().Get("asOf"); text != "" {
		q.given = true
		q.at, err = instant(text, zone(q.current().Terms))
	}
	return q, err
}

// instant reads a day, as its beginning in the zone, or an instant, of the years that RFC 3339 has: the page's own links hold it
// in UTC. A plus sign in an address means a space to a server, which is forgiven: no instant has spaces.
func instant(text string, in *time.Location) (time.Time, error) {
	at, err := time.Parse(time.RFC3339, strings.ReplaceAll(text, " ", "+"))
	if day, isDay := time.Parse(time.DateOnly, text); isDay == nil {
		at, err = calendar.DayEnd(time.Date(day.Year(), day.Month(), day.Day(), 12, 0, 0, 0, in), -1, in), nil
	}
	if year := at.UTC().Year(); err != nil || year < 1 || year > 9999 {
		return time.Time{}, fault.Bad(fault.CodeInvalid, "asOf", "Write a day like 2026-03-01, or an instant like 2026-03-01T09:00:00-08:00.")
	}
	return at, nil
}

// zone is that of terms, which have checked it.
func zone(t *policy.Terms) *time.Location {
	found, err := calendar.Zone(t.Zone)
	if err != nil {
		panic(fmt.Sprintf("leaflet: %v", err))
	}
	return found
}

// shown is the edition that was asked for, current the one that is in force.
func (q asked) shown() policy.Edition   { return q.book.At(q.at) }
func (q asked) current() policy.Edition { return q.book.At(q.now) }

// suffix keeps the instant that was asked about in the address of the other form.
func (q asked) suffix() string {
	if !q.given {
		return ""
	}
	return query(q.at)
}

func query(at time.Time) string {
	return "?" + url.Values{"asOf": {at.UTC().Format(time.RFC3339Nano)}}.Encode()
}

// maxAge is how long an answer may be kept without asking again. Terms are published a minute before they are in force, and a
// server notices within ten seconds: what is not kept for longer than the rest of that minute never outlives its truth.
const maxAge = 30 * time.Second

// freshFor is the same where the next edition is known, and comes sooner.
func (q asked) freshFor() time.Duration {
	left := maxAge
	for _, e := range q.book.Editions() {
		if until := e.From.Sub(q.now); until > 0 && until < left {
			left = until.Truncate(time.Second)
		}
	}
	return left
}

// send answers with a body that everybody gets alike, or with 304 where the client has it. HEAD and ranges are the standard library's.
func (q asked) send(w http.ResponseWriter, r *http.Request, kind string, body []byte) {
	sum := sha256.Sum256(body)
	h := w.Header()
	h.Set("Content-Type", kind)
	h.Set("Cache-Control", "public, max-age="+strconv.Itoa(int(q.freshFor()/time.Second)))
	h.Set("ETag", strconv.Quote(hex.EncodeToString(sum[:12])))
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
}
