package graph

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator"
	"github.com/vektah/gqlparser/v2/validator/rules"
)

// The codes of requests that name a document, or that should have.
const (
	codeNotFound    = "PERSISTED_QUERY_NOT_FOUND"
	codeNoList      = "PERSISTED_QUERY_NOT_SUPPORTED"
	codeOtherText   = "DOCUMENT_MISMATCH"
	codeTrustedOnly = "DOCUMENT_NOT_TRUSTED"
)

// ErrDocument is a manifest, or a document in one, that cannot be trusted; the message says which and why.
var ErrDocument = errors.New("not a document to be trusted")

// Document is one operation that clients may name by its id.
type Document struct {
	ID   string `json:"id"`   // SHA-256 of the body, in hexadecimal
	Name string `json:"name"` // of the operation
	Type string `json:"type"` // query or mutation
	Body string `json:"body"` // the text, as clients would send it
}

// manifestFormat is the format that is written, and one of the two that are read.
const manifestFormat = "apollo-persisted-query-manifest"

type manifest struct {
	Format     string     `json:"format"`
	Version    int        `json:"version"`
	Operations []Document `json:"operations"`
}

// Documents are the operations that were read from manifests. Nothing that a client sends adds one.
type Documents struct {
	bodies map[string]string
	schema *ast.Schema
	limits Limits
}

// NewDocuments holds documents to the schema, and to what may be written under the limits by whoever is not staff.
func NewDocuments(l Limits) *Documents {
	return &Documents{bodies: map[string]string{}, schema: served(), limits: l.orDefault()}
}

// Len is how many documents there are.
func (d *Documents) Len() int { return len(d.bodies) }

// Read adds the documents of one manifest: {"format": "apollo-persisted-query-manifest", "version": 1, "operations": […]},
// or an object of texts by their SHA-256. Of a manifest with anything wrong in it none is added. Errors: ErrDocument, one
// for each document that is wrong.
func (d *Documents) Read(text []byte) error {
	list, err := readManifest(text)
	if err != nil {
		return err
	}
	var wrong []error
	for _, one := range list {
		name, _, err := d.check(one.Body)
		switch {
		case err != nil:
			wrong = append(wrong, fmt.Errorf("%w: %s %s: %w", ErrDocument, one.Name, one.ID, err))
		case one.ID != idOf(one.Body):
			wrong = append(wrong, fmt.Errorf("%w: %s: its id is %q, and the SHA-256 of its text %s", ErrDocument, name, one.ID, idOf(one.Body)))
		}
	}
	if len(wrong) > 0 {
		return errors.Join(wrong...)
	}
	for _, one := range list {
		d.bodies[one.ID] = one.Body
	}
	return nil
}

func readManifest(text []byte) ([]Document, error) {
	var found struct {
		Format *string `json:"format"`
	}
	if json.Unmarshal(text, &found) == nil && found.Format != nil {
		var m manifest
		if err := strictly(text, &m); err != nil || m.Format != manifestFormat || m.Version != 1 {
			return nil, fmt.Errorf("%w: the manifest is not %s, version 1", ErrDocument, manifestFormat)
		}
		return m.Operations, nil
	}
	var bodies map[string]string
	if err := strictly(text, &bodies); err != nil || bodies == nil {
		return nil, fmt.Errorf("%w: the manifest is neither %s nor an object of texts by their SHA-256", ErrDocument, manifestFormat)
	}
	var list []Document
	for _, id := range slices.Sorted(maps.Keys(bodies)) {
		list = append(list, Document{ID: id, Body: bodies[id]})
	}
	return list, nil
}

// strictly reads one JSON value and nothing behind it, without keys that nobody knows.
func strictly(text []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		return err
	}
	if decoder.More() {
		return errors.New("something follows the value")
	}
	return nil
}

// check holds a text to the schema and gives the name and kind of its one operation.
func (d *Documents) check(body string) (name, kind string, err error) {
	doc, err := parser.ParseQueryWithTokenLimit(&ast.Source{Input: body}, d.limits.Tokens)
	switch {
	case err != nil:
		return "", "", err
	case len(doc.Operations) != 1:
		return "", "", fmt.Errorf("it holds %d operations, and must hold one", len(doc.Operations))
	}
	screened := limits{Limits: d.limits, depth: d.limits.Depth}
	if err := (&screen{limits: screened, schema: d.schema, names: map[string]int{}}).document(doc); err != nil {
		return "", "", err
	}
	if wrong := validator.ValidateWithRules(d.schema, doc, rules.NewDefaultRules()); len(wrong) > 0 {
		return "", "", wrong
	}
	return doc.Operations[0].Name, string(doc.Operations[0].Operation), nil
}

// Trust makes a manifest of texts. Each must be one operation with a name of its own that fits the schema. Errors:
// ErrDocument, one for each text that is wrong, by its name in texts.
func (d *Documents) Trust(texts map[string]string) ([]byte, error) {
	m := manifest{Format: manifestFormat, Version: 1, Operations: []Document{}}
	var wrong []error
	from := map[string]string{}
	for _, file := range slices.Sorted(maps.Keys(texts)) {
		name, kind, err := d.check(texts[file])
		switch {
		case err != nil:
			wrong = append(wrong, fmt.Errorf("%w: %s: %w", ErrDocument, file, err))
		case name == "" || from[name] != "":
			wrong = append(wrong, fmt.Errorf("%w: %s: the operation needs a name that no other has, not %q", ErrDocument, file, name))
		default:
			from[name] = file
			m.Operations = append(m.Operations, Document{ID: idOf(texts[file]), Name: name, Type: kind, Body: texts[file]})
		}
	}
	if len(wrong) > 0 {
		return nil, errors.Join(wrong...)
	}
	text, err := json.MarshalIndent(m, "", "  ")
	return append(text, '\n'), err
}

func idOf(body string) string {
	sum := sha256.Sum256([]byte(body))
	return hex.EncodeToString(sum[:])
}

// resolve puts the document that a request names in the place of its text. free tells whether the client may also write its
// own. A text that is sent along with an id must be that document's: it is never learnt.
func (d *Documents) resolve(params *graphql.RawParams, named string, free bool) *refusal {
	id, no := namedDocument(params.Extensions, named)
	if no != nil {
		return no
	}
	switch body, known := d.body(id); {
	case id == "" && params.Query == "":
		return bad("The query is missing.")
	case id != "" && params.Query != "" && idOf(params.Query) != id:
		return &refusal{of: document, code: codeOtherText, say: "The text is not the document that is named."}
	case known:
		params.Query = body
	case id != "" && params.Query == "" && d == nil:
		return &refusal{of: document, code: codeNoList, say: "PersistedQueryNotSupported"}
	case id != "" && params.Query == "":
		return &refusal{of: document, code: codeNotFound, say: "PersistedQueryNotFound"}
	case free || d.has(params.Query):
	default:
		return &refusal{of: document, code: codeTrustedOnly, say: "Only documents that were published with the apps are taken: name one by its id."}
	}
	return nil
}

func (d *Documents) body(id string) (string, bool) {
	if d == nil || id == "" {
		return "", false
	}
	body, known := d.bodies[id]
	return body, known
}

// has tells whether a text is a document.
func (d *Documents) has(text string) bool {
	_, known := d.body(idOf(text))
	return known
}

// namedDocument is the id of the document that a request names, "" where it names none: as extensions.persistedQuery, as
// documentId, or as both where they agree.
func namedDocument(extensions map[string]any, named string) (string, *refusal) {
	id := strings.TrimPrefix(named, "sha256:")
	if given, is := extensions["persistedQuery"]; is && given != nil {
		persisted, _ := given.(map[string]any)
		hash, isText := persisted["sha256Hash"].(string)
		if version := persisted["version"]; !isText || version != nil && fmt.Sprint(version) != "1" || id != "" && id != hash {
			return "", bad("Of extensions.persistedQuery {version: 1, sha256Hash} is expected.")
		}
		id = hash
	}
	if sum, err := hex.DecodeString(id); id != "" && (err != nil || len(sum) != sha256.Size || id != strings.ToLower(id)) {
		return "", bad("A document is named by the SHA-256 of its text, in 64 hexadecimal digits.")
	}
	return id, nil
}
