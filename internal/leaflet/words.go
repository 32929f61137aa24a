package leaflet

import (
	"bytes"
	_ "embed" // the messages
	"fmt"
	"maps"
	"slices"
	"strconv"
	"sync"
	"text/template"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/vysero/returns/internal/calendar"
)

//go:embed messages/en.yaml
var english []byte

// words are what a message is filled with. Count chooses the form of a message that has several.
type words map[string]any

// message is a sentence, or a piece of one, in its forms; one is nil where a single form does for every number.
type message struct{ one, other *template.Template }

// speech is everything that is said in a language, by its id. All sentences are in there and none in the code, so that another
// language is another file.
type speech map[string]message

// spoken is the language of the page.
var spoken = sync.OnceValue(func() speech {
	all, err := readSpeech(english)
	if err != nil {
		panic(fmt.Sprintf("leaflet: the embedded messages: %v", err))
	}
	return all
})

// readSpeech reads a file of messages: a text each, or the forms "one" and "other".
func readSpeech(file []byte) (speech, error) {
	var nodes map[string]yaml.Node
	if err := yaml.Unmarshal(file, &nodes); err != nil {
		return nil, err
	}
	all := speech{}
	for _, id := range slices.Sorted(maps.Keys(nodes)) {
		node := nodes[id]
		forms := map[string]string{}
		var err error
		if node.Kind == yaml.ScalarNode {
			forms["other"] = node.Value
		} else {
			err = node.Decode(&forms)
		}
		if err == nil {
			all[id], err = formed(forms)
		}
		if err != nil {
			return nil, fmt.Errorf("line %d: %s: %w", node.Line, id, err)
		}
	}
	return all, nil
}

func formed(forms map[string]string) (m message, err error) {
	for form, text := range forms {
		filled, err := template.New(form).Option("missingkey=error").Parse(text)
		switch {
		case err != nil:
			return m, err
		case form == "one":
			m.one = filled
		case form == "other":
			m.other = filled
		default:
			return m, fmt.Errorf("there is no form %q", form)
		}
	}
	if m.other == nil {
		return m, fmt.Errorf("the form %q is missing", "other")
	}
	return m, nil
}

// say fills a message in. An id or a word that is not there is a slip in this package, which its tests find: they say everything.
func (s speech) say(id string, with words) string {
	found, known := s[id]
	if !known {
		panic("leaflet: there is no message " + id)
	}
	form := found.other
	if with["Count"] == 1 && found.one != nil {
		form = found.one
	}
	var text bytes.Buffer
	if err := form.Execute(&text, with); err != nil {
		panic(fmt.Sprintf("leaflet: the message %s: %v", id, err))
	}
	return text.String()
}

// within is a number of days after an event that is named next: none of them is the event's own day (A5).
func (s speech) within(days int) string { return s.count("within", "same-day", days) }

// withinBusiness is the same in business days.
func (s speech) withinBusiness(days int) string {
	return s.count("within-business", "same-business-day", days)
}

func (s speech) count(some, none string, days int) string {
	if days == 0 {
		return s.say(none, nil)
	}
	return s.say(some, words{"Count": days})
}

// day writes the day that t's clock shows.
func (s speech) day(t time.Time) string {
	month := s.say("month-"+strconv.Itoa(int(t.Month())), nil)
	return s.say("date", words{"Day": t.Day(), "Month": month, "Year": t.Year()})
}

// instant writes an instant in a zone: the day alone where it begins with it, else the hour and the zone as well.
func (s speech) instant(at time.Time, zone *time.Location) string {
	return s.hour("date-time-zone", at, zone)
}

// instantHere is instant where the zone was named before.
func (s speech) instantHere(at time.Time, zone *time.Location) string {
	return s.hour("date-time", at, zone)
}

func (s speech) hour(id string, at time.Time, zone *time.Location) string {
	at = at.In(zone)
	if at.Equal(calendar.DayEnd(at, -1, zone)) {
		return s.day(at)
	}
	clock := at.Format("15:04")
	if at.Second() != 0 || at.Nanosecond() != 0 {
		clock = at.Format("15:04:05")
	}
	return s.say(id, words{"Date": s.day(at), "Clock": clock, "Zone": zone.String()})
}
