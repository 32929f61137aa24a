// Package explain tells customers what was decided: a few plain sentences in their language, made from what the rules found.
// It decides nothing and reads no rule's own sentence: clause, reading, effect and dates say which message fits.
package explain

import (
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/bojanz/currency"
	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"

	"github.com/vysero/returns/internal/policy"
)

// English is the language that is spoken where nobody asked for one that is here.
const English = "en"

// Explainer speaks the languages of its message files. It is never changed and may be shared between goroutines.
type Explainer struct {
	languages []string // English first, which makes it the matcher's choice where nothing matches
	matcher   language.Matcher
	localizer map[string]*i18n.Localizer
}

// New knows the languages that are shipped, and those of further folders of message files, such as fr.yaml. The error tells
// everything that is wrong with them. messages/en.yaml says how a language is added.
func New(folders ...fs.FS) (*Explainer, error) {
	all, model, err := readAll(folders)
	if err != nil {
		return nil, err
	}
	return all.explainer(model)
}

// Languages lists the languages that there are messages for, as BCP 47 tags, English first.
func (e *Explainer) Languages() []string { return slices.Clone(e.languages) }

// Match finds the locale to answer in. A preference is a locale, such as es-MX, or an Accept-Language header; the first one
// that asks for a language which is here decides, and English where none does. The region that was asked for is kept:
// es-MX may read the messages of es, and has its own way of writing money.
func (e *Explainer) Match(preferences ...string) string {
	locale, _ := e.match(preferences...)
	return locale
}

// match finds the locale, and the language whose messages it reads.
func (e *Explainer) match(preferences ...string) (locale, messages string) {
	for _, list := range preferences {
		if tag, at, sure := e.matcher.Match(asked(list)...); sure != language.No {
			return within(e.languages[at], tag), e.languages[at]
		}
	}
	return English, English
}

// within is a language in the region that was asked for, which the matcher notes as an extension of the tag.
func within(found string, tag language.Tag) string {
	region, err := language.ParseRegion(strings.TrimSuffix(tag.TypeForKey("rg"), "zzzz"))
	if err != nil || !region.IsCountry() {
		return found
	}
	base, script, _ := language.MustParse(found).Raw()
	in, _ := language.Compose(base, script, region) // parts that are known each fit together
	return in.String()
}

// The bounds of what is looked at in a list of languages: anybody may send one.
const (
	maxAsked = 16
	maxTag   = 48
)

// asked lists the languages of a header, the one that is liked best first. One that cannot be read takes no other with it.
func asked(list string) []language.Tag {
	var known []string
	for entry := range strings.SplitSeq(list, ",") {
		if len(entry) > maxTag || len(known) == maxAsked {
			continue
		}
		if _, _, err := language.ParseAcceptLanguage(entry); err == nil {
			known = append(known, entry)
		}
	}
	tags, _, _ := language.ParseAcceptLanguage(strings.Join(known, ","))
	return tags
}

// speech is an explanation as it is being made.
type speech struct {
	localizer *i18n.Localizer
	locale    string
	sentences []string
}

func (e *Explainer) speech(locale string) *speech {
	locale, messages := e.match(locale)
	return &speech{localizer: e.localizer[messages], locale: locale}
}

// words are what a message is filled with. Count chooses the form of a message that has several.
type words map[string]any

// add says a message, once.
func (s *speech) add(id string, with words) {
	if sentence := s.text(id, with); !slices.Contains(s.sentences, sentence) {
		s.sentences = append(s.sentences, sentence)
	}
}

// text fills a message in. It cannot fail: every message was tried when the files were read.
func (s *speech) text(id string, with words) string {
	text, _ := s.localizer.Localize(&i18n.LocalizeConfig{MessageID: id, TemplateData: with, PluralCount: with["Count"]})
	return text
}

// day writes the last day of a term as the language does.
func (s *speech) day(d *policy.Deadline) string {
	last, _ := time.Parse(time.DateOnly, d.LastDay()) // which writes it so
	return s.text("date", words{"Day": last.Day(), "Month": s.text(month(last.Month()), nil), "Year": last.Year()})
}

func month(m time.Month) string { return "month-" + strconv.Itoa(int(m)) }

// money writes an amount as the locale does; "" where the currency is not known.
func (s *speech) money(minor int64, code string) string {
	amount, err := currency.NewAmountFromInt64(minor, code)
	if err != nil {
		return ""
	}
	return currency.NewFormatter(currency.NewLocale(s.locale)).Format(amount)
}
