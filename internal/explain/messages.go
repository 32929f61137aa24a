package explain

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"go.yaml.in/yaml/v3"
	"golang.org/x/text/language"
)

//go:embed messages/*.yaml
var shipped embed.FS

// suffix is what the name of a message file ends with, after the language.
const suffix = ".yaml"

// texts are the messages of one language.
type texts map[string]*i18n.Message

// library is the messages of every language, by its tag.
type library map[string]texts

// readAll reads the shipped files and those of further folders, whose messages go before the shipped ones.
func readAll(folders []fs.FS) (library, texts, error) {
	own, err := fs.Sub(shipped, "messages")
	all := library{}
	problems := []error{err, all.readFolder(own)}
	model := maps.Clone(all[English])
	for _, folder := range folders {
		problems = append(problems, all.readFolder(folder))
	}
	if err := errors.Join(problems...); err != nil {
		return nil, nil, err
	}
	return all, model, all.complete(model)
}

// readFolder reads a folder of message files. Names that begin with a dot are no files of ours.
func (l library) readFolder(folder fs.FS) error {
	entries, err := fs.ReadDir(folder, ".")
	if err != nil {
		return fmt.Errorf("the folder of messages cannot be read: %w", err)
	}
	var problems []error
	for _, entry := range entries {
		if !strings.HasPrefix(entry.Name(), ".") {
			problems = append(problems, l.readFile(folder, entry.Name()))
		}
	}
	return errors.Join(problems...)
}

func (l library) readFile(folder fs.FS, name string) error {
	tag := strings.TrimSuffix(name, suffix)
	if parsed, err := language.Parse(tag); err != nil || parsed.String() != tag || tag == name {
		return fmt.Errorf("%s: a file of messages is named for its language: fr%s, pt-BR%s", name, suffix, suffix)
	}
	text, err := fs.ReadFile(folder, name)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	messages, err := i18n.ParseMessageBytes(text, yaml.Unmarshal)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if l[tag] == nil {
		l[tag] = texts{}
	}
	for _, m := range messages {
		l[tag][m.ID] = m
	}
	return nil
}

// complete holds every language against the model, which is the shipped English: it tells what nobody says, what cannot be
// filled in and, once a region has what it leaves to its language, what is lacking.
func (l library) complete(model texts) error {
	var problems []error
	for _, tag := range slices.Sorted(maps.Keys(l)) {
		var lacking, unknown []string
		for _, id := range slices.Sorted(maps.Keys(l[tag])) {
			if model[id] == nil {
				unknown = append(unknown, id)
				continue
			}
			problems = append(problems, fits(tag, l[tag][id], model[id]))
		}
		for _, id := range slices.Sorted(maps.Keys(model)) {
			if l[tag][id] = l.inherited(tag, id); l[tag][id] == nil {
				lacking = append(lacking, id)
			}
		}
		problems = append(problems, named(tag, "lacks", lacking), named(tag, "has unknown", unknown))
	}
	return errors.Join(problems...)
}

// inherited is a message of a language, or of the one that its region differs from; nil where neither has it.
func (l library) inherited(tag, id string) *i18n.Message {
	for from := language.MustParse(tag); !from.IsRoot(); from = from.Parent() {
		if m := l[from.String()][id]; m != nil && m.Other != "" {
			return m
		}
	}
	return nil
}

func named(tag, problem string, ids []string) error {
	if len(ids) == 0 {
		return nil
	}
	return fmt.Errorf("%s%s: %s messages: %s", tag, suffix, problem, strings.Join(ids, ", "))
}

// gap is where something is filled in; anything else between double braces would be a program.
var gap = regexp.MustCompile(`\{\{\.([A-Z][a-z]+)\}\}`)

// fits tells whether a message has the gaps of its model: all of them in its main form, and no others in any.
func fits(tag string, m, model *i18n.Message) error {
	gaps := gapsOf(model.Other)
	for _, form := range []string{m.Zero, m.One, m.Two, m.Few, m.Many, m.Other} {
		rest := gap.ReplaceAllString(form, "")
		strange := slices.ContainsFunc(gapsOf(form), func(name string) bool { return !slices.Contains(gaps, name) })
		if strange || strings.Contains(rest, "{{") || strings.Contains(rest, "}}") {
			return fmt.Errorf("%s%s: %s: can be filled in with nothing but %s", tag, suffix, m.ID, listed(gaps))
		}
	}
	for _, name := range gaps {
		if m.Other != "" && !slices.Contains(gapsOf(m.Other), name) {
			return fmt.Errorf("%s%s: %s: has to say %s", tag, suffix, m.ID, listed([]string{name}))
		}
	}
	if m.LeftDelim+m.RightDelim != "" {
		return fmt.Errorf("%s%s: %s: has no delimiters of its own", tag, suffix, m.ID)
	}
	return nil
}

func gapsOf(text string) []string {
	var names []string
	for _, found := range gap.FindAllStringSubmatch(text, -1) {
		names = append(names, found[1])
	}
	return names
}

func listed(names []string) string {
	if len(names) == 0 {
		return "what it says itself"
	}
	return "{{." + strings.Join(names, "}}, {{.") + "}}"
}

// explainer binds the messages, and tries each of them.
func (l library) explainer(model texts) (*Explainer, error) {
	bundle := i18n.NewBundle(language.English)
	e := &Explainer{languages: []string{English}, localizer: map[string]*i18n.Localizer{}}
	for _, tag := range slices.Sorted(maps.Keys(l)) {
		if tag != English {
			e.languages = append(e.languages, tag)
		}
	}
	var problems []error
	tags := make([]language.Tag, len(e.languages))
	for i, tag := range e.languages {
		tags[i] = language.MustParse(tag)
		if err := bundle.AddMessages(tags[i], slices.Collect(maps.Values(l[tag]))...); err != nil {
			problems = append(problems, fmt.Errorf("%s%s: %w", tag, suffix, err))
		}
	}
	e.matcher = language.NewMatcher(tags)
	for _, tag := range e.languages {
		e.localizer[tag] = i18n.NewLocalizer(bundle, tag)
		for _, id := range slices.Sorted(maps.Keys(model)) {
			problems = append(problems, tried(e.localizer[tag], tag, id, model[id].One != ""))
		}
	}
	return e, errors.Join(problems...)
}

// countsTried are enough to meet every form of a language: its rules look at the last two digits.
const countsTried = 200

// tried fills a message in, with every count where it has forms.
func tried(by *i18n.Localizer, tag, id string, counted bool) error {
	with := words{"Date": "", "Day": 1, "Month": "", "Year": 1, "Amount": "", "Order": "", "Shop": ""}
	for n := range countsTried {
		if counted {
			with["Count"] = n
		}
		if _, err := by.Localize(&i18n.LocalizeConfig{MessageID: id, TemplateData: with, PluralCount: with["Count"]}); err != nil {
			return fmt.Errorf("%s%s: %s: %w", tag, suffix, id, err)
		}
		if !counted {
			break
		}
	}
	return nil
}
