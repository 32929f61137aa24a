package stripetest

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// refund is one in the ledger.
type refund struct {
	id, key  string
	at       time.Time
	account  *account
	place    int // in the account's refunds
	units    int64
	metadata map[string]string
	state    state
	events   []*event // about it, oldest first
}

type state struct{ status, reason string }

func (s state) holds() bool { return s.status != "failed" && s.status != "canceled" }

// object is the refund in Stripe's form. Callers hold mu.
func (r *refund) object() map[string]any {
	o := map[string]any{
		"id": r.id, "object": "refund", "amount": r.units, "balance_transaction": nil, "charge": r.account.charge,
		"created": r.at.Unix(), "currency": r.account.currency, "metadata": r.metadata, "payment_intent": r.account.intent,
		"reason": nil, "receipt_number": nil, "source_transfer_reversal": nil, "status": r.state.status,
		"transfer_reversal": nil,
	}
	if r.state.status == "failed" {
		o["failure_reason"] = r.state.reason
	}
	return o
}

// asked is a request for a refund that is well formed.
type asked struct {
	ref      string
	units    int64 // 0 for all that is left
	metadata map[string]string
	key      string
	form     string // what must be the same when the key comes again
}

// create is POST /v1/refunds.
func (s *Server) create(w http.ResponseWriter, r *http.Request) {
	trouble := s.enter()
	if a, ends := trouble.before(); ends {
		write(w, a)
		return
	}
	want, bad := parse(r)
	if bad != nil {
		write(w, bad.answer())
		return
	}
	a := s.once(want, func() answer {
		s.wait(Before, trouble.slow)
		if trouble.kind == broken && trouble.when == Before {
			return oops.answer()
		}
		a, events := s.commit(want)
		s.wait(After, 0)
		s.sendBeforeAnswer(events)
		if trouble.kind == broken && trouble.when == After {
			return oops.answer()
		}
		return a
	})
	if other, ends := trouble.after(); ends {
		a = other
	}
	write(w, a)
}

// parse reads the form. What is wrong here is kept under no key.
func parse(r *http.Request) (asked, *apiError) {
	body, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	if err != nil {
		return asked{}, new(invalid("", "", "The request could not be read."))
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return asked{}, new(invalid("", "", "The form could not be read."))
	}
	want := asked{key: r.Header.Get("Idempotency-Key"), metadata: map[string]string{}, form: form.Encode()}
	if len(want.key) > 255 {
		return asked{}, new(invalid("", "", "The idempotency key is too long."))
	}
	for name, values := range form {
		if bad := want.take(name, values[len(values)-1]); bad != nil {
			return asked{}, bad
		}
	}
	if want.ref == "" || form.Has("charge") == form.Has("payment_intent") {
		return asked{}, new(invalid("parameter_missing", "", "Exactly one of charge and payment_intent is needed."))
	}
	return want, nil
}

// take reads one parameter.
func (a *asked) take(name, value string) *apiError {
	meta, isMeta := strings.CutPrefix(name, "metadata[")
	switch meta = strings.TrimSuffix(meta, "]"); {
	case isMeta && len(meta) <= 40 && len(value) <= 500:
		a.metadata[meta] = value
	case name == "charge", name == "payment_intent":
		a.ref = value
	case name == "amount":
		units, err := strconv.ParseInt(value, 10, 64)
		if err != nil || units <= 0 {
			return new(invalid("parameter_invalid_integer", "amount", "Invalid positive integer"))
		}
		a.units = units
	default:
		return new(invalid("parameter_unknown", name, "Received unknown parameter: "+name))
	}
	return nil
}

// stored is what is known of a key: nothing yet while its first request runs.
type stored struct {
	answer

	form string // of the first request, in one order
	done bool
}

// once runs work for the first request with a key, and gives the others what it answered.
func (s *Server) once(want asked, work func() answer) answer {
	if want.key == "" {
		return work()
	}
	s.mu.Lock()
	known, found := s.keys[want.key]
	if found {
		defer s.mu.Unlock()
		return known.again(want)
	}
	first := &stored{form: want.form}
	s.keys[want.key] = first
	s.mu.Unlock()
	a := work()
	s.mu.Lock()
	defer s.mu.Unlock()
	first.answer, first.done = a, true
	return a
}

func (k *stored) again(want asked) answer {
	if k.form != want.form {
		return apiError{http.StatusBadRequest, problem{
			Type: "idempotency_error", Message: "Keys for idempotent requests can only be used with the same parameters.",
		}}.answer()
	}
	if !k.done {
		return apiError{http.StatusConflict, problem{
			Type: "idempotency_error", Code: "idempotency_key_in_use", Message: "Another request with this key is running.",
		}}.answer()
	}
	a := k.answer
	a.replayed = true
	return a
}

// commit writes the refund into the ledger, or refuses it, at one instant.
func (s *Server) commit(want asked) (answer, []Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	of := s.byRef[want.ref]
	if of == nil {
		param := "charge"
		if strings.HasPrefix(want.ref, "pi_") {
			param = "payment_intent"
		}
		return missing(param, "No such "+param+": '"+want.ref+"'").answer(), nil
	}
	left := of.captured - of.held
	if left == 0 {
		return invalid("charge_already_refunded", "", "Charge "+of.charge+" has already been refunded.").answer(), nil
	}
	if want.units == 0 {
		want.units = left
	}
	if want.units > left {
		return invalid("", "amount", fmt.Sprintf("Refund amount (%d) is greater than unrefunded amount on charge (%d)",
			want.units, left)).answer(), nil
	}
	r := s.book(of, want, s.chaos.first(s.first))
	return ok(r.object()), shown(r.events)
}

// book adds the refund, in the state in which it begins, and its two events. Callers hold mu.
func (s *Server) book(of *account, want asked, begun state) *refund {
	r := &refund{
		id: s.id("re"), key: want.key, at: s.now(), account: of, place: len(of.refunds), units: want.units,
		metadata: want.metadata, state: begun,
	}
	s.refunds[r.id] = r
	of.refunds = append(of.refunds, r)
	if begun.holds() {
		of.held += r.units
	}
	s.tell("refund.created", r, r.object())
	s.tell("charge.refunded", r, of.object())
	s.foresee(r)
	return r
}

// one is GET /v1/refunds/{id}.
func (s *Server) one(w http.ResponseWriter, r *http.Request) {
	write(w, s.oneAnswer(r.PathValue("id")))
}

func (s *Server) oneAnswer(id string) answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	found, known := s.refunds[id]
	if !known {
		return missing("id", "No such refund: '"+id+"'").answer()
	}
	return ok(found.object())
}

// list is GET /v1/refunds, newest first.
func (s *Server) list(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	ref, limit := query.Get("payment_intent")+query.Get("charge"), 10
	if text := query.Get("limit"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > 100 {
			write(w, invalid("parameter_invalid_integer", "limit", "Invalid integer: "+text).answer())
			return
		}
		limit = n
	}
	write(w, s.listAnswer(ref, query.Get("starting_after"), limit))
}

// listAnswer is the part of the payment's refunds that comes after the one with the id, newest first.
func (s *Server) listAnswer(ref, after string, limit int) answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	of := s.byRef[ref]
	if of == nil {
		return missing("charge", "No such charge: '"+ref+"'").answer()
	}
	end := len(of.refunds)
	if after != "" {
		last, known := s.refunds[after]
		if !known || last.account != of {
			return missing("starting_after", "No such refund: '"+after+"'").answer()
		}
		end = last.place
	}
	begin, data := max(0, end-limit), []map[string]any{}
	for _, r := range slices.Backward(of.refunds[begin:end]) {
		data = append(data, r.object())
	}
	return ok(map[string]any{"object": "list", "url": "/v1/refunds", "has_more": begin > 0, "data": data})
}
