package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/graph"
	"github.com/vysero/returns/internal/auth"
)

func TestACommandLineThatCannotWorkSaysWhy(t *testing.T) {
	t.Parallel()
	wrongTerms := filepath.Join(t.TempDir(), "wrong.yaml")
	require.NoError(t, os.WriteFile(wrongTerms, []byte("version: \"7\"\nzone: Mars/Olympus\ndoaDays: -1\nrefundDays: 3\n"), 0o600))
	goodTerms := written(t, "version: x")
	wrongIssuers := authFile(t, "issuers:\n- issuer: https://login.example.com\n  grants: [KING]\n")
	db, here := "--database-url=sqlite:"+filepath.Join(t.TempDir(), "shop.db"), demoShop(t)
	for name, c := range map[string]struct {
		args   string
		status int
		say    []string
	}{
		"no command":                      {"", exitUsage, []string{"expected one of"}},
		"an unknown command":              {"sreve", exitUsage, []string{"sreve"}},
		"an unknown flag":                 {"serve --bogus", exitUsage, []string{"--bogus", "server --help"}},
		"a role that does not exist":      {"token --role KING", exitUsage, []string{"CUSTOMER", "KING"}},
		"a token without a role":          {"token", exitUsage, []string{"--role"}},
		"a customer without an address":   {"token --role CUSTOMER " + db, exitFailed, []string{"e-mail"}},
		"staff with a customer's address": {"token --role AGENT --customer ada@example.com " + db, exitFailed, []string{"e-mail"}},
		"a token that is over at once":    {"token --role AGENT --valid 0s " + db, exitFailed, []string{"--valid"}},
		"a demo for all the world":        {"serve --demo --addr 0.0.0.0:0 " + db, exitFailed, []string{"0.0.0.0:0", "loopback"}},
		"a demo on all addresses":         {"serve --demo --addr :0 " + db, exitFailed, []string{"loopback"}},
		"a demo for the local network":    {"serve --demo --addr [fe80::1]:0 " + db, exitFailed, []string{"loopback"}},
		"a demo elsewhere by name":        {"serve --demo --addr example.com:0 " + db, exitFailed, []string{"loopback"}},
		"an address without a port":       {"serve --demo --addr 127.0.0.1 " + db, exitFailed, []string{"HOST:PORT"}},
		"a moved clock outside of a demo": {"serve --now 2026-03-10T00:00:00Z " + db, exitFailed, []string{"--now", "--demo"}},
		"a clock that is no instant":      {"serve --demo --now yesterday " + db, exitUsage, []string{"--now"}},
		"development for all the world":   {"serve --dev --addr 0.0.0.0:0 " + db, exitFailed, []string{"0.0.0.0:0", "loopback"}},
		"development on all addresses":    {"serve --dev --addr :0 " + db, exitFailed, []string{"loopback"}},
		"nobody's tokens":                 {"serve " + db, exitFailed, []string{"--auth", "AUTH_FILE", "--dev"}},
		"issuers that are not there":      {"serve --auth nowhere.yaml " + db, exitFailed, []string{"nowhere.yaml"}},
		"issuers that are wrong":          {"serve --auth " + wrongIssuers + " " + db, exitFailed, []string{wrongIssuers + ":2: issuers[0].audiences", wrongIssuers + ":3: issuers[0].grants[0]"}},
		"no issuer at all":                {"serve --auth " + authFile(t, "issuers: []") + " " + db, exitFailed, []string{":1: issuers needs at least one"}},
		"a customer whom nobody names":    {"customer export " + db, exitUsage, []string{"--email", "--id"}},
		"a customer who is named twice":   {"customer erase --email x --id y " + db, exitUsage, []string{"--email", "--id"}},
		"a customer who is not there":     {"customer erase --id cus_nobody --database-url " + here, exitFailed, []string{"no such customer"}},
		"an export of a database behind":  {"customer export --id cus_1 " + db, exitFailed, []string{"steps behind"}},
		"somebody who decides by name":    {"customer erase --id cus_1 --by ada@example.com --database-url " + here, exitFailed, []string{"by a code"}},
		"a password for all to see":       {"migrate --database-url postgres://shop:hunter2@db/shop", exitUsage, []string{"DATABASE_URL_FILE", "PGPASSFILE"}},
		"a password further behind":       {"migrate --database-url=postgres://db/shop?password=hunter2", exitUsage, []string{"DATABASE_URL_FILE"}},
		"photos in a bucket without a secret": {
			"serve --demo --photo-store s3://photos?region=us-east-1 " + db, exitFailed, []string{"PHOTO_SECRET"},
		},
		"photos kept for an hour":          {"serve --demo --photo-retention 1h " + db, exitFailed, []string{"--photo-retention", "24h"}},
		"a depot with a line left empty":   {"serve --demo --depot Vysero;;Boise " + db, exitFailed, []string{"line 2"}},
		"a depot of one line":              {"serve --demo --depot Vysero " + db, exitFailed, []string{"--depot"}},
		"a database that is not supported": {"serve --demo --database-url mysql://localhost/returns", exitFailed, []string{"SQLite"}},
		"terms that are wrong": {"serve --demo --terms " + wrongTerms + " " + db, exitFailed, []string{
			wrongTerms + ":2: zone", wrongTerms + ":3: doaDays", wrongTerms + ":4: refundDays",
		}},
		"terms that are not there": {"serve --demo --terms nowhere.yaml " + db, exitFailed, []string{"nowhere.yaml"}},
		"wrong terms, checked":     {"terms check " + wrongTerms, exitFailed, []string{wrongTerms + ":2: zone", ":4: refundDays"}},
		"wrong terms, explained":   {"terms explain " + wrongTerms, exitFailed, []string{wrongTerms + ":2: zone"}},
		"wrong terms, simulated": {
			"terms simulate " + wrongTerms + " --from 2026-01-01 " + db, exitFailed, []string{wrongTerms + ":2: zone", ":3: doaDays"},
		},
		"wrong terms, compared":            {"terms diff " + wrongTerms + " " + wrongTerms, exitFailed, []string{wrongTerms + ":2: zone"}},
		"a simulation without a beginning": {"terms simulate " + goodTerms + " " + db, exitUsage, []string{"--from"}},
		"a simulation from no day":         {"terms simulate " + goodTerms + " --from yesterday " + db, exitFailed, []string{"--from yesterday", "2026-01-01"}},
		"a simulation to no day":           {"terms simulate " + goodTerms + " --from 2026-01-01 --to 31.3. " + db, exitFailed, []string{"--to 31.3."}},
		"a simulation that ends before it begins": {
			"terms simulate " + goodTerms + " --from 2026-02-01 --to 2026-01-01 --database-url " + here, exitFailed, []string{"does not end before it begins"},
		},
		"a simulation on a database behind": {"terms simulate " + goodTerms + " --from 2026-01-01 " + db, exitFailed, []string{"steps behind"}},
		"a replay of a database behind":     {"terms replay " + db, exitFailed, []string{"steps behind"}},
		"an edition in a database behind":   {"terms diff " + goodTerms + " 7 " + db, exitFailed, []string{"7 is no file", "steps behind"}},
		"a check of a database behind":      {"migrate --check " + db, exitFailed, []string{"steps behind"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			status, out, errs := run(t, "", strings.Fields(c.args)...)
			assert.Equal(t, c.status, status, errs)
			assert.Empty(t, out)
			assert.NoDirExists(t, "data", "nothing is written where the command stands")
			for _, say := range c.say {
				assert.Contains(t, errs, say)
			}
		})
	}
}

func TestEveryCommandExplainsItself(t *testing.T) {
	t.Parallel()
	for _, command := range []string{"", "serve", "migrate", "import", "token", "terms check", "terms explain", "terms diff", "terms simulate",
		"terms replay", "schema", "schema trust", "schema check"} {
		status, out, errs := run(t, "", append(strings.Fields(command), "--help")...)
		assert.Zero(t, status, command)
		assert.Empty(t, errs, command)
		assert.Contains(t, out, "Examples:", command)
		assert.Contains(t, out, "server "+command, command)
	}
}

func TestASecretMustBeLongEnough(t *testing.T) {
	t.Parallel()
	log := newJournal()
	p := program{out: newJournal(), err: log, now: time.Now, env: env(map[string]string{secretName: "too short"})}
	assert.Equal(t, exitFailed, p.run(t.Context(), []string{"serve", "--dev", "--database-url", fresh(t), "--addr", "127.0.0.1:0"}))
	assert.Contains(t, log.String(), "32 are needed")
}

func TestTermsAreCheckedAndExplained(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "terms.yaml")
	require.NoError(t, os.WriteFile(path, []byte("version: \"2026-spring\"\ndoaDays: 14\nwarrantyUrl: https://example.com/warranty\n"), 0o600))
	status, out, errs := run(t, "", "terms", "check", path)
	assert.Zero(t, status, errs)
	assert.Regexp(t, `^ok: terms 2026-spring, digest [0-9a-f]{64}\n`, out)
	assert.Contains(t, out, "unset: supportContact")
	assert.NotContains(t, out, "unset: warrantyUrl")
	assert.Contains(t, out, `assumption: domesticCountries is ["US"] (N4, A25)`)

	status, out, _ = run(t, "", "terms", "explain", path)
	assert.Zero(t, status)
	assert.Regexp(t, `(?m)^doaDays +14 +T2 N2 *$`, out)
	assert.Regexp(t, `(?m)^zone .* assumption *$`, out)
	assert.Regexp(t, `(?m)^N4 +International orders`, out)
	assert.Regexp(t, `(?m)^A1 +T1 limits the request`, out)

	_, shipped, _ := run(t, "", "terms", "explain")
	assert.Regexp(t, `(?m)^doaDays +10 +T2 N2 *$`, shipped)
}

func TestMessagesThatAreWrongAreRefusedAtTheStart(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(folder, "es-MX.yaml"), []byte("can-return: Lo puedes devolver.\nregresalo: Sí.\n"), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(folder, "fr.yaml"), []byte("can-return: Vous pouvez le renvoyer.\n"), 0o600))
	status, _, errs := run(t, "", "serve", "--demo", "--addr", "127.0.0.1:0", "--database-url", fresh(t), "--messages", folder)
	assert.Equal(t, exitFailed, status)
	assert.Contains(t, errs, "the messages of "+folder+" are wrong:")
	assert.Contains(t, errs, "es-MX.yaml: has unknown messages: regresalo")
	assert.Regexp(t, `fr\.yaml: lacks messages: .*\bmonth-3\b`, errs)
}

func TestAShopsOwnMessagesAreSpoken(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(folder, "es-MX.yaml"), []byte("not-shipped: Todavía no sale de la bodega.\n"), 0o600))
	s := startHere(t, "", "--demo", "--now", start, "--messages", folder)
	_, body := s.call(t, "POST /graphql", s.token(t, auth.Agent, ""), []byte(
		`{"query": "{ orders(first: 15) { edges { node { items { returnOptions { verdict { explanation } } } } } } }"}`),
		"Content-Type", "application/json", "Accept-Language", "es-MX")
	assert.Contains(t, string(body), "Todavía no sale de la bodega.")
	assert.Contains(t, string(body), "Nosotros pagamos el envío de vuelta", "what differs is all that the file holds")
}

func TestTheSchemaIsPrintedWhole(t *testing.T) {
	t.Parallel()
	status, out, _ := run(t, "", "schema")
	assert.Zero(t, status)
	assert.Equal(t, graph.SDL(), out)
}

func TestMigratingTwiceTakesNoStepTwice(t *testing.T) {
	t.Parallel()
	url := fresh(t)
	status, out, _ := run(t, "", "migrate", "--database-url", url)
	assert.Zero(t, status)
	assert.Equal(t, "ok: 0 steps taken\n", out)
	status, out, _ = run(t, "", "migrate", "--check", "--database-url", url)
	assert.Zero(t, status)
	assert.Equal(t, "ok: no steps are pending\n", out)
}

func TestTheDemosSecretIsMadeOnceAndForItsOwnerAlone(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "data", "secret")
	made := make(chan string)
	for range 8 { // processes that start at once
		go func() {
			secret, err := madeSecret(path)
			if err != nil {
				secret = []byte(err.Error())
			}
			made <- string(secret)
		}()
	}
	first := <-made
	assert.Len(t, first, 64)
	for range 7 {
		assert.Equal(t, first, <-made)
	}
	about, err := os.Stat(path)
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), about.Mode().Perm())
	left, err := os.ReadDir(filepath.Dir(path))
	require.NoError(t, err)
	assert.Len(t, left, 1, "no drafts are left behind")
}

func TestIDsSortByTheTimeAtWhichTheyWereMade(t *testing.T) {
	t.Parallel()
	standing := time.Date(2026, 3, 10, 9, 0, 0, 0, time.UTC)
	newID := newIDs(func() time.Time { return standing }).New
	last := ""
	for range 10_000 {
		id := newID("ord")
		require.Regexp(t, `^ord_[0-9a-z]{26}$`, id)
		require.Greater(t, id, last)
		last = id
	}
}

func TestAMovedClockGoesOn(t *testing.T) {
	t.Parallel()
	wall := time.Date(2026, 11, 23, 3, 0, 0, 0, time.UTC)
	at := time.Date(2026, 3, 31, 23, 59, 0, 0, time.UTC)
	clock := startingAt(at, func() time.Time { return wall })
	assert.Equal(t, at, clock())
	wall = wall.Add(time.Hour)
	assert.Equal(t, at.Add(time.Hour), clock())
}

func TestATokenOfAnotherSecretIsNone(t *testing.T) {
	t.Parallel()
	s := startHere(t, "", "--demo")
	other := startHere(t, "", "--demo")
	answer, text := s.call(t, "POST /graphql", other.token(t, auth.Admin, ""), []byte(`{"query":"{ __typename }"}`), "Content-Type", "application/json")
	assert.Equal(t, 401, answer.StatusCode)
	assert.Equal(t, "UNAUTHENTICATED", reply{t: t, whole: decoded(t, text)}.at("errors.0.extensions.code"))
}
