package lifecycle_test

import (
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/internal/lifecycle"
)

var update = flag.Bool("update", false, "write the diagram into the document")

const document = "../docs/lifecycle.md"

func TestTheDiagramInTheDocumentIsTheTable(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(document)
	require.NoError(t, err)
	head, rest, found := strings.Cut(string(text), "```mermaid\n")
	require.True(t, found)
	drawn, tail, found := strings.Cut(rest, "```")
	require.True(t, found)
	if *update {
		require.NoError(t, os.WriteFile(document, []byte(head+"```mermaid\n"+lifecycle.Diagram()+"```"+tail), 0o600))
		return
	}
	require.Equal(t, lifecycle.Diagram(), drawn, "run go test ./internal/lifecycle -update")
}

func TestEveryStateIsReachedAndEveryMoveKnown(t *testing.T) {
	t.Parallel()
	reached := map[lifecycle.State]bool{lifecycle.Requested: true, lifecycle.AwaitingEvidence: true, lifecycle.Approved: true}
	rows := map[string]bool{}
	for _, m := range lifecycle.Moves() {
		require.Contains(t, lifecycle.States(), m.From)
		require.NotEmpty(t, m.To)
		row := string(m.From) + " " + string(m.Do)
		require.False(t, rows[row], "%s stands twice in the table", row)
		rows[row] = true
		for _, to := range m.To {
			require.Contains(t, lifecycle.States(), to)
			reached[to] = true
		}
	}
	for _, s := range lifecycle.States() {
		require.True(t, reached[s], "%s is never reached", s)
	}
}

func TestFromEveryStateTheEndCanBeReached(t *testing.T) {
	t.Parallel()
	ends := map[lifecycle.State]bool{}
	for _, s := range lifecycle.States() {
		ends[s] = s.Terminal()
	}
	for range lifecycle.States() {
		for _, m := range lifecycle.Moves() {
			for _, to := range m.To {
				ends[m.From] = ends[m.From] || ends[to]
			}
		}
	}
	for s, can := range ends {
		require.True(t, can, "%s is a dead end", s)
	}
}

func TestWhatTheTableDoesNotHoldIsNotAllowed(t *testing.T) {
	t.Parallel()
	require.True(t, lifecycle.May(lifecycle.Requested, lifecycle.Approve))
	require.False(t, lifecycle.May(lifecycle.Refunded, lifecycle.Settle))
	require.True(t, lifecycle.Leads(lifecycle.Inspected, lifecycle.Settle, lifecycle.Refunding))
	require.False(t, lifecycle.Leads(lifecycle.Inspected, lifecycle.Settle, lifecycle.Cancelled))
	require.False(t, lifecycle.Leads(lifecycle.Declined, lifecycle.Approve, lifecycle.Approved))
}

func TestPeopleDoNotDoWhatOnlyTheProviderDoes(t *testing.T) {
	t.Parallel()
	require.Equal(t, []lifecycle.Action{lifecycle.RetryRefund}, lifecycle.Actions(lifecycle.Refunding))
	require.Empty(t, lifecycle.Actions(lifecycle.Cancelled))
	require.Len(t, lifecycle.State("").Values(), len(lifecycle.States()))
}
