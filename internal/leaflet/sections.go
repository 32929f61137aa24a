package leaflet

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"

	"github.com/vysero/returns/internal/calendar"
	"github.com/vysero/returns/internal/policy"
)

// section is a part of the page under a heading.
type section struct {
	ID    string // of its anchor
	Title string
	Steps bool // its lines are done one after the other
	Lines []line
}

// line is a sentence of the page, with the clauses and readings that it rests on.
type line struct {
	Label string // what it is about, where its section is looked through for that
	Text  string
	Rests []string
	Link  link
	Unset bool // the shop has not said it yet (A41)
}

// link leads to another page; the zero value is none.
type link struct{ Address, Text string }

// told makes the sentences of terms. Every number in them is read from the terms.
type told struct {
	speech

	terms *policy.Terms
}

// line says a message that rests on clauses.
func (t told) line(id string, with words, rests ...string) line {
	return line{Text: t.say(id, with), Rests: rests}
}

// about gives a line its label.
func (t told) about(label string, l line) line {
	l.Label = t.say(label, nil)
	return l
}

// reasons are the two sections that customers come for: until when, and at whose cost.
func (t told) reasons() []section { return []section{t.mind(), t.wrong()} }

// further are the other sections, in the order in which they are read.
func (t told) further() []section {
	return []section{t.what(), t.condition(), t.refund(), t.start(), t.days(), t.questions()}
}

// The anchors of the two sections, which the machine-readable form names its policies by.
const (
	mindID  = "change-of-heart"
	wrongID = "defective"
)

var asks = map[policy.Clock]string{
	policy.PurchaseWithArrivalTail: "ask-tail", policy.FromPurchase: "ask-purchase", policy.FromArrival: "ask-arrival",
}

// askMind is T1 under the clock of the terms.
func (t told) askMind() line {
	return t.line(asks[t.terms.ChangeOfHeartClock], words{"Within": t.within(t.terms.ChangeOfHeartDays)}, policy.T1, policy.A1)
}

// askWrong is T2.
func (t told) askWrong() line {
	return t.line("wrong-ask", words{"Within": t.within(t.terms.DOADays)}, policy.T2, policy.A12, policy.A14)
}

// handOver is N2, with the days that A2 leaves after instructions.
func (t told) handOver(days int) line {
	return t.line("hand-over", words{"Within": t.within(days), "Floor": t.within(t.terms.HandOverDays)}, policy.N2, policy.A1, policy.A2)
}

// later is W1, and what is left when T2's days are over.
func (t told) later() line { return t.line("later-warranty", nil, policy.W1, policy.A12, policy.A13) }

func (t told) mind() section {
	answer := t.line("answer-staff", nil, policy.H3)
	if t.terms.AutoApproveChangeOfHeart {
		answer = t.line("answer-at-once", nil, policy.H3)
	}
	return section{ID: mindID, Title: t.say("mind", nil), Lines: []line{
		t.about("ask", t.askMind()),
		t.line("ask-early", nil, policy.A11),
		t.about("send", t.handOver(t.terms.ChangeOfHeartDays)),
		t.about("postage", t.line("postage-yours", nil, policy.S2)),
		t.about("shipping", t.originalShipping(policy.ChangeOfHeart)),
		t.about("photos", t.line("photos-none", nil, policy.A28)),
		t.about("answer", answer),
	}}
}

func (t told) wrong() section {
	noFault := t.line("no-fault-mind", nil, policy.A35, policy.S3)
	if t.terms.DOANoFault == policy.RefuseNoFault {
		noFault = t.line("no-fault-refused", nil, policy.A35)
	}
	return section{ID: wrongID, Title: t.say("wrong", nil), Lines: []line{
		t.about("ask", t.askWrong()),
		t.about("send", t.handOver(t.terms.DOADays)),
		t.about("postage", t.line("postage-ours", nil, policy.S1)),
		t.about("shipping", t.originalShipping(policy.Defective)),
		t.about("photos", t.line("wrong-photos", nil, policy.H2, policy.A28)),
		t.about("answer", t.line("wrong-answer", nil, policy.H3)),
		t.about("no-fault", noFault),
		t.about("later", t.later()),
	}}
}

// originalShipping says what becomes of it on a track (S3, A21).
func (t told) originalShipping(track policy.Reason) line {
	switch {
	case t.terms.RefundsShipping(track):
		return t.line("shipping-shared", nil, policy.A21, policy.A22)
	case track.DOA():
		return t.line("shipping-kept", nil, policy.A21)
	}
	return t.line("shipping-kept", nil, policy.S3)
}

func (t told) what() section {
	countries := make([]string, len(t.terms.DomesticCountries))
	for i, code := range t.terms.DomesticCountries {
		countries[i] = display.English.Regions().Name(language.MustParseRegion(code))
	}
	slices.Sort(countries)
	listed := words{"Countries": strings.Join(countries, ", "), "Count": len(countries)}
	return section{ID: "what", Title: t.say("what", nil), Lines: []line{
		t.line("what-all", nil, policy.E1, policy.A14),
		t.line("what-countries", listed, policy.N4, policy.A25),
		t.line("what-abroad", nil, policy.N4, policy.A25, policy.A26),
		t.line("what-units", nil, policy.A37),
		t.line("what-proof", nil, policy.R3, policy.A27),
	}}
}

func (t told) condition() section {
	return section{ID: "condition", Title: t.say("condition", nil), Lines: []line{
		t.line("condition-whole", nil, policy.C1, policy.H4, policy.A19),
		t.line("condition-use", nil, policy.A33),
		t.line("condition-fee", nil, policy.C2, policy.A16, policy.A17),
		t.line("condition-part", nil, policy.N1, policy.A16),
		t.line("condition-reported", nil, policy.A18),
		t.line("condition-spoilt", nil, policy.C3, policy.N3, policy.A33),
		t.line("condition-late", nil, policy.N2, policy.A3),
		t.line("condition-lost", nil, policy.A36),
	}}
}

func (t told) refund() section {
	business := "refund-days"
	if t.terms.Holidays == calendar.USFederal {
		business = "refund-days-federal"
	}
	lines := []line{
		t.line("refund-full", nil, policy.R1, policy.A20, policy.A32),
		t.line("refund-time", words{"Within": t.withinBusiness(t.terms.RefundBusinessDays)}, policy.R2, policy.H5, policy.A29),
		t.line(business, words{"Zone": t.terms.Zone}, policy.A30),
	}
	if off := t.terms.FurtherHolidays; len(off) > 0 {
		dates := make([]string, len(off))
		for i, date := range off {
			at, _ := time.Parse(time.DateOnly, date) // which the terms have checked
			dates[i] = t.day(at)
		}
		lines = append(lines, t.line("refund-days-off", words{"Dates": strings.Join(dates, ", ")}, policy.A30))
	}
	return section{ID: "refund", Title: t.say("refund", nil), Lines: append(lines, t.line("refund-made", nil, policy.R2, policy.A31))}
}

func (t told) start() section {
	return section{ID: "start", Title: t.say("start", nil), Steps: true, Lines: []line{
		t.line("start-account", nil, policy.H1),
		t.line("start-photos", nil, policy.H2),
		t.line("start-instructions", nil, policy.H3, policy.S1),
		t.line("start-send", nil, policy.H4),
		t.line("start-refund", words{"Within": t.withinBusiness(t.terms.RefundBusinessDays)}, policy.H5, policy.R2),
	}}
}

func (t told) days() section {
	return section{ID: "days", Title: t.say("days", nil), Lines: []line{
		t.line("days-calendar", nil, policy.A5),
		t.line("days-zone", words{"Zone": t.terms.Zone}, policy.A6),
		t.line("days-purchase", nil, policy.A8, policy.A9),
		t.line("days-request", nil, policy.A4, policy.A38),
		t.line("days-unknown", nil, policy.A10),
	}}
}

// questions names the warranty's page and the contact, or says that the shop has not named them.
func (t told) questions() section {
	warranty := line{Text: t.say("warranty-unset", nil), Unset: true}
	if at := t.terms.WarrantyURL; at != "" {
		warranty = line{Text: t.say("warranty", nil), Link: link{Address: at, Text: at}}
	}
	contact := line{Text: t.say("contact-unset", nil), Unset: true}
	if to := t.terms.SupportContact; to != "" {
		contact = line{Text: t.say("contact", nil), Link: link{Address: reach(to), Text: to}}
	}
	warranty.Rests, contact.Rests = []string{policy.W1, policy.A41}, []string{policy.A41}
	return section{ID: "questions", Title: t.say("questions", nil), Lines: []line{contact, warranty}}
}

// reach is the address behind a contact: a page or a mailbox. Anything else, such as a telephone number, is read and not
// followed.
func reach(contact string) string {
	at, err := url.Parse(contact)
	switch {
	case err == nil && at.Scheme == "https" && at.Host != "":
		return contact
	case strings.Count(contact, "@") == 1 && !strings.ContainsAny(contact, " <>,;?&/:"):
		return "mailto:" + contact
	}
	return ""
}
