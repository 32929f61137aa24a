package playground

import (
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func dir(files ...string) fstest.MapFS {
	found := fstest.MapFS{}
	for i := 0; i < len(files); i += 2 {
		found[files[i]] = &fstest.MapFile{Data: []byte(files[i+1])}
	}
	return found
}

func TestAnOperationIsReadWithItsSettingsAndVariables(t *testing.T) {
	t.Parallel()
	got, err := read(dir(
		"02-order.graphql", "# title: An order\n\n# Shown in the tab.\nquery Order($number: String!) { order(number: $number) { id } }\n",
		"02-order.json", "{\n  \"number\": \"1001\"\n}\n",
		"01-approve.graphql", "# title: Approve a return\n# about: Sends the instructions.\n# group: Staff\n"+
			"# roles: AGENT, ADMIN\n# tab: yes\nmutation Approve($note: String, $n: Int! = 3) { a(note: $note, n: $n) }",
	))
	require.NoError(t, err)
	assert.Equal(t, []Operation{
		{
			ID: "01-approve", Title: "Approve a return", About: "Sends the instructions.", Group: "Staff",
			Roles: []string{"AGENT", "ADMIN"}, Tab: true, Kind: "mutation",
			Query: "mutation Approve($note: String, $n: Int! = 3) { a(note: $note, n: $n) }",
		},
		{
			ID: "02-order", Title: "An order", Group: "More", Roles: []string{}, Kind: "query",
			Query:     "# Shown in the tab.\nquery Order($number: String!) { order(number: $number) { id } }",
			Variables: "{\n  \"number\": \"1001\"\n}",
		},
	}, got)
}

func TestAnOperationThatCannotBeRunAsItIsIsRefused(t *testing.T) {
	t.Parallel()
	const head = "# title: One\n\n"
	for _, one := range []struct {
		about string
		files []string
		says  string
	}{
		{"no title", []string{"a.graphql", "query A { a }"}, "no title"},
		{"a setting that nobody knows", []string{"a.graphql", "# title: A\n# rolls: AGENT\nquery A { a }"}, `unknown setting "rolls"`},
		{"tab neither yes nor no", []string{"a.graphql", "# title: A\n# tab: true\nquery A { a }"}, "tab is yes or no"},
		{"bad syntax", []string{"a.graphql", head + "query A { a"}, "Expected Name"},
		{"no operation", []string{"a.graphql", head + "fragment F on T { a }"}, "no operation"},
		{"nothing at all", []string{"a.graphql", head}, "no operation"},
		{"a second operation without a name", []string{"a.graphql", head + "query A { a } query { b }"}, "needs a name"},
		{"a required variable left out", []string{"a.graphql", head + "query A($id: ID!) { a(id: $id) }"}, "$id has no value"},
		{"a required variable of null", []string{"a.graphql", head + "query A($id: ID!) { a(id: $id) }", "a.json", `{"id": null}`}, "$id has no value"},
		{"a variable that is not declared", []string{"a.graphql", head + "query A { a }", "a.json", `{"id": "1"}`}, "does not declare $id"},
		{"variables that are a list", []string{"a.graphql", head + "query A { a }", "a.json", `[1]`}, "not one JSON object"},
		{"variables of null", []string{"a.graphql", head + "query A { a }", "a.json", `null`}, "not one JSON object"},
		{"two objects", []string{"a.graphql", head + "query A { a }", "a.json", `{} {}`}, "not one JSON object"},
		{"variables without a document", []string{"a.json", `{}`}, "without a document"},
		{"a file of another kind", []string{"a.txt", "query A { a }"}, "neither .graphql nor .json"},
	} {
		t.Run(one.about, func(t *testing.T) {
			t.Parallel()
			_, err := read(dir(one.files...))
			require.ErrorIs(t, err, ErrOperation)
			assert.ErrorContains(t, err, one.says)
		})
	}
}
