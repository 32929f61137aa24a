package explain

import "strings"

// Link is what is told of a link to one order.
type Link struct {
	Shop    string // as its customers know it; "" where it has not said
	Order   string // the order's number
	Address string // the link itself
	Minutes int    // for how long it works
}

// Letter is a mail in plain text.
type Letter struct{ Subject, Text string }

// Link is the mail with a link to one order, in the language of the locale. It greets nobody by name: whoever asked for it may
// be a stranger.
func (e *Explainer) Link(l Link, locale string) Letter {
	s := e.speech(locale)
	with := words{"Order": l.Order, "Shop": l.Shop, "Count": l.Minutes}
	subject := "link-subject"
	if l.Shop != "" {
		subject = "link-subject-shop"
	}
	plain := words{"Order": l.Order, "Shop": l.Shop}
	text := []string{
		s.text("link-asked", plain) + "\n" + s.text("link-use", nil), l.Address,
		s.text("link-valid", with) + "\n" + s.text("link-again", nil), s.text("link-stranger", nil),
	}
	if l.Shop != "" {
		text = append(text, l.Shop)
	}
	return Letter{Subject: s.text(subject, plain), Text: strings.Join(text, "\n\n") + "\n"}
}
