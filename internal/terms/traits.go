package terms

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/vysero/returns/internal/policy"
)

// traits are what makes a verdict or a judgement the same as another one, each by a name and as text; and apart from them
// the sentences, which may be put into better words.
type traits struct {
	head

	list  []trait
	words string
}

type trait struct{ name, value string }

// head is what a record keeps in columns of its own as well.
type head struct{ outcome, version, digest string }

// unlike says what is otherwise in a verdict's own head.
func (h head) unlike(own head, where string) []string {
	a := traits{list: []trait{{"outcome", h.outcome}, {"terms", h.version + " " + h.digest}}}
	b := traits{list: []trait{{"outcome", own.outcome}, {"terms", own.version + " " + own.digest}}}
	return a.unlike(b, where)
}

func (t *traits) addf(name, format string, args ...any) {
	t.list = append(t.list, trait{name, fmt.Sprintf(format, args...)})
}

// say keeps a sentence apart.
func (t *traits) say(sentence string) { t.words += sentence + "\n" }

// unlike says, for each trait that another one has otherwise, what it is on record and what it is there.
func (t *traits) unlike(other traits, where string) []string {
	var say []string
	values := make(map[string]string, len(other.list))
	for _, o := range other.list {
		values[o.name] = o.value
	}
	for _, own := range t.list {
		value, there := values[own.name]
		delete(values, own.name)
		switch {
		case !there:
			say = append(say, fmt.Sprintf("%s: %s on record, nothing %s", own.name, own.value, where))
		case value != own.value:
			say = append(say, fmt.Sprintf("%s: %s on record, %s %s", own.name, own.value, value, where))
		}
	}
	for _, o := range other.list {
		if value, left := values[o.name]; left {
			say = append(say, fmt.Sprintf("%s: nothing on record, %s %s", o.name, value, where))
		}
	}
	return say
}

// verdictTraits are those of a verdict, but whether later terms gave it: that is for the book to say.
func verdictTraits(v policy.Verdict) traits {
	t := traits{head: head{string(v.Outcome), v.TermsVersion, v.TermsDigest}}
	t.addf("outcome", "%s", v.Outcome)
	t.addf("deciding", "%v", v.Deciding())
	t.addf("terms", "%s %s", v.TermsVersion, v.TermsDigest)
	t.addf("request before", "%s", deadline(v.RequestBefore))
	t.addf("hand over before", "%s", deadline(v.HandOverBefore))
	t.addf("return shipping", "%q, label %t", v.ShippingPaidBy, v.PrepaidLabel)
	t.addf("evidence", "%v", v.Evidence)
	for i, a := range v.Alternatives {
		t.addf("alternative "+strconv.Itoa(i+1), "%s by %s %s before %s", a.Kind, a.Clause, a.Reading, deadline(a.Before))
		t.say(a.Say)
	}
	t.findings(v.Findings)
	return t
}

// judgementTraits are those of a judgement, likewise.
func judgementTraits(j policy.Judgement) traits {
	t := traits{head: head{string(j.Outcome), j.TermsVersion, j.TermsDigest}}
	t.addf("outcome", "%s", j.Outcome)
	t.addf("deciding", "%v", j.Deciding())
	t.addf("terms", "%s %s", j.TermsVersion, j.TermsDigest)
	t.addf("track", "%s", j.Track)
	t.addf("original shipping", "%t", j.RefundShipping)
	t.addf("fees", "%v", j.Fees)
	t.addf("fees not given", "%v", j.FeeNotGiven)
	t.addf("hand over before", "%s", deadline(j.HandOverBefore))
	t.findings(j.Findings)
	return t
}

// findings are told by their ids; where one speaks more than once, by the number of the time as well.
func (t *traits) findings(all []policy.Finding) {
	times := map[string]int{}
	var order strings.Builder
	for _, f := range all {
		name := f.ID()
		times[name]++
		if n := times[name]; n > 1 {
			name += " (" + strconv.Itoa(n) + ")"
		}
		fmt.Fprintf(&order, " %s", name)
		t.addf(name, "%s %s %s, %s %q, %s", f.Clause, f.Reading, f.Effect, f.Fact, f.Value, instant(f.Date))
		t.say(f.Say)
	}
	t.addf("findings", "%s", strings.TrimSpace(order.String()))
}

func deadline(d *policy.Deadline) string {
	if d == nil {
		return "none"
	}
	return instant(&d.Before) + " in " + d.Zone
}

// instant writes a point in time in one form, whatever the zone that it was read in.
func instant(at *time.Time) string {
	if at == nil {
		return "no date"
	}
	return at.UTC().Format(time.RFC3339Nano)
}
