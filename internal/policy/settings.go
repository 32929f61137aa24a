package policy

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
	"golang.org/x/text/language"

	"github.com/vysero/returns/internal/calendar"
)

// Problem is one thing that is wrong with a file of terms.
type Problem struct {
	Line int    // counted from 1
	Key  string // "" where it is about the file as a whole
	Say  string
}

// ParseError is everything that is wrong with a file of terms, in the order of its lines.
type ParseError []Problem

// Error tells every problem on a line of its own.
func (p ParseError) Error() string {
	lines := make([]string, len(p))
	for i, problem := range p {
		lines[i] = fmt.Sprintf("line %d: %s", problem.Line, strings.TrimPrefix(problem.Key+" "+problem.Say, " "))
	}
	return strings.Join(lines, "\n")
}

// Setting is one key of the terms with its value, for people who want to know what is in force and why.
type Setting struct {
	Key        string   `json:"key"`
	Value      string   `json:"value"`      // as JSON
	Rests      []string `json:"rests"`      // the clauses and readings that it belongs to
	Assumption bool     `json:"assumption"` // the published text does not give it
}

// Settings lists every setting in the order of the file.
func (t *Terms) Settings() []Setting {
	var values map[string]json.RawMessage
	_ = json.Unmarshal(t.Canonical(), &values) // our own JSON object
	list := make([]Setting, len(settings))
	for i, s := range settings {
		list[i] = Setting{Key: s.key, Value: string(values[s.key]), Rests: s.rests, Assumption: s.assumed}
	}
	return list
}

// setting is a key of the file: what it rests on, and how its value is read.
type setting struct {
	key     string
	rests   []string
	assumed bool
	read    reader
}

// reader puts the value at node into the terms, or reports what is wrong with it.
type reader func(t *Terms, node *yaml.Node, report func(at *yaml.Node, say string))

// settings are the keys of the file, in its order. version stands first: it is the one that has to be given.
var settings = []setting{
	{"version", []string{A39}, false, text(func(t *Terms) *string { return &t.Version }, wrongVersion)},
	{"zone", []string{A5, A6}, true, text(func(t *Terms) *string { return &t.Zone }, wrongZone)},
	{"domesticCountries", []string{N4, A25}, true, list(func(t *Terms) *[]string { return &t.DomesticCountries }, 1, wrongCountry)},
	{"changeOfHeartDays", []string{T1, N2}, false, days(func(t *Terms) *int { return &t.ChangeOfHeartDays })},
	{"changeOfHeartClock", []string{T1, A1}, false,
		choice(func(t *Terms) *Clock { return &t.ChangeOfHeartClock }, PurchaseWithArrivalTail, FromPurchase, FromArrival)},
	{"autoApproveChangeOfHeart", []string{H3}, true, flag(func(t *Terms) *bool { return &t.AutoApproveChangeOfHeart })},
	{"doaDays", []string{T2, N2}, false, days(func(t *Terms) *int { return &t.DOADays })},
	{"doaOriginalShipping", []string{S3, A21}, false,
		choice(func(t *Terms) *ShippingBack { return &t.DOAOriginalShipping }, ProRata, KeepShipping)},
	{"doaNoFault", []string{A35}, false, choice(func(t *Terms) *NoFault { return &t.DOANoFault }, Reclassify, RefuseNoFault)},
	{"handOverDays", []string{N2, A2}, true, days(func(t *Terms) *int { return &t.HandOverDays })},
	{"refundBusinessDays", []string{R2, A29}, false, days(func(t *Terms) *int { return &t.RefundBusinessDays })},
	{"holidays", []string{R2, A30}, true,
		choice(func(t *Terms) *calendar.Holidays { return &t.Holidays }, calendar.USFederal, calendar.NoHolidays)},
	{"furtherHolidays", []string{R2, A30}, false, list(func(t *Terms) *[]string { return &t.FurtherHolidays }, 0, wrongDate)},
	{"warrantyUrl", []string{W1, A41}, true, text(func(t *Terms) *string { return &t.WarrantyURL }, wrongAddress)},
	{"supportContact", []string{A41}, true, text(func(t *Terms) *string { return &t.SupportContact }, wrongContact)},
}

// read puts a file over the terms that it starts from.
func read(t Terms, file []byte) (*Terms, error) {
	top, problem := mapping(file)
	if problem != nil {
		return nil, ParseError{*problem}
	}
	var problems ParseError
	seen := map[string]int{}
	for i := 0; i < len(top.Content); i += 2 {
		key, value := top.Content[i], top.Content[i+1]
		report := func(at *yaml.Node, say string) {
			problems = append(problems, Problem{Line: at.Line, Key: key.Value, Say: say})
		}
		known := slices.IndexFunc(settings, func(s setting) bool { return s.key == key.Value })
		line, twice := seen[key.Value]
		switch {
		case known < 0:
			report(key, "is not a key of the terms")
		case twice:
			report(key, fmt.Sprintf("is given twice, first on line %d", line))
		default:
			seen[key.Value] = key.Line
			settings[known].read(&t, value, report)
		}
	}
	if _, given := seen["version"]; !given {
		problems = append(problems, Problem{Line: top.Line, Key: "version", Say: "has to be given"})
	}
	if problems != nil {
		return nil, problems
	}
	return t.ready(), nil
}

// mapping finds the one mapping of keys to values that a file of terms is.
func mapping(file []byte) (*yaml.Node, *Problem) {
	var document, another yaml.Node
	decoder := yaml.NewDecoder(bytes.NewReader(file))
	err := decoder.Decode(&document)
	if err == nil {
		err = decoder.Decode(&another)
	}
	switch {
	case errors.Is(err, io.EOF) && document.Kind == 0:
		return nil, &Problem{Line: 1, Say: "there is nothing in the file"}
	case err == nil:
		return nil, &Problem{Line: another.Line, Say: "a second document begins here; there may be one"}
	case !errors.Is(err, io.EOF):
		return nil, &Problem{Line: lineOf(err), Say: "is not YAML: " + err.Error()}
	case document.Content[0].Kind != yaml.MappingNode:
		return nil, &Problem{Line: document.Content[0].Line, Say: "the file has to be keys with values, such as zone: Europe/Berlin"}
	}
	return document.Content[0], nil
}

var lineInError = regexp.MustCompile(`line (\d+)`)

// lineOf finds the line that the YAML library tells in its sentence; without one, the file begins wrong.
func lineOf(err error) int {
	if found := lineInError.FindStringSubmatch(err.Error()); found != nil {
		line, _ := strconv.Atoi(found[1])
		return line
	}
	return 1
}

// plain tells whether the node is one value, written without a tag or a reference.
func plain(n *yaml.Node) bool {
	return n.Kind == yaml.ScalarNode && n.Style&yaml.TaggedStyle == 0 && n.Anchor == "" && n.ShortTag() != "!!null"
}

func text(field func(*Terms) *string, wrong func(string) string) reader {
	return func(t *Terms, n *yaml.Node, report func(*yaml.Node, string)) {
		if !plain(n) {
			report(n, "has to be a text")
			return
		}
		if say := wrong(n.Value); say != "" {
			report(n, say)
		}
		*field(t) = n.Value
	}
}

// maxDays is far beyond any sensible term, so that a slip of the keyboard is found.
const maxDays = 3650

func days(field func(*Terms) *int) reader {
	return func(t *Terms, n *yaml.Node, report func(*yaml.Node, string)) {
		number, err := strconv.Atoi(n.Value)
		if !plain(n) || n.ShortTag() != "!!int" || err != nil || strconv.Itoa(number) != n.Value {
			report(n, "has to be a whole number of days")
			return
		}
		if number < 0 || number > maxDays {
			report(n, fmt.Sprintf("has to be between 0 and %d days", maxDays))
		}
		*field(t) = number
	}
}

func flag(field func(*Terms) *bool) reader {
	return func(t *Terms, n *yaml.Node, report func(*yaml.Node, string)) {
		if !plain(n) || n.ShortTag() != "!!bool" || (n.Value != "true" && n.Value != "false") {
			report(n, "has to be true or false")
		}
		*field(t) = n.Value == "true"
	}
}

func choice[T ~string](field func(*Terms) *T, allowed ...T) reader {
	return func(t *Terms, n *yaml.Node, report func(*yaml.Node, string)) {
		if !plain(n) || !slices.Contains(allowed, T(n.Value)) {
			report(n, fmt.Sprintf("has to be one of %v", allowed))
		}
		*field(t) = T(n.Value)
	}
}

func list(field func(*Terms) *[]string, least int, wrong func(string) string) reader {
	return func(t *Terms, n *yaml.Node, report func(*yaml.Node, string)) {
		if n.Kind != yaml.SequenceNode || n.Style&yaml.TaggedStyle != 0 || n.Anchor != "" || len(n.Content) < least {
			report(n, fmt.Sprintf("has to be a list with at least %d entries", least))
		}
		values := make([]string, 0, len(n.Content))
		for _, entry := range n.Content {
			switch say := wrong(entry.Value); {
			case !plain(entry):
				report(entry, "may hold nothing but plain values")
			case say != "":
				report(entry, say)
			case slices.Contains(values, entry.Value):
				report(entry, fmt.Sprintf("names %q twice", entry.Value))
			}
			values = append(values, entry.Value)
		}
		*field(t) = values
	}
}

var versionForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)

func wrongVersion(value string) string {
	if !versionForm.MatchString(value) {
		return "has to be 1 to 64 letters, digits, dots, dashes and underscores"
	}
	return ""
}

func wrongZone(value string) string {
	if _, err := calendar.Zone(value); err != nil {
		return fmt.Sprintf("names the zone %q, which is not known; write it like America/Los_Angeles", value)
	}
	return ""
}

// wrongCountry takes the two-letter codes of countries alone: no groups of countries, no code that was withdrawn or
// stands for another, nothing in small letters.
func wrongCountry(value string) string {
	region, err := language.ParseRegion(value)
	if err != nil || len(value) != 2 || !region.IsCountry() || region.Canonicalize().String() != value {
		return fmt.Sprintf("names the country %q, which is not an ISO 3166-1 code such as US", value)
	}
	return ""
}

func wrongDate(value string) string {
	if _, err := time.Parse(time.DateOnly, value); err != nil {
		return fmt.Sprintf("names %q, which is not a date such as 2026-12-24", value)
	}
	return ""
}

func wrongAddress(value string) string {
	at, err := url.Parse(value)
	if value != "" && (err != nil || at.Scheme != "https" || at.Host == "") {
		return "has to be an https address, or empty as long as there is none"
	}
	return ""
}

func wrongContact(value string) string {
	if utf8.RuneCountInString(value) > 200 || strings.ContainsFunc(value, unicode.IsControl) {
		return "has to be one line of at most 200 characters, or empty as long as there is none"
	}
	return ""
}
