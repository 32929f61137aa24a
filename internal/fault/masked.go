package fault

import "regexp"

// private are the places of an error's text where somebody's data could stand: quoted values and e-mail addresses. An
// apostrophe within a word, or at its end, begins no value, and one within a word ends none: "the shop's", "O'Hara". A value
// that does not end goes to the end of the text.
var private = regexp.MustCompile(`(?s)"(?:[^"\\]|\\.)*(?:"|\\?$)|\B'.*?(?:'\B|$)|[^\s"'<>]+@[^\s"'<>]+`)

// Masked is an error's text without the values in it: what may stand in a log, or be kept with a job. Databases and
// providers quote what they were given. No error has no text.
func Masked(err error) string {
	if err == nil {
		return ""
	}
	return private.ReplaceAllString(err.Error(), "…")
}
