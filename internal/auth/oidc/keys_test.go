package oidc

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	jose "github.com/go-jose/go-jose/v4"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/auth/oidc/oidctest"
	"github.com/vysero/returns/internal/fault"
)

// settled waits until no attempt is under way.
func (d desk) settled() {
	for {
		d.keys.mu.Lock()
		coming := d.keys.coming
		d.keys.mu.Unlock()
		if coming == nil {
			return
		}
		<-coming
	}
}

func TestAProviderMayChangeItsKeysWhileWeRun(t *testing.T) {
	t.Parallel()
	p := oidctest.Start(t, "ES256", time.Now)
	d := newDesk(staff(t, p.URL, "ES256"))
	first := p.Token(t, agent())
	who := d.taken(t, first)

	p.Rotate(t, false)
	second := p.Token(t, agent())
	d.refused(t, second, "its issuer has no such key") // it was asked a moment ago
	d.clock.turn(pause)
	require.Equal(t, who, d.taken(t, second))
	require.Equal(t, who, d.taken(t, first), "the one before is still published")
	require.EqualValues(t, 2, p.Asked())

	p.Rotate(t, true)
	third := p.Token(t, agent())
	d.clock.turn(pause)
	require.Equal(t, who, d.taken(t, third))
	d.refused(t, first, "its issuer has no such key")
	d.refused(t, second, "its issuer has no such key")
}

func TestAKeyThatWasWithdrawnIsFoundOutWithoutANewOne(t *testing.T) {
	t.Parallel()
	p := oidctest.Start(t, "ES256", time.Now)
	d := newDesk(staff(t, p.URL, "ES256"))
	token := p.Token(t, agent())
	d.taken(t, token)
	p.Rotate(t, true)
	d.clock.turn(fresh - time.Second)
	d.taken(t, token)
	require.EqualValues(t, 1, p.Asked(), "what is fresh is not asked for")
	d.clock.turn(time.Second)
	d.taken(t, token) // nobody waits: the keys are read beside
	d.settled()
	d.refused(t, token, "its issuer has no such key")
}

func TestMadeUpKeysMakeUsAskNoMoreOften(t *testing.T) {
	t.Parallel()
	p := oidctest.Start(t, "ES256", time.Now)
	d := newDesk(staff(t, p.URL, "ES256"))
	good := p.Token(t, agent())
	d.taken(t, good)
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	flood := func() {
		for i := range 100 {
			key := jose.JSONWebKey{Key: private, KeyID: fmt.Sprint("mine-", i)}
			forged := oidctest.Sign(t, jose.SigningKey{Algorithm: jose.ES256, Key: key}, map[string]any{"iss": p.URL}, nil)
			d.refused(t, forged, "its issuer has no such key")
		}
	}
	flood()
	stolen := jose.JSONWebKey{Key: private, KeyID: p.Key().KeyID}
	d.clock.turn(pause)
	d.refused(t, oidctest.Sign(t, jose.SigningKey{Algorithm: jose.ES256, Key: stolen}, map[string]any{"iss": p.URL}, nil), "its issuer has not signed it")
	require.EqualValues(t, 1, p.Asked(), "a key that is known is not asked for")
	d.clock.turn(pause)
	flood()
	require.EqualValues(t, 2, p.Asked())
	p.Away(true)
	d.clock.turn(pause)
	forged := oidctest.Sign(t, jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: private, KeyID: "mine"}}, map[string]any{"iss": p.URL}, nil)
	for range 100 {
		d.unavailable(t, forged)
	}
	require.Equal(t, 1, strings.Count(d.log.String(), "cannot be read"), "it was asked once")
	d.taken(t, good)
}

func TestAServerStartsAndGoesOnWithoutItsIssuer(t *testing.T) {
	t.Parallel()
	p := oidctest.Start(t, "ES256", time.Now)
	token := p.Token(t, agent())
	d := newDesk(staff(t, p.URL, "ES256"))
	p.Away(true)
	d.unavailable(t, token)
	p.Away(false)
	d.unavailable(t, token) // it was asked a moment ago
	require.Zero(t, p.Asked())
	d.clock.turn(firstPause)
	d.taken(t, token)

	p.Rotate(t, false)
	next := p.Token(t, agent())
	p.Away(true)
	d.clock.turn(pause)
	d.unavailable(t, next)
	d.taken(t, token)
	d.clock.turn(kept - pause - time.Second)
	d.settled()
	id, err := d.keys.find(t.Context(), "key-1", "ES256")
	require.NoError(t, err, "what is known goes on working")
	require.Len(t, id, 1)
	d.settled()
	d.clock.turn(time.Second)
	_, err = d.keys.find(t.Context(), "key-1", "ES256")
	require.Equal(t, fault.CodeUnavailable, fault.From(err).Code, "but not for ever")
	require.Contains(t, d.log.String(), "an issuer's keys cannot be read")
	require.NotContains(t, d.log.String(), "sub-1")
}

func TestAnIssuerThatIsAwayIsAskedLessAndLessOften(t *testing.T) {
	t.Parallel()
	clock, asked := newClock(), 0
	k := &keys{now: clock.now, tell: func(int, error) {}, fetch: func(ctx context.Context) ([]jose.JSONWebKey, error) {
		asked++ // one attempt at a time
		_, ends := ctx.Deadline()
		assert.True(t, ends, "none goes on for ever")
		return nil, context.DeadlineExceeded
	}}
	for attempt, wait := range []time.Duration{0, time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second, 16 * time.Second, 32 * time.Second, time.Minute, time.Minute} {
		if wait > 0 {
			clock.turn(wait - time.Millisecond)
			_, err := k.find(t.Context(), "k", "RS256")
			require.Equal(t, fault.CodeUnavailable, fault.From(err).Code)
			require.Equal(t, attempt, asked)
			clock.turn(time.Millisecond)
		}
		_, err := k.find(t.Context(), "k", "RS256")
		require.Equal(t, fault.CodeUnavailable, fault.From(err).Code)
		require.Equal(t, attempt+1, asked)
	}
	clock.turn(-time.Hour)
	_, err := k.find(t.Context(), "k", "RS256")
	require.Error(t, err)
	require.Equal(t, 10, asked, "a clock that was put back does not make us wait for it")
}

func TestManyWaitForOneAnswerAndMayLeave(t *testing.T) {
	t.Parallel()
	p := oidctest.Start(t, "ES256", time.Now)
	d := newDesk(staff(t, p.URL, "ES256"))
	token := p.Token(t, agent())
	release := p.Hold()
	gone, leave := context.WithCancel(t.Context())
	left := make(chan error)
	go func() {
		_, err := d.Verify(gone, token)
		left <- err
	}()
	leave()
	require.Equal(t, fault.CodeUnavailable, fault.From(<-left).Code)
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			id, err := d.Verify(t.Context(), token)
			assert.NoError(t, err)
			assert.Equal(t, auth.Agent, id.Role)
		})
	}
	release()
	all.Wait()
	require.EqualValues(t, 1, p.Asked())
}

func TestAnIssuerThatAnswersWronglyIsAsGoodAsAway(t *testing.T) {
	t.Parallel()
	p := oidctest.Start(t, "ES256", time.Now)
	token := p.Token(t, agent())
	about := func(keys string) string { return `{"issuer": "ISSUER", "jwks_uri": "` + keys + `"}` }
	const good = "ISSUER/keys"
	for name, c := range map[string]struct{ about, keys, cause string }{
		"no page":              {"404", "", "status 404"},
		"trouble":              {"500", "", "status 500"},
		"sent elsewhere":       {p.URL + "/.well-known/openid-configuration", "", "status 302"},
		"no JSON":              {"<html>", "", "does not tell about itself"},
		"another issuer":       {`{"issuer": "https://login.example.com", "jwks_uri": "https://login.example.com/keys"}`, "", "did not match"},
		"too much to say":      {about(good) + strings.Repeat(" ", maxAnswer), "", "too large"},
		"no address of keys":   {`{"issuer": "ISSUER"}`, "", "not safe"},
		"keys in the open":     {about("http://login.example.com/keys"), "", "not safe"},
		"keys in a file":       {about("file:///etc/passwd"), "", "not safe"},
		"keys sent elsewhere":  {about(good), p.URL + "/keys", "status 302"},
		"keys that are none":   {about(good), "{", "no set of keys"},
		"no keys":              {about(good), `{"keys": []}`, "no key that can verify"},
		"a secret for a key":   {about(good), `{"keys": [{"kty": "oct", "kid": "key-1", "k": "c2VjcmV0"}]}`, "no key that can verify"},
		"too many keys":        {about(good), `{"keys": [1` + strings.Repeat(",1", maxKeys) + `]}`, "more than 100"},
		"too many bytes":       {about(good), `{"keys": [` + strings.Repeat(" ", maxAnswer) + `]}`, "too large"},
		"keys that are missed": {about(good), "404", "status 404"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var url string
			say := func(w http.ResponseWriter, r *http.Request, text string) {
				switch {
				case text == "404":
					http.Error(w, "marker", http.StatusNotFound)
				case text == "500":
					http.Error(w, "marker", http.StatusInternalServerError)
				case strings.HasPrefix(text, "http"):
					http.Redirect(w, r, text, http.StatusFound)
				default:
					_, _ = w.Write([]byte(strings.ReplaceAll(text, "ISSUER", url)))
				}
			}
			mux := http.NewServeMux()
			mux.HandleFunc("/.well-known/openid-configuration", func(w http.ResponseWriter, r *http.Request) { say(w, r, c.about) })
			mux.HandleFunc("/keys", func(w http.ResponseWriter, r *http.Request) { say(w, r, c.keys) })
			server := httptest.NewServer(mux)
			t.Cleanup(server.Close)
			url = server.URL
			d := newDesk(staff(t, url, "ES256"))
			d.unavailable(t, token)
			require.Contains(t, d.log.String(), c.cause)
			require.NotContains(t, d.log.String(), "marker", "what it answered is in no log")
		})
	}
}

func TestAnAnswerThatDoesNotComeIsNotWaitedForLongerThanAllowed(t *testing.T) {
	t.Parallel()
	reached, never := make(chan struct{}, 2), make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte("{"))
		_ = http.NewResponseController(w).Flush()
		reached <- struct{}{}
		<-never
	}))
	t.Cleanup(server.Close)
	t.Cleanup(func() { close(never) })
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-reached; cancel() }()
	_, err := newSource(server.URL).keys(ctx)
	require.ErrorContains(t, err, context.Canceled.Error())
}

func TestKeysOfASafeIssuerComeFromSafeAddresses(t *testing.T) {
	t.Parallel()
	s := newSource("https://login.example.com")
	require.NoError(t, s.sound("https://keys.example.net/keys"), "many have their keys under another name")
	for _, address := range []string{"http://127.0.0.1/keys", "http://login.example.com/keys", "", "/keys", "https://me@login.example.com/keys"} {
		require.Error(t, s.sound(address), address)
	}
}

func marshal(value any) []byte {
	text, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	return text
}

func TestKeysThatAreNotSafeAreLeftOut(t *testing.T) {
	t.Parallel()
	p := oidctest.Start(t, "RS256", time.Now)
	good := p.Key()
	small, err := rsa.GenerateKey(rand.Reader, 1024)
	require.NoError(t, err)
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	large, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	require.NoError(t, err)
	other := oidctest.Start(t, "ES256", time.Now).Key()
	set := func(keys ...any) []byte {
		text := `{"keys": [`
		for i, key := range keys {
			if i > 0 {
				text += ","
			}
			text += string(marshal(key))
		}
		return []byte(text + "]}")
	}
	edit := func(change func(*jose.JSONWebKey)) jose.JSONWebKey { key := good; change(&key); return key }
	for name, bad := range map[string]any{
		"to encrypt": edit(func(k *jose.JSONWebKey) { k.Use = "enc" }), "without an id": edit(func(k *jose.JSONWebKey) { k.KeyID = "" }),
		"too short": jose.JSONWebKey{Key: small.Public(), KeyID: "s"}, "private": jose.JSONWebKey{Key: private, KeyID: "p"},
		"symmetric": jose.JSONWebKey{Key: []byte("secret"), KeyID: "h"}, "another kind": map[string]any{"kty": "AKP", "kid": "x"},
		"no key": map[string]any{}, "a number": 1, "another curve": jose.JSONWebKey{Key: large.Public(), KeyID: "l"},
		"endless":          jose.JSONWebKey{Key: &rsa.PublicKey{N: new(big.Int).Lsh(big.NewInt(1), maxRSA), E: 65537}, KeyID: "e"},
		"an exponent of 0": map[string]any{"kty": "RSA", "kid": "z", "n": base64.RawURLEncoding.EncodeToString(private.N.Bytes()), "e": "AA"},
	} {
		_, err := readKeys(set(bad))
		require.Error(t, err, name)
		got, err := readKeys(set(bad, good, other))
		require.NoError(t, err, name)
		require.Len(t, got, 2, name)
		require.Len(t, matching(got, good.KeyID, "RS256"), 1)
		require.Empty(t, matching(got, good.KeyID, "PS256"), "a key is for the algorithm that it names")
	}
}

// FuzzKeys looks for an issuer's answer of which a key is taken that may verify nothing.
func FuzzKeys(f *testing.F) {
	public := ed25519.NewKeyFromSeed([]byte("a seed of thirty-two bytes, fixed"[:ed25519.SeedSize])).Public()
	good := string(marshal(jose.JSONWebKey{Key: public, KeyID: "k", Use: "sig", Algorithm: "EdDSA"}))
	large := base64.RawURLEncoding.EncodeToString(bytes.Repeat([]byte{0xff}, minRSA/8))
	for _, key := range []string{
		good, `{"kty":"RSA","kid":"r","n":"` + large + `","e":"AQAB"}`, `{"kty":"RSA","kid":"r","n":"` + large + `","e":"AA","d":"` + large + `"}`, `{"kty":"oct","kid":"o","k":"AAAA"}`,
		`{"kty":"EC","kid":"e","crv":"P-256","x":"AA","y":"AA"}`, `{"kty":"OKP","kid":"x","crv":"Ed25519","x":"AA"}`, `{"kid":"x","x5c":["AAAA"]}`, "null", "[]", "1",
	} {
		f.Add([]byte(`{"keys":[` + key + `]}`))
		f.Add([]byte(`{"keys":[` + key + `,` + good + `]}`))
	}
	f.Add([]byte(`{"keys":{}}`))
	f.Fuzz(func(t *testing.T, document []byte) {
		keys, err := readKeys(document)
		if err != nil {
			require.Empty(t, keys)
			return
		}
		require.NotEmpty(t, keys)
		require.LessOrEqual(t, len(keys), maxKeys)
		for _, key := range keys {
			require.True(t, key.IsPublic() && key.KeyID != "" && key.Valid() && (key.Use == "" || key.Use == "sig"))
			again, err := readKeys([]byte(`{"keys":[` + string(marshal(key)) + `]}`))
			require.NoError(t, err)
			require.Len(t, again, 1)
		}
	})
}
