package main

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/graph"
	"github.com/vysero/returns/internal/notify/smtp"
	"github.com/vysero/returns/internal/photo/s3"
)

// FuzzOneLine looks for a setting that is taken and opens a door: what is taken for an origin lets another one in, a link or a
// password goes over an open line, a bound is none; for a refusal that repeats a password; and for an X-Forwarded-For that makes
// somebody a client who is no address. They share a target, since most of its time goes with the size of this package.
func FuzzOneLine(f *testing.F) {
	for _, seed := range []string{
		"https://shop.example", "http://localhost:3000", "https://*.example", "null", "https://a,https://b", "https://[::1%25x]", "http://127.0.0.1.evil.example",
		"smtp://user:password@mail.example.com:587", "smtps://user:password@mail.example.com", "smtp://user:password@host?tls=off", "smtp://host?tls=off", "smtp://user:pass word@host",
		"s3://bucket/prefix?region=r&endpoint=https://s3.example.com", "s3://key:password@bucket?region=r", "s3://bucket?region=r&secret=password",
		"https://shop.example/returns?lang=en", "http://shop.example/returns", "https://user:password@shop.example", "cost=500,depth=12", "cost=1e3", "cost=-1,depth=99999999999999999999",
	} {
		f.Add(seed, "203.0.113.7, 10.0.0.1")
	}
	f.Add("", "[2001:db8::1%x]:80,,::ffff:1.2.3.4")
	g := gateFor("10.0.0.0/8")
	f.Fuzz(func(t *testing.T, text, told string) {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr, r.Header["X-Forwarded-For"] = "10.0.0.1:80", []string{told}
		_, err := netip.ParseAddr(strings.TrimSuffix(clientOf(g.from(t.Context(), r)), "/64"))
		require.NoError(t, err, "%q", told)
		opensNoDoor(t, text)
		var limits graph.Limits
		if limits.UnmarshalText([]byte(text)) != nil {
			require.Equal(t, graph.Limits{}, limits)
		}
		mail, err := smtp.Read(text)
		password := ""
		if at, wrong := url.Parse(text); wrong == nil {
			password, _ = at.User.Password()
		}
		switch {
		case err == nil:
			require.True(t, mail.TLS != smtp.Off || mail.User == "" && mail.Password == "")
			require.True(t, mail.Host != "" && mail.Port > 0 && mail.Port < 1<<16)
		case len(password) > 8: // shorter ones are words of ours
			require.NotContains(t, err.Error(), password)
		}
		store, err := s3.Parse(text, s3.Access{KeyID: "id", Secret: "a secret that no setting knows"})
		if err == nil {
			require.True(t, store.Bucket != "" && store.Region != "" && (store.Prefix == "" || strings.HasSuffix(store.Prefix, "/")))
		} else if len(password) > 8 {
			require.NotContains(t, err.Error(), password)
		}
	})
}

// opensNoDoor tries the text as an origin, as a storefront's page and as this server's own address.
func opensNoDoor(t *testing.T, text string) {
	t.Helper()
	var o origin
	if o.UnmarshalText([]byte(text)) == nil {
		require.Equal(t, text, string(o))
		p := newPages([]origin{o})
		for from, may := range map[string]bool{text: true, text + ".evil.example": false, "http://evil.example": false, "null": false, "": false} {
			r, w := httptest.NewRequest(http.MethodGet, "/", nil), httptest.NewRecorder()
			r.Header.Set("Origin", from)
			p.told(&noting{ResponseWriter: w}, r)
			require.Equal(t, may, w.Header().Get("Access-Control-Allow-Origin") != "", from)
		}
	}
	if text != "" && (guestFlags{Page: text, Valid: time.Hour}).sound() == nil {
		at, err := url.Parse(text + "#token")
		require.NoError(t, err)
		require.Equal(t, "token", at.Fragment)
		require.True(t, at.Scheme == "https" || loopback(at.Hostname()))
		require.Nil(t, at.User)
	}
	if text != "" && soundAddress(text) == nil {
		at, err := url.Parse(text + "/photos/pho_1?signature=x")
		require.NoError(t, err)
		require.Equal(t, []string{"/photos/pho_1", "x"}, []string{at.Path, at.Query().Get("signature")})
		require.Nil(t, at.User)
	}
}
