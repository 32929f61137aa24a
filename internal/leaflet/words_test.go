package leaflet

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestEveryMessageIsSaidSomewhere(t *testing.T) {
	t.Parallel()
	var source strings.Builder
	for _, name := range []string{"sections.go", "page.go", "words.go", "page.html"} {
		text, err := os.ReadFile(name)
		require.NoError(t, err)
		source.Write(text)
	}
	for id := range spoken() {
		if strings.HasPrefix(id, "month-") {
			continue
		}
		assert.Contains(t, source.String(), `"`+id+`"`, "nobody says it")
	}
}

func TestAMessageThatCannotBeReadIsNamedWithItsLine(t *testing.T) {
	t.Parallel()
	for file, says := range map[string]string{
		"a: one\nb: {{.X":            "yaml",
		"a: one\nb: \"{{.X\"":        "line 2: b: ",
		"a: {one: x}":                `line 1: a: the form "other" is missing`,
		"a: {other: x, several: y}":  `line 1: a: there is no form "several"`,
		"a: one\nb: [one, two]":      "line 2: b: ",
		"a: {one: \"{{\", other: x}": "line 1: a: ",
	} {
		_, err := readSpeech([]byte(file))
		assert.ErrorContains(t, err, says, file)
	}
}

func TestASlipOfThisPackageIsLoud(t *testing.T) {
	t.Parallel()
	s, err := readSpeech([]byte("a: \"{{.X}}\""))
	require.NoError(t, err)
	assert.Equal(t, "1", s.say("a", words{"X": 1}))
	assert.PanicsWithValue(t, "leaflet: there is no message b", func() { s.say("b", nil) })
	assert.Panics(t, func() { s.say("a", words{"Y": 1}) }, "a word is missing")
}

func TestAnInstantHasAnHourWhereItIsNotTheBeginningOfADay(t *testing.T) {
	t.Parallel()
	cairo, err := time.LoadLocation("Africa/Cairo")
	require.NoError(t, err)
	for text, want := range map[string]string{
		"2026-03-01T00:00:00+02:00": "1 March 2026",
		"2026-03-01T13:05:00+02:00": "1 March 2026, 13:05 (Africa/Cairo)",
		"2026-03-01T13:05:09+02:00": "1 March 2026, 13:05:09 (Africa/Cairo)",
		"2026-04-24T01:00:00+03:00": "24 April 2026", // a day without a midnight
	} {
		at, err := time.Parse(time.RFC3339, text)
		require.NoError(t, err)
		assert.Equal(t, want, spoken().instant(at, cairo), text)
	}
}
