package policy_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/vysero/returns/internal/policy"
)

func TestTheShippedTermsAreThePublishedText(t *testing.T) {
	t.Parallel()
	d := policy.Default()
	assert.Equal(t, 30, d.ChangeOfHeartDays)
	assert.Equal(t, 10, d.DOADays)
	assert.Equal(t, 10, d.HandOverDays)
	assert.Equal(t, 5, d.RefundBusinessDays)
	assert.Equal(t, policy.PurchaseWithArrivalTail, d.ChangeOfHeartClock)
	assert.Equal(t, policy.ProRata, d.DOAOriginalShipping)
	assert.Equal(t, policy.Reclassify, d.DOANoFault)
	assert.Equal(t, []string{"US"}, d.DomesticCountries)
	assert.True(t, d.AutoApproveChangeOfHeart)
}

func TestTheShippedFileIsItsOwnDocumentation(t *testing.T) {
	t.Parallel()
	file, err := os.ReadFile("terms.yaml")
	require.NoError(t, err)
	parsed, err := policy.Parse(file)
	require.NoError(t, err)
	assert.Equal(t, policy.Default().Digest(), parsed.Digest())
	for _, s := range policy.Default().Settings() {
		before, _, found := strings.Cut(string(file), "\n"+s.Key+":")
		require.True(t, found, s.Key)
		comment := before[strings.LastIndex(before, "\n\n")+1:]
		assert.Equal(t, s.Assumption, strings.Contains(comment, "Assumption:"), s.Key)
		for _, id := range s.Rests {
			assert.Contains(t, comment, id, s.Key)
		}
	}
}

func TestPlaceholdersThatCustomersWouldSeeAreReportedAsUnset(t *testing.T) {
	t.Parallel()
	assert.Equal(t, []string{"warrantyUrl", "supportContact"}, policy.Default().Unset())
	assert.Equal(t, []string{"supportContact"}, terms(t, "warrantyUrl: https://shop.example/warranty").Unset())
	assert.Empty(t, terms(t, "warrantyUrl: https://shop.example/warranty", "supportContact: help@shop.example").Unset())
}

func TestWhatIsWrongWithAFileIsToldWithItsLineAndKey(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, file, want string }{
		{"nothing", "", "line 1: there is nothing in the file"},
		{"comments alone", "# nothing\n", "line 1: there is nothing in the file"},
		{"a list", "- version", "line 1: the file has to be keys with values, such as zone: Europe/Berlin"},
		{"a word", "hello", "line 1: the file has to be keys with values, such as zone: Europe/Berlin"},
		{"two documents", "version: a\n---\nversion: b\n", "line 2: a second document begins here; there may be one"},
		{"broken", "version: a\nzone: [\n", "line 2: is not YAML: yaml: line 2: did not find expected node content"},
		{"broken without a line", "version: \xff", "line 1: is not YAML: yaml: invalid leading UTF-8 octet"},
		{"no version", "doaDays: 10", "line 1: version has to be given"},
		{"an unknown key", "version: a\ndoaDay: 10", "line 2: doaDay is not a key of the terms"},
		{"a key that is a list", "version: a\n[doaDays]: 10", "line 2: is not a key of the terms"},
		{"a key twice", "version: a\ndoaDays: 10\ndoaDays: 10", "line 3: doaDays is given twice, first on line 2"},
		{"an empty version", `version: ""`, "line 1: version has to be 1 to 64 letters, digits, dots, dashes and underscores"},
		{"no value", "version:", "line 1: version has to be a text"},
		{"a list as a text", "version: [a]", "line 1: version has to be a text"},
		{"a tag", "version: !!str a", "line 1: version has to be a text"},
		{"an anchor", "version: &v a", "line 1: version has to be a text"},
		{"a reference", "version: &v a\nsupportContact: *v", "line 1: version has to be a text\nline 2: supportContact has to be a text"},
		{"negative days", "version: a\ndoaDays: -1", "line 2: doaDays has to be between 0 and 3650 days"},
		{"too many days", "version: a\ndoaDays: 3651", "line 2: doaDays has to be between 0 and 3650 days"},
		{"half a day", "version: a\ndoaDays: 1.5", "line 2: doaDays has to be a whole number of days"},
		{"days in words", "version: a\ndoaDays: ten", "line 2: doaDays has to be a whole number of days"},
		{"days as text", "version: a\ndoaDays: \"10\"", "line 2: doaDays has to be a whole number of days"},
		{"days in another base", "version: a\ndoaDays: 010", "line 2: doaDays has to be a whole number of days"},
		{"days beyond counting", "version: a\ndoaDays: 99999999999999999999", "line 2: doaDays has to be a whole number of days"},
		{"an unknown zone", "version: a\nzone: Mars/Olympus", `line 2: zone names the zone "Mars/Olympus", which is not known; write it like America/Los_Angeles`},
		{"the machine's zone", "version: a\nzone: Local", `line 2: zone names the zone "Local", which is not known; write it like America/Los_Angeles`},
		{"an unknown clock", "version: a\nchangeOfHeartClock: LUNAR", "line 2: changeOfHeartClock has to be one of [PURCHASE_WITH_ARRIVAL_TAIL PURCHASE ARRIVAL]"},
		{"small letters", "version: a\ndoaNoFault: refuse", "line 2: doaNoFault has to be one of [RECLASSIFY REFUSE]"},
		{"an unknown share", "version: a\ndoaOriginalShipping: HALF", "line 2: doaOriginalShipping has to be one of [PRO_RATA KEEP]"},
		{"unknown holidays", "version: a\nholidays: MARTIAN", "line 2: holidays has to be one of [US_FEDERAL NONE]"},
		{"neither true nor false", "version: a\nautoApproveChangeOfHeart: maybe", "line 2: autoApproveChangeOfHeart has to be true or false"},
		{"true as text", "version: a\nautoApproveChangeOfHeart: \"true\"", "line 2: autoApproveChangeOfHeart has to be true or false"},
		{"no country", "version: a\ndomesticCountries: []", "line 2: domesticCountries has to be a list with at least 1 entries"},
		{"countries as a text", "version: a\ndomesticCountries: US", "line 2: domesticCountries has to be a list with at least 1 entries"},
		{"a list with a tag", "version: a\ndomesticCountries: !!seq [US]", "line 2: domesticCountries has to be a list with at least 1 entries"},
		{"a list with an anchor", "version: a\ndomesticCountries: &c [US]", "line 2: domesticCountries has to be a list with at least 1 entries"},
		{"not a country", "version: a\ndomesticCountries: [US, XX]", `line 2: domesticCountries names the country "XX", which is not an ISO 3166-1 code such as US`},
		{"a group of countries", "version: a\ndomesticCountries: [EU]", `line 2: domesticCountries names the country "EU", which is not an ISO 3166-1 code such as US`},
		{"a country in words", "version: a\ndomesticCountries: [usa]", `line 2: domesticCountries names the country "usa", which is not an ISO 3166-1 code such as US`},
		{"the name of a code", "version: a\ndomesticCountries: [UK]", `line 2: domesticCountries names the country "UK", which is not an ISO 3166-1 code such as US`},
		{"a country twice", "version: a\ndomesticCountries:\n- US\n- US", `line 4: domesticCountries names "US" twice`},
		{"a list in a list", "version: a\ndomesticCountries:\n- [US]", `line 3: domesticCountries may hold nothing but plain values`},
		{"no such date", "version: a\nfurtherHolidays:\n- 2026-12-24\n- 2026-02-30", `line 4: furtherHolidays names "2026-02-30", which is not a date such as 2026-12-24`},
		{"an address that is none", "version: a\nwarrantyUrl: warranty", "line 2: warrantyUrl has to be an https address, or empty as long as there is none"},
		{"an address that runs", "version: a\nwarrantyUrl: \"javascript:alert(1)\"", "line 2: warrantyUrl has to be an https address, or empty as long as there is none"},
		{"an address that cannot be read", "version: a\nwarrantyUrl: \"https://[\"", "line 2: warrantyUrl has to be an https address, or empty as long as there is none"},
		{"two lines of contact", "version: a\nsupportContact: \"a\\nb\"", "line 2: supportContact has to be one line of at most 200 characters, or empty as long as there is none"},
		{"everything at once", "zone: Mars\ndoaDays: -1\nversion: \"!\"\nx: 1", `line 1: zone names the zone "Mars", which is not known; write it like America/Los_Angeles
line 2: doaDays has to be between 0 and 3650 days
line 3: version has to be 1 to 64 letters, digits, dots, dashes and underscores
line 4: x is not a key of the terms`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			parsed, err := policy.Parse([]byte(c.file))
			assert.Nil(t, parsed)
			assert.EqualError(t, err, c.want)
			var problems policy.ParseError
			assert.ErrorAs(t, err, &problems)
		})
	}
}

func TestTheDigestIsOfWhatIsMeantNotOfHowItIsWritten(t *testing.T) {
	t.Parallel()
	plain := terms(t, "domesticCountries: [US, CA]", "furtherHolidays: [2026-12-24, 2026-12-31]")
	for _, file := range []string{
		"domesticCountries: [CA, US]\nfurtherHolidays: [2026-12-31, 2026-12-24]\nversion: test",
		"# our terms\nversion: \"test\"\ndoaDays: 10 # as always\nfurtherHolidays:\n- \"2026-12-24\"\n- 2026-12-31\ndomesticCountries: ['US', CA]\nzone: America/Los_Angeles",
		`{"version": "test", "furtherHolidays": ["2026-12-24", "2026-12-31"], "domesticCountries": ["US", "CA"]}`,
	} {
		parsed, err := policy.Parse([]byte(file))
		require.NoError(t, err)
		assert.Equal(t, plain.Digest(), parsed.Digest())
		assert.Equal(t, plain.Canonical(), parsed.Canonical())
	}
	assert.Regexp(t, "^[0-9a-f]{64}$", plain.Digest())
}

func TestDaysGoFromNoneToTenYears(t *testing.T) {
	t.Parallel()
	assert.Equal(t, 0, terms(t, "doaDays: 0").DOADays)
	assert.Equal(t, 3650, terms(t, "doaDays: 3650").DOADays)
}

func TestEverySettingIsPartOfTheDigest(t *testing.T) {
	t.Parallel()
	seen := map[string]string{terms(t).Digest(): "nothing"}
	for _, change := range []string{
		"zone: Europe/Berlin", "domesticCountries: [DE]", "changeOfHeartDays: 31", "changeOfHeartClock: ARRIVAL",
		"autoApproveChangeOfHeart: false", "doaDays: 11", "doaOriginalShipping: KEEP", "doaNoFault: REFUSE", "handOverDays: 11",
		"refundBusinessDays: 6", "holidays: NONE", "furtherHolidays: [2026-12-24]", "warrantyUrl: https://shop.example",
		"supportContact: us",
	} {
		digest := terms(t, change).Digest()
		assert.Empty(t, seen[digest], change)
		seen[digest] = change
	}
	assert.Len(t, seen, len(policy.Default().Settings()))
}

func TestTheOrderOfKeysDoesNotMatter(t *testing.T) {
	t.Parallel()
	lines := []string{"version: test", "doaDays: 12", "zone: Europe/Berlin", "holidays: NONE", "domesticCountries: [DE, AT]", "doaNoFault: REFUSE"}
	want := terms(t, lines[1:]...).Digest()
	rapid.Check(t, func(t *rapid.T) {
		parsed, err := policy.Parse([]byte(strings.Join(rapid.Permutation(lines).Draw(t, "lines"), "\n")))
		require.NoError(t, err)
		assert.Equal(t, want, parsed.Digest())
	})
}

func TestTermsThatWereKeptAreReadyForUseWhenReadBack(t *testing.T) {
	t.Parallel()
	kept, err := json.Marshal(terms(t, "zone: Asia/Tokyo", "supportContact: Fragen? <hilfe@shop.example>"))
	require.NoError(t, err)
	var read policy.Terms
	require.NoError(t, json.Unmarshal(kept, &read))
	assert.Equal(t, terms(t, "zone: Asia/Tokyo", "supportContact: Fragen? <hilfe@shop.example>").Digest(), read.Digest())
	v := policy.Decide(&read, request(t, policy.ChangeOfHeart, "2026-03-10T09:00:00-07:00"))
	sameEnd(t, "2026-04-02T00:00:00+09:00", v.RequestBefore)

	assert.ErrorContains(t, json.Unmarshal([]byte(`{"version": "a", "doaDays": -1}`), &read), "doaDays")
}

func TestSettingsSayWhatIsInForceAndOnWhatItRests(t *testing.T) {
	t.Parallel()
	all := terms(t, "doaDays: 14").Settings()
	assert.Equal(t, policy.Setting{Key: "version", Value: `"test"`, Rests: []string{"A39"}}, all[0])
	assert.Contains(t, all, policy.Setting{Key: "doaDays", Value: "14", Rests: []string{"T2", "N2"}})
	assert.Contains(t, all, policy.Setting{Key: "domesticCountries", Value: `["US"]`, Rests: []string{"N4", "A25"}, Assumption: true})
}

func TestDefaultsCannotBeSpoiledByWhoeverUsesThem(t *testing.T) {
	t.Parallel()
	mine := policy.Default()
	mine.DomesticCountries[0] = "XX"
	assert.Equal(t, []string{"US"}, policy.Default().DomesticCountries)
	assert.Equal(t, []string{"US"}, terms(t).DomesticCountries)
}

func TestEveryClauseAndReadingHasASentence(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, c := range append(policy.Clauses(), policy.Readings()...) {
		assert.False(t, seen[c.ID], c.ID)
		seen[c.ID] = true
		assert.Regexp(t, `^[A-Z].*[^.]\.$`, c.Text, c.ID)
	}
	assert.Len(t, policy.Clauses(), 22)
	assert.Len(t, policy.Readings(), 35)
	for _, s := range policy.Default().Settings() {
		for _, id := range s.Rests {
			assert.True(t, seen[id], id)
		}
	}
	for _, reason := range policy.Reasons() {
		i := inspection(t, reason)
		for _, f := range append(policy.Decide(policy.Default(), i.Request).Findings, policy.Judge(policy.Default(), i).Findings...) {
			assert.True(t, seen[f.ID()], f.ID())
			assert.True(t, f.Reading == "" || seen[f.Reading], f.Reading)
		}
	}
}

func FuzzParse(f *testing.F) {
	file, err := os.ReadFile("terms.yaml")
	require.NoError(f, err)
	f.Add(file)
	f.Add(policy.Default().Canonical())
	for _, seed := range []string{"version: a", "version: a\n---\n", "a: &a [*a]", "? [a]\n: b", "version: !!binary aGk=", "<<: {version: a}", "\t", "\xef\xbb\xbfversion: a", "version: \"\\u2028\"", "%YAML 1.1\n---\nversion: 1_0"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		parsed, err := policy.Parse(file)
		if err != nil {
			assert.Regexp(t, `^line [1-9]\d*: `, err.Error())
			return
		}
		again, err := policy.Parse(parsed.Canonical())
		require.NoError(t, err)
		assert.Equal(t, parsed.Digest(), again.Digest())
		policy.Decide(parsed, request(t, policy.ChangeOfHeart, "2026-03-10T09:00:00-07:00"))
	})
}
