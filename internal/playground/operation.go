package playground

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
)

// ErrOperation is a file in operations that is not ready to run; the message names the file and what is wrong.
var ErrOperation = errors.New("operation not ready to run")

// Operation is one document that the page offers. Its file is operations/NN-name.graphql:
//
//	# title: Approve a return
//	# about: Sends the instructions, and a label where the merchant pays the way back.
//	# group: Staff
//	# roles: AGENT, ADMIN
//	# tab: yes
//
//	mutation ApproveReturn($input: ReturnApproveInput!) { … }
//
// The lines at the top are read as settings and not shown: title is required, group falls back to "More", about,
// roles and tab may be left out; any other name is refused. All after them is the document as the page shows it.
// Variables, if any, are in a file of the same name that ends in .json: one object, whose names the document
// declares; what the document requires must be there.
type Operation struct {
	ID        string   `json:"id"`        // the file's name without .graphql; the list is in this order
	Title     string   `json:"title"`     // what the list calls it
	About     string   `json:"about"`     // a sentence beside the title, may be empty
	Group     string   `json:"group"`     // the heading in the list under which it stands
	Roles     []string `json:"roles"`     // who may run it; empty: anybody
	Tab       bool     `json:"tab"`       // open in a tab of its own on the first visit
	Kind      string   `json:"kind"`      // query, mutation or subscription, of the document's first operation
	Query     string   `json:"query"`     // the document
	Variables string   `json:"variables"` // a JSON object as text, or empty
}

// Operations reads the embedded operations in the order of their file names. Errors: ErrOperation.
func Operations() ([]Operation, error) {
	dir, err := fs.Sub(files, "operations")
	if err != nil {
		return nil, fmt.Errorf("playground: %w", err)
	}
	return read(dir)
}

func read(dir fs.FS) ([]Operation, error) {
	entries, err := fs.ReadDir(dir, ".")
	if err != nil {
		return nil, fmt.Errorf("playground: %w", err)
	}
	ops := []Operation{}
	variables := map[string]string{}
	for _, e := range entries {
		body, err := fs.ReadFile(dir, e.Name())
		if err != nil {
			return nil, fmt.Errorf("playground: %w", err)
		}
		text := strings.TrimSpace(string(body))
		if id, ok := strings.CutSuffix(e.Name(), ".json"); ok {
			variables[id] = text
			continue
		}
		id, ok := strings.CutSuffix(e.Name(), ".graphql")
		if !ok {
			return nil, wrong(e.Name(), "its name ends in neither .graphql nor .json")
		}
		ops = append(ops, Operation{ID: id, Query: text})
	}
	for i := range ops {
		ops[i].Variables = variables[ops[i].ID]
		delete(variables, ops[i].ID)
		if err := ops[i].complete(); err != nil {
			return nil, err
		}
	}
	for id := range variables {
		return nil, wrong(id, "variables without a document")
	}
	return ops, nil
}

func wrong(id, format string, args ...any) error {
	return fmt.Errorf("%w: %s: %s", ErrOperation, id, fmt.Sprintf(format, args...))
}

// complete takes the settings off the document and checks that it can be run as it is.
func (o *Operation) complete() error {
	if err := o.head(); err != nil {
		return err
	}
	doc, err := parser.ParseQuery(&ast.Source{Name: o.ID, Input: o.Query})
	if err != nil {
		return wrong(o.ID, "%v", err)
	}
	if len(doc.Operations) == 0 {
		return wrong(o.ID, "there is no operation in it")
	}
	o.Kind = string(doc.Operations[0].Operation)
	for _, op := range doc.Operations {
		if op.Name == "" {
			return wrong(o.ID, "an operation needs a name: it is the tab's title")
		}
	}
	return o.filled(doc)
}

var setting = regexp.MustCompile(`^# ([a-z]+): (.+)$`)

// head reads the settings, which end at the first line that is none.
func (o *Operation) head() error {
	o.Group, o.Roles = "More", []string{}
	rest := o.Query
	for {
		line, after, _ := strings.Cut(rest, "\n")
		found := setting.FindStringSubmatch(line)
		if found == nil {
			break
		}
		if err := o.set(found[1], strings.TrimSpace(found[2])); err != nil {
			return err
		}
		rest = after
	}
	if o.Title == "" {
		return wrong(o.ID, "it has no title")
	}
	o.Query = strings.TrimLeft(rest, "\n")
	return nil
}

func (o *Operation) set(name, value string) error {
	switch name {
	case "title":
		o.Title = value
	case "about":
		o.About = value
	case "group":
		o.Group = value
	case "roles":
		for role := range strings.SplitSeq(value, ",") {
			o.Roles = append(o.Roles, strings.TrimSpace(role))
		}
	case "tab":
		if value != "yes" && value != "no" {
			return wrong(o.ID, "tab is yes or no, not %q", value)
		}
		o.Tab = value == "yes"
	default:
		return wrong(o.ID, "unknown setting %q", name)
	}
	return nil
}

// filled checks the variables against the document: none that it does not declare, none missing that it requires.
func (o *Operation) filled(doc *ast.QueryDocument) error {
	given := map[string]json.RawMessage{}
	if o.Variables != "" {
		d := json.NewDecoder(bytes.NewBufferString(o.Variables))
		if err := d.Decode(&given); err != nil || given == nil || d.More() {
			return wrong(o.ID, "its variables are not one JSON object")
		}
	}
	declared := map[string]bool{}
	for _, op := range doc.Operations {
		for _, v := range op.VariableDefinitions {
			declared[v.Variable] = true
			value, ok := given[v.Variable]
			needed := v.Type.NonNull && v.DefaultValue == nil
			if needed && (!ok || string(value) == "null") {
				return wrong(o.ID, "the variable $%s has no value", v.Variable)
			}
		}
	}
	for name := range given {
		if !declared[name] {
			return wrong(o.ID, "the document does not declare $%s", name)
		}
	}
	return nil
}
