package playground_test

import (
	"bufio"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/internal/playground"
)

func page(t *testing.T, c playground.Config) http.Handler {
	t.Helper()
	h, err := playground.New(c)
	require.NoError(t, err)
	return h
}

// ask sends a request; headers are name, value, name, value, and so on.
func ask(t *testing.T, h http.Handler, method, path string, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(method, "http://shop.test/", nil)
	r.URL.Path = path
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestEveryAnswerForbidsForeignContent(t *testing.T) {
	t.Parallel()
	h := page(t, playground.Config{})
	for _, path := range []string{"/", "/playground/page.js", "/playground/vendor/graphiql.min.js", "/nothing"} {
		got := ask(t, h, http.MethodGet, path).Header()
		policy := map[string]string{}
		for part := range strings.SplitSeq(got.Get("Content-Security-Policy"), "; ") {
			name, value, _ := strings.Cut(part, " ")
			policy[name] = value
		}
		assert.Equal(t, map[string]string{
			"default-src":     "'none'",
			"script-src":      "'self'",
			"style-src":       "'self' 'unsafe-inline'",
			"img-src":         "'self' data:",
			"connect-src":     "'self'",
			"base-uri":        "'none'",
			"form-action":     "'none'",
			"frame-ancestors": "'none'",
		}, policy, path)
		assert.Equal(t, "nosniff", got.Get("X-Content-Type-Options"), path)
		assert.Equal(t, "no-referrer", got.Get("Referrer-Policy"), path)
	}
}

var link = regexp.MustCompile(`(?:src|href)="([^"]+)"|from "(\./[^"]+)"`)

func TestAllThatThePageLoadsIsThere(t *testing.T) {
	t.Parallel()
	h := page(t, playground.Config{})
	wanted := []string{"/playground/config.json", "/playground/operations.json", "/playground/vendor/LICENCES.txt"}
	for _, from := range []string{"/", "/playground/page.js"} {
		for _, m := range link.FindAllStringSubmatch(ask(t, h, http.MethodGet, from).Body.String(), -1) {
			wanted = append(wanted, m[1]+strings.Replace(m[2], "./", "/playground/", 1))
		}
	}
	require.GreaterOrEqual(t, len(wanted), 12)
	for _, path := range wanted {
		got := ask(t, h, http.MethodGet, path)
		assert.Equal(t, http.StatusOK, got.Code, path)
		assert.NotEmpty(t, got.Body.Bytes(), path)
		assert.NotEmpty(t, got.Header().Get("Content-Type"), path)
	}
}

func TestThePageNamesNoOtherHost(t *testing.T) {
	t.Parallel()
	own, err := filepath.Glob("assets/*.*")
	require.NoError(t, err)
	read := 0
	for _, name := range own {
		if strings.HasSuffix(name, ".sh") {
			continue
		}
		read++
		text, err := os.ReadFile(name)
		require.NoError(t, err)
		// The namespace of SVG is a name and is never fetched.
		left := strings.ReplaceAll(string(text), `xmlns="http://www.w3.org/2000/svg"`, "")
		assert.NotRegexp(t, `(?i)https?://|["'(]//[a-z]|@import`, left, name)
	}
	assert.GreaterOrEqual(t, read, 6)
}

func TestTheFilesOfOthersAreThoseThatWereReviewed(t *testing.T) {
	t.Parallel()
	sums, err := os.Open("assets/vendor/SUMS")
	require.NoError(t, err)
	defer func() { assert.NoError(t, sums.Close()) }()
	listed := []string{"assets/vendor/SUMS"}
	for lines := bufio.NewScanner(sums); lines.Scan(); {
		want, name, ok := strings.Cut(lines.Text(), "  ")
		require.True(t, ok, lines.Text())
		listed = append(listed, "assets/vendor/"+name+".gz")
		assert.Equal(t, want, sumOf(t, "assets/vendor/"+name+".gz"), name)
	}
	there, err := filepath.Glob("assets/vendor/*")
	require.NoError(t, err)
	assert.ElementsMatch(t, listed, there, "SUMS lists every file and no other")
}

func sumOf(t *testing.T, name string) string {
	t.Helper()
	f, err := os.Open(name)
	require.NoError(t, err)
	defer func() { assert.NoError(t, f.Close()) }()
	r, err := gzip.NewReader(f)
	require.NoError(t, err)
	sum := sha256.New()
	_, err = io.Copy(sum, r)
	require.NoError(t, err)
	return hex.EncodeToString(sum.Sum(nil))
}

func TestNoPathLeadsOutOfThePage(t *testing.T) {
	t.Parallel()
	h := page(t, playground.Config{})
	for _, path := range []string{
		"", "/index.html", "/playground", "/playground/", "/playground/nothing.js", "/playground/vendor/",
		"/playground/../playground.go", "/playground/vendor/../page.js", "/playground/..%2fplayground.go",
		"/playground//page.js", "/playground/vendor.sh", "/playground/vendor/SUMS", "/playground/page.html",
		"/playground/vendor/graphiql.min.js.gz", "/operations/80-server-answers.graphql", "/graphql",
		"/playground/page.js\x00", "/etc/passwd",
	} {
		assert.Equal(t, http.StatusNotFound, ask(t, h, http.MethodGet, path).Code, path)
	}
}

func TestThePageCanOnlyBeRead(t *testing.T) {
	t.Parallel()
	h := page(t, playground.Config{})
	for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodOptions} {
		got := ask(t, h, method, "/")
		assert.Equal(t, http.StatusMethodNotAllowed, got.Code, method)
		assert.Equal(t, "GET, HEAD", got.Header().Get("Allow"), method)
	}
}

func TestHeadAnswersAsGetWithoutABody(t *testing.T) {
	t.Parallel()
	h := page(t, playground.Config{})
	for _, path := range []string{"/", "/playground/page.css", "/playground/vendor/react.production.min.js"} {
		get, head := ask(t, h, http.MethodGet, path), ask(t, h, http.MethodHead, path)
		assert.Equal(t, http.StatusOK, head.Code, path)
		assert.Equal(t, get.Header(), head.Header(), path)
		assert.Empty(t, head.Body.Bytes(), path)
	}
}

func TestWhatTheBrowserHasIsNotSentAgain(t *testing.T) {
	t.Parallel()
	h := page(t, playground.Config{})
	for _, path := range []string{"/", "/playground/page.js", "/playground/operations.json", "/playground/vendor/graphiql.min.css"} {
		first := ask(t, h, http.MethodGet, path, "Accept-Encoding", "gzip")
		tag := first.Header().Get("ETag")
		require.NotEmpty(t, tag, path)
		assert.Equal(t, "no-cache", first.Header().Get("Cache-Control"), path)
		again := ask(t, h, http.MethodGet, path, "Accept-Encoding", "gzip", "If-None-Match", tag)
		assert.Equal(t, http.StatusNotModified, again.Code, path)
		assert.Empty(t, again.Body.Bytes(), path)
		other := ask(t, h, http.MethodGet, path, "Accept-Encoding", "gzip", "If-None-Match", `"another"`)
		assert.Equal(t, http.StatusOK, other.Code, path)
	}
}

func TestGzipIsSentOnlyToWhoTakesIt(t *testing.T) {
	t.Parallel()
	h := page(t, playground.Config{})
	const path = "/playground/vendor/react.production.min.js"
	bare := ask(t, h, http.MethodGet, path)
	require.Empty(t, bare.Header().Get("Content-Encoding"))
	for accept, zipped := range map[string]bool{
		"gzip": true, "br, GZIP;q=0.5": true, "gzip;q=0": false, "gzip; q=0.000, br": false, "gzip;q=x": false,
		"br": false, "identity": false, "": false, "xgzip": false,
	} {
		got := ask(t, h, http.MethodGet, path, "Accept-Encoding", accept)
		assert.Equal(t, "Accept-Encoding", got.Header().Get("Vary"), accept)
		if !zipped {
			assert.Empty(t, got.Header().Get("Content-Encoding"), accept)
			assert.Equal(t, bare.Body.Bytes(), got.Body.Bytes(), accept)
			continue
		}
		assert.Equal(t, "gzip", got.Header().Get("Content-Encoding"), accept)
		assert.NotEqual(t, bare.Header().Get("ETag"), got.Header().Get("ETag"), accept)
		r, err := gzip.NewReader(got.Body)
		require.NoError(t, err, accept)
		body, err := io.ReadAll(r)
		require.NoError(t, err, accept)
		assert.Equal(t, bare.Body.Bytes(), body, accept)
	}
}

func TestThePageIsToldOfItsServer(t *testing.T) {
	t.Parallel()
	for _, one := range []struct {
		about  string
		config playground.Config
		want   string
	}{
		{"in production", playground.Config{}, `{"endpoint":"/graphql","tokenPath":"","customers":[]}`},
		{
			"in development",
			playground.Config{Endpoint: "/api", TokenPath: "/dev/token", Customers: []string{"ada@example.com"}},
			`{"endpoint":"/api","tokenPath":"/dev/token","customers":["ada@example.com"]}`,
		},
	} {
		got := ask(t, page(t, one.config), http.MethodGet, "/playground/config.json")
		assert.Equal(t, "application/json", got.Header().Get("Content-Type"), one.about)
		assert.JSONEq(t, one.want, got.Body.String(), one.about)
	}
}

func TestAnotherServersPathIsRefused(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"graphql", "//elsewhere.test/graphql", "https://elsewhere.test/graphql"} {
		_, err := playground.New(playground.Config{Endpoint: path})
		require.ErrorIs(t, err, playground.ErrPath, path)
		_, err = playground.New(playground.Config{TokenPath: path})
		require.ErrorIs(t, err, playground.ErrPath, path)
	}
}

func TestThePageOffersTheEmbeddedOperations(t *testing.T) {
	t.Parallel()
	want, err := playground.Operations()
	require.NoError(t, err)
	var got []playground.Operation
	body := ask(t, page(t, playground.Config{}), http.MethodGet, "/playground/operations.json").Body
	require.NoError(t, json.Unmarshal(body.Bytes(), &got))
	assert.Equal(t, want, got)
	tabs := 0
	for _, o := range got {
		if o.Tab {
			tabs++
		}
	}
	assert.Positive(t, tabs, "the first visit opens a tab")
}
