package graph

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const whoAsks = `query WhoAsks { viewer { role } }`

// relay is a manifest as Relay's compiler writes it.
func relay(t testing.TB, bodies ...string) []byte {
	t.Helper()
	m := map[string]string{}
	for _, body := range bodies {
		m[idOf(body)] = body
	}
	text, err := json.Marshal(m)
	require.NoError(t, err)
	return text
}

func trusting(t *testing.T, bodies ...string) *Documents {
	t.Helper()
	d := NewDocuments(Limits{})
	require.NoError(t, d.Read(relay(t, bodies...)))
	return d
}

// naming is the body of a request that names a document by its hash, as Apollo's clients do.
func naming(id, more string) string {
	return fmt.Sprintf(`{"extensions": {"persistedQuery": {"version": 1, "sha256Hash": %q}}%s}`, id, more)
}

func TestADocumentIsNamedByItsHash(t *testing.T) {
	t.Parallel()
	d := open(t)
	d.two(t)
	greet := `query Greet($n: Int!) { orders(first: $n) { totalCount } }`
	d.handler = d.endpoint(func(c *Config) { c.Documents = trusting(t, whoAsks, greet) })
	id, missing := idOf(whoAsks), idOf("query Nothing { __typename }")
	quoted := func(s string) string { text, _ := json.Marshal(s); return string(text) }
	for name, c := range map[string]struct {
		body string
		code string // "" where it runs
	}{
		"by hash":                               {naming(id, ""), ""},
		"by hash, the query null":               {naming(id, `, "query": null`), ""},
		"by documentId":                         {`{"documentId": "` + id + `"}`, ""},
		"by documentId with its kind":           {`{"documentId": "sha256:` + id + `"}`, ""},
		"by both":                               {naming(id, `, "documentId": "`+id+`"`), ""},
		"without a version":                     {`{"extensions": {"persistedQuery": {"sha256Hash": "` + id + `"}}}`, ""},
		"with its own text":                     {naming(id, `, "query": `+quoted(whoAsks)), ""},
		"persistedQuery null":                   {`{"query": ` + quoted(whoAsks) + `, "extensions": {"persistedQuery": null}}`, ""},
		"a text of one's own":                   {`{"query": "query Mine { viewer { role } }"}`, ""},
		"a text with its hash that is new":      {naming(idOf("query Mine { viewer { role } }"), `, "query": "query Mine { viewer { role } }"`), ""},
		"with another text":                     {naming(id, `, "query": "{ viewer { role } }"`), "DOCUMENT_MISMATCH"},
		"one that is not there":                 {naming(missing, ""), "PERSISTED_QUERY_NOT_FOUND"},
		"two that are not the same":             {naming(id, `, "documentId": "`+missing+`"`), "BAD_REQUEST"},
		"a hash that is none":                   {naming("abc", ""), "BAD_REQUEST"},
		"a hash in capitals":                    {naming(strings.ToUpper(id), ""), "BAD_REQUEST"},
		"a hash that is a number":               {`{"extensions": {"persistedQuery": {"version": 1, "sha256Hash": 7}}}`, "BAD_REQUEST"},
		"another version":                       {strings.Replace(naming(id, ""), `"version": 1`, `"version": 2`, 1), "BAD_REQUEST"},
		"persistedQuery that is text":           {`{"extensions": {"persistedQuery": "` + id + `"}}`, "BAD_REQUEST"},
		"a documentId that is no text":          {`{"documentId": 7}`, "BAD_REQUEST"},
		"neither a text nor a document":         {`{}`, "BAD_REQUEST"},
		"an empty name and no text":             {`{"documentId": ""}`, "BAD_REQUEST"},
		"another operation than the document's": {naming(id, `, "operationName": "Other"`), "GRAPHQL_VALIDATION_FAILED"},
	} {
		w := d.with(t, asAda, post(c.body))
		if c.code == "" {
			require.JSONEq(t, `{"data": {"viewer": {"role": "CUSTOMER"}}}`, w.Body.String(), name)
			continue
		}
		var a answered
		require.NoError(t, json.Unmarshal(w.Body.Bytes(), &a))
		require.Equal(t, c.code, codes(a), name)
		require.Empty(t, a.Data, name)
	}
	w := d.with(t, asAda, request("GET", get("documentId", id), ""))
	require.JSONEq(t, `{"data": {"viewer": {"role": "CUSTOMER"}}}`, w.Body.String())
	w = d.with(t, asAda, request("GET", get("extensions", `{"persistedQuery":{"version":1,"sha256Hash":"`+idOf(greet)+`"}}`, "variables", `{"n":1}`), ""))
	require.JSONEq(t, `{"data": {"orders": {"totalCount": 1}}}`, w.Body.String())
}

func TestNoTextIsEverLearnt(t *testing.T) {
	t.Parallel()
	d := open(t)
	d.two(t)
	text := `query Mine { viewer { role } }`
	for _, c := range []struct {
		documents *Documents
		code      string
	}{{nil, "PERSISTED_QUERY_NOT_SUPPORTED"}, {trusting(t, whoAsks), "PERSISTED_QUERY_NOT_FOUND"}} {
		d.handler = d.endpoint(func(cfg *Config) { cfg.Documents = c.documents })
		for range 2 { // as a client does that wants it registered: the hash, then the hash with the text, then the hash again
			w := d.with(t, asAda, post(naming(idOf(text), "")))
			require.Equal(t, 200, w.Code)
			require.Contains(t, w.Body.String(), c.code)
			w = d.with(t, asAda, request("POST", "/", naming(idOf(text), ""), contentType, "application/json", accept, "application/graphql-response+json"))
			require.Equal(t, 400, w.Code)
			require.Contains(t, d.with(t, asAda, post(naming(idOf(text), `, "query": "`+text+`"`))).Body.String(), `"CUSTOMER"`)
		}
	}
}

func TestWhereOnlyDocumentsAreTrustedCustomersAndNobodySendNothingElse(t *testing.T) {
	t.Parallel()
	d := open(t)
	d.two(t)
	d.handler = d.endpoint(func(c *Config) { c.Documents, c.TrustedOnly = trusting(t, whoAsks), true })
	mine := `{"query": "query Mine { viewer { role } }"}`
	for who, free := range map[someone]bool{nobody: false, asAda: false, asAdaWithoutOrder: false, agent: true, finance: true, admin: true, service: true} {
		require.NotContains(t, d.with(t, who, post(naming(idOf(whoAsks), ""))).Body.String(), "errors")
		require.NotContains(t, d.with(t, who, post(`{"query": "`+whoAsks+`"}`)).Body.String(), "errors", "a text that is trusted is the document")
		for _, r := range []string{mine, naming(idOf("query Mine { viewer { role } }"), `, "query": "query Mine { viewer { role } }"`), `{"query": "{"}`} {
			w := d.with(t, who, post(r))
			require.Equal(t, !free, strings.Contains(w.Body.String(), "DOCUMENT_NOT_TRUSTED"), "%v: %s", who, w.Body)
		}
		w := d.with(t, who, request("GET", get("query", "{ viewer { role } }"), ""))
		require.Equal(t, !free, strings.Contains(w.Body.String(), "DOCUMENT_NOT_TRUSTED"))
	}
}

func TestAManifestIsHeldAgainstTheSchemaAndItsHashes(t *testing.T) {
	t.Parallel()
	apollo := func(id, body string) string {
		text, err := json.Marshal(manifest{Format: manifestFormat, Version: 1, Operations: []Document{{ID: id, Name: "A", Type: "query", Body: body}}})
		require.NoError(t, err)
		return string(text)
	}
	for name, text := range map[string]string{
		"Relay's":  string(relay(t, whoAsks, `mutation C($in: ReturnCancelInput!) { returnCancel(input: $in) { userErrors { code } } }`)),
		"Apollo's": apollo(idOf(whoAsks), whoAsks), "an empty one": `{}`, "Apollo's without operations": apollo2("[]"),
	} {
		require.NoError(t, NewDocuments(Limits{}).Read([]byte(text)), name)
	}
	for name, c := range map[string]struct{ text, says string }{
		"no JSON":                  {`{`, "neither"},
		"a list":                   {`[]`, "neither"},
		"null":                     {`null`, "neither"},
		"two values":               {`{} {}`, "neither"},
		"bodies that are no text":  {`{"x": 7}`, "neither"},
		"another format":           {strings.Replace(apollo(idOf(whoAsks), whoAsks), "apollo", "other", 1), "version 1"},
		"another version":          {strings.Replace(apollo(idOf(whoAsks), whoAsks), `"version":1`, `"version":2`, 1), "version 1"},
		"keys that nobody knows":   {apollo2(`[{"id": "1", "body": "{a}", "hash": "x"}]`), "version 1"},
		"the hash of another text": {apollo(idOf(whoAsks+" "), whoAsks), "the SHA-256 of its text " + idOf(whoAsks)},
		"an MD5":                   {`{"6f5902ac237024bdd0c176cb93063dc4": "` + whoAsks + `"}`, "SHA-256"},
		"a field that is gone":     {string(relay(t, `query A { gone }`)), `"gone"`},
		"no GraphQL":               {string(relay(t, `query A {`)), "Expected"},
		"two operations":           {string(relay(t, `query A { __typename } query B { __typename }`)), "2 operations"},
		"a fragment alone":         {string(relay(t, `fragment A on Query { __typename }`)), "0 operations"},
		"more tokens than fit":     {string(relay(t, `{ nodes(ids: [`+strings.Repeat(`"x" `, 1000)+`]) { id } }`)), "token limit"},
		"deeper than is allowed":   {string(relay(t, nested(16))), "nested"},
	} {
		d := NewDocuments(Limits{})
		err := d.Read([]byte(c.text))
		require.ErrorIs(t, err, ErrDocument, name)
		require.ErrorContains(t, err, c.says, name)
		require.Zero(t, d.Len(), name)
	}
	d := NewDocuments(Limits{})
	err := d.Read(relay(t, whoAsks, `query A { gone }`, `query B { lost }`))
	require.ErrorContains(t, err, "gone")
	require.ErrorContains(t, err, "lost", "everything that is wrong is told at once")
	require.Zero(t, d.Len(), "and nothing of it is trusted")
}

func apollo2(operations string) string {
	return `{"format": "apollo-persisted-query-manifest", "version": 1, "operations": ` + operations + `}`
}

func TestAManifestIsMadeOfFilesAndCanBeRead(t *testing.T) {
	t.Parallel()
	d := NewDocuments(Limits{})
	text, err := d.Trust(map[string]string{"b.graphql": whoAsks + "\n", "a.graphql": "# A comment.\nquery A { __typename }"})
	require.NoError(t, err)
	require.NoError(t, d.Read(text))
	require.Equal(t, 2, d.Len())
	require.True(t, d.has(whoAsks+"\n"), "to the last byte")
	again, err := d.Trust(map[string]string{"b.graphql": whoAsks + "\n", "a.graphql": "# A comment.\nquery A { __typename }"})
	require.NoError(t, err)
	require.Equal(t, string(text), string(again), "the same files make the same manifest")
	for says, files := range map[string]map[string]string{
		"no other has": {"a": whoAsks, "b": whoAsks}, "needs a name": {"a": "{ __typename }"}, "gone": {"a": "query A { gone }"},
	} {
		_, err := d.Trust(files)
		require.ErrorIs(t, err, ErrDocument)
		require.ErrorContains(t, err, says)
	}
}

func FuzzManifest(f *testing.F) {
	f.Add(relay(f, whoAsks))
	f.Add([]byte(apollo2(`[{"id": "` + idOf(whoAsks) + `", "name": "A", "type": "query", "body": "` + whoAsks + `"}]`)))
	f.Add([]byte(`{"format": null, "x": ""}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		d := NewDocuments(Limits{})
		if err := d.Read(text); err != nil && d.Len() != 0 {
			t.Errorf("of a manifest that is wrong something is trusted")
		}
		for id, body := range d.bodies {
			if _, _, err := d.check(body); err != nil || id != idOf(body) {
				t.Errorf("%s is trusted: %v", id, err)
			}
		}
	})
}
