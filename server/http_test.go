package main

import (
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/photo"
)

func TestSomebodyElsesFileAnswersAsAMissingOne(t *testing.T) {
	t.Parallel()
	s := startHere(t, "", "--demo", "--now", start)
	own, other, abroad := s.token(t, auth.Customer, ada), s.token(t, auth.Customer, grace), s.token(t, auth.Customer, "nobody@example.com")
	approved := s.ask(t, s.token(t, auth.Agent, ""), approve, map[string]any{
		"input": map[string]any{"id": "ret_1016", "idempotencyKey": "k", "instructions": "Pack it well."},
	}).fine()
	label := approved.text("data.returnApprove.return.label.id")

	for there, missing := range map[string]string{
		"/photos/pho_1016":          "/photos/pho_nothing",
		"/labels/" + label + ".pdf": "/labels/lab_nothing.pdf",
	} {
		for name, token := range map[string]string{"the owner": own, "staff": s.token(t, auth.Inspector, "")} {
			answer, body := s.call(t, "GET "+there, token, nil)
			require.Equal(t, http.StatusOK, answer.StatusCode, name)
			assert.Equal(t, int64(len(body)), answer.ContentLength)
			assert.Equal(t, "nosniff", answer.Header.Get("X-Content-Type-Options"))
			assert.Equal(t, "private, no-store", answer.Header.Get("Cache-Control"))
			assert.Contains(t, answer.Header.Get("Content-Disposition"), "attachment; filename=")
			assert.Contains(t, answer.Header.Get("Content-Security-Policy"), "sandbox")
		}
		_, want := s.call(t, "GET "+missing, own, nil)
		for _, token := range []string{other, abroad} {
			answer, got := s.call(t, "GET "+there, token, nil)
			assert.Equal(t, http.StatusNotFound, answer.StatusCode)
			assert.Equal(t, string(want), string(got), "in the same words")
		}
		answer, _ := s.call(t, "GET "+there, "", nil)
		assert.Equal(t, http.StatusUnauthorized, answer.StatusCode)
	}
	answer, _ := s.call(t, "GET /labels/"+label, own, nil)
	assert.Equal(t, http.StatusNotFound, answer.StatusCode, "a label is a PDF")

	_, want := s.call(t, "POST /photos?return=ret_nothing", other, demoPicture(), "Content-Type", "image/png")
	answer, got := s.call(t, "POST /photos?return=ret_1016", other, demoPicture(), "Content-Type", "image/png")
	assert.Equal(t, http.StatusNotFound, answer.StatusCode)
	assert.Equal(t, string(want), string(got))
}

func TestAnUploadIsAPictureOrIsRefused(t *testing.T) {
	t.Parallel()
	s := startHere(t, "", "--demo", "--now", start)
	customer, agent := s.token(t, auth.Customer, ada), s.token(t, auth.Agent, "")
	for name, c := range map[string]struct {
		token, path string
		body        []byte
		status      int
		code        string
	}{
		"nobody":                         {"", "/photos", demoPicture(), http.StatusUnauthorized, "UNAUTHENTICATED"},
		"finance add no photos":          {s.token(t, auth.Finance, ""), "/photos?return=ret_1016", demoPicture(), http.StatusForbidden, "FORBIDDEN"},
		"staff without a return":         {agent, "/photos", demoPicture(), http.StatusUnprocessableEntity, "REQUIRED"},
		"a page that says it is a photo": {customer, "/photos", []byte("<!doctype html><script>alert(1)</script>"), http.StatusUnprocessableEntity, "PHOTO_REFUSED"},
		"nothing":                        {customer, "/photos", nil, http.StatusUnprocessableEntity, "PHOTO_REFUSED"},
		"a picture with a tail":          {customer, "/photos", append(demoPicture(), "<script>"...), http.StatusUnprocessableEntity, "PHOTO_REFUSED"},
		"half a picture":                 {customer, "/photos", demoPicture()[:100], http.StatusUnprocessableEntity, "PHOTO_REFUSED"},
		"far too large":                  {customer, "/photos", make([]byte, bodyLimit+1), http.StatusUnprocessableEntity, "PHOTO_REFUSED"},
		"a byte too large":               {customer, "/photos", make([]byte, photo.MaxBytes+1), http.StatusUnprocessableEntity, "PHOTO_REFUSED"},
		"a picture":                      {customer, "/photos", demoPicture(), http.StatusCreated, ""},
		"a picture for a return":         {agent, "/photos?return=ret_1016", demoPicture(), http.StatusCreated, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			answer, text := s.call(t, "POST "+c.path, c.token, c.body, "Content-Type", "image/png")
			assert.Equal(t, c.status, answer.StatusCode, string(text))
			got := reply{t: t, whole: decoded(t, text)}
			if c.code != "" {
				assert.Equal(t, c.code, got.at("errors.0.code"))
				assert.NotEmpty(t, got.text("errors.0.message"))
				return
			}
			got.has(map[string]any{"contentType": "image/png", "width": 96.0, "height": 96.0})
			assert.Equal(t, "/photos/"+got.text("id"), answer.Header.Get("Location"))
			_, back := s.call(t, "GET /photos/"+got.text("id"), c.token, nil)
			assert.InDelta(t, got.at("bytes"), len(back), 0)
		})
	}
}

func TestACustomerUnknownToTheShopSeesNothing(t *testing.T) {
	t.Parallel()
	s := startHere(t, "", "--demo")
	s.ask(t, s.token(t, auth.Customer, "nobody@example.com"), `{
		viewer { role customer { email } } orders(first: 5) { totalCount } returns(first: 5) { totalCount }
		order(number: "1001") { id } node(id: "itm_1001_1") { id }
	}`, nil).fine().has(map[string]any{
		"data.viewer.role": "CUSTOMER", "data.viewer.customer": nil, "data.orders.totalCount": 0.0, "data.returns.totalCount": 0.0,
		"data.order": nil, "data.node": nil,
	})
	s.ask(t, s.token(t, auth.Customer, "  ADA@Example.com "), `{ viewer { customer { email } } }`, nil).fine().
		has(map[string]any{"data.viewer.customer.email": ada})
	s.ask(t, "", `{ viewer { role } }`, nil).fine().has(map[string]any{"data.viewer": nil})
}

func TestATokenThatIsNotValidIsRefusedInTheBordersOwnShape(t *testing.T) {
	t.Parallel()
	s := startHere(t, "", "--demo")
	past, err := auth.NewIssuer([]byte(strings.Repeat("k", 32)), func() time.Time { return time.Unix(0, 0) })
	require.NoError(t, err)
	expired, err := past.Mint(identity(auth.Admin, ""), time.Hour)
	require.NoError(t, err)
	for name, header := range map[string]string{
		"no token": "Bearer", "another scheme": "Basic YWRhOmFkYQ==", "not a token": "Bearer x.y.z", "expired": "Bearer " + expired,
	} {
		answer, text := s.call(t, "POST /graphql", "", []byte(`{"query":"{ viewer { role } }"}`),
			"Content-Type", "application/json", "Authorization", header)
		assert.Equal(t, http.StatusUnauthorized, answer.StatusCode, name)
		assert.Equal(t, "Bearer", answer.Header.Get("WWW-Authenticate"))
		assert.Equal(t, "UNAUTHENTICATED", reply{t: t, whole: decoded(t, text)}.at("errors.0.extensions.code"), name)
		_, text = s.call(t, "GET /photos/pho_1016", "", nil, "Authorization", header)
		assert.Equal(t, "UNAUTHENTICATED", reply{t: t, whole: decoded(t, text)}.at("errors.0.code"), name)
	}
}

func TestEveryAnswerHasItsNumberAndSafeHeaders(t *testing.T) {
	t.Parallel()
	s := startHere(t, "", "--demo")
	seen := map[string]bool{}
	for _, path := range []string{"/", "/graphql?query={__typename}", "/healthz", "/no-such-page", "/photos", "/playground/page.js"} {
		answer, text := s.call(t, "GET "+path, "", nil, "X-Request-ID", "forged")
		id := answer.Header.Get("X-Request-ID")
		assert.Regexp(t, `^req_[0-9a-z]{26}$`, id, path)
		assert.False(t, seen[id], path)
		seen[id] = true
		assert.Equal(t, "nosniff", answer.Header.Get("X-Content-Type-Options"), path)
		assert.Contains(t, answer.Header.Get("Content-Security-Policy"), "frame-ancestors 'none'", path)
		if path == "/" {
			assert.Contains(t, string(text), "<html", "the playground")
		}
	}
	answer, text := s.call(t, "GET /no-such-page", "", nil)
	assert.Equal(t, http.StatusNotFound, answer.StatusCode)
	assert.Equal(t, "NOT_FOUND", reply{t: t, whole: decoded(t, text)}.at("errors.0.code"))
}

func TestAnAddressSaysWhichMethodsItTakes(t *testing.T) {
	t.Parallel()
	s := startHere(t, "", "--demo")
	for line, allow := range map[string]string{
		"GET /photos": "POST", "DELETE /photos/pho_1016": "GET, HEAD", "POST /photos/uploads/pho_1": "PUT", "POST /labels/x.pdf": "GET, HEAD", "POST /healthz": "GET, HEAD",
		"PUT /readyz": "GET, HEAD", "GET /dev/token": "POST",
	} {
		answer, text := s.call(t, line, "", nil)
		assert.Equal(t, http.StatusMethodNotAllowed, answer.StatusCode, line)
		assert.Equal(t, allow, answer.Header.Get("Allow"), line)
		assert.Equal(t, "INVALID_INPUT", reply{t: t, whole: decoded(t, text)}.at("errors.0.code"), line)
	}
	answer, _ := s.call(t, "HEAD /healthz", "", nil)
	assert.Equal(t, http.StatusOK, answer.StatusCode)
}

func TestHeadersAreBounded(t *testing.T) {
	t.Parallel()
	s := startHere(t, "", "--demo")
	answer, _ := s.call(t, "GET /healthz", "", nil, "X-Long", strings.Repeat("x", 64<<10))
	assert.Equal(t, http.StatusRequestHeaderFieldsTooLarge, answer.StatusCode)
	answer, _ = s.call(t, "GET /healthz", "", nil, "X-Long", strings.Repeat("x", 16<<10))
	assert.Equal(t, http.StatusOK, answer.StatusCode)
}

func TestTheDemoHandsTokensToThisMachinesOwnPagesOnly(t *testing.T) {
	t.Parallel()
	s := startHere(t, "", "--demo")
	own := strings.TrimPrefix(s.base, "http://")
	for name, c := range map[string]struct {
		body    string
		headers []string
		status  int
	}{
		"the playground":              {`{"role":"CUSTOMER","customer":"ada@example.com"}`, []string{"Origin", s.base, "Sec-Fetch-Site", "same-origin"}, http.StatusOK},
		"staff":                       {`{"role":"AGENT","customer":"ada@example.com"}`, nil, http.StatusOK},
		"a script":                    {`{"role":"ADMIN"}`, nil, http.StatusOK},
		"another page":                {`{"role":"ADMIN"}`, []string{"Origin", "https://evil.example"}, http.StatusForbidden},
		"another page's fetch":        {`{"role":"ADMIN"}`, []string{"Sec-Fetch-Site", "cross-site"}, http.StatusForbidden},
		"a name that points here":     {`{"role":"ADMIN"}`, []string{"Host", "evil.example", "Origin", "http://evil.example"}, http.StatusMisdirectedRequest},
		"a form":                      {`{"role":"ADMIN"}`, []string{"Content-Type", "text/plain"}, http.StatusUnprocessableEntity},
		"a role that does not exist":  {`{"role":"SYSTEM"}`, nil, http.StatusUnprocessableEntity},
		"a customer without a name":   {`{"role":"CUSTOMER"}`, nil, http.StatusUnprocessableEntity},
		"no JSON":                     {`role=ADMIN`, nil, http.StatusUnprocessableEntity},
		"more than a token can need":  {`{"role":"` + strings.Repeat("A", 10_000) + `"}`, nil, http.StatusUnprocessableEntity},
		"localhost is this machine":   {`{"role":"ADMIN"}`, []string{"Host", "localhost" + own[strings.LastIndex(own, ":"):]}, http.StatusOK},
		"and so is its sixth version": {`{"role":"ADMIN"}`, []string{"Host", "[::1]:8080"}, http.StatusOK},
	} {
		answer, text := s.call(t, "POST /dev/token", "", []byte(c.body), append([]string{"Content-Type", "application/json"}, c.headers...)...)
		assert.Equal(t, c.status, answer.StatusCode, name+string(text))
		if c.status != http.StatusOK {
			assert.NotContains(t, string(text), `"token"`, name)
			continue
		}
		token := reply{t: t, whole: decoded(t, text)}.text("token")
		s.ask(t, token, `{ viewer { role } }`, nil).fine()
	}
}

func TestHealthAndReadinessAreDifferentThings(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	get := func(path string) (int, string) {
		w := httptest.NewRecorder()
		s.handler.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil))
		return w.Code, w.Body.String()
	}
	status, text := get("/healthz")
	assert.Equal(t, http.StatusOK, status)
	assert.JSONEq(t, `{"status":"ok"}`, text)
	status, _ = get("/readyz")
	assert.Equal(t, http.StatusOK, status)

	s.site.draining.Store(true)
	status, text = get("/readyz")
	assert.Equal(t, http.StatusServiceUnavailable, status)
	assert.JSONEq(t, `{"status":"stopping"}`, text)
	s.site.draining.Store(false)

	require.NoError(t, s.site.app.DB.Close())
	status, _ = get("/readyz")
	assert.Equal(t, http.StatusOK, status, "of a moment ago: whoever asks a thousand times a second costs no thousand statements")
	require.Eventually(t, func() bool {
		status, text = get("/readyz")
		return status == http.StatusServiceUnavailable
	}, time.Minute, 50*time.Millisecond)
	assert.NotContains(t, text, "sql")
	get("/readyz")
	assert.Equal(t, 1, strings.Count(s.log.String(), "not ready"), "it is told once, however many ask")
	assert.NotContains(t, s.log.String(), "readyz")
	status, _ = get("/healthz")
	assert.Equal(t, http.StatusOK, status, "the process itself is well")
}

func TestAFailureOfOursIsOneFixedSentence(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	token, err := s.issuer.Mint(identity(auth.Customer, ada), time.Hour)
	require.NoError(t, err)
	require.NoError(t, s.site.app.DB.Close())
	for _, path := range []string{"/graphql?query={__typename}", "/photos/pho_1"} {
		w := httptest.NewRecorder()
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil)
		r.Header.Set("Authorization", "Bearer "+token)
		s.handler.ServeHTTP(w, r)
		assert.Equal(t, http.StatusInternalServerError, w.Code)
		assert.Contains(t, w.Body.String(), "Something went wrong on our side")
		assert.NotContains(t, w.Body.String(), "sql")
		assert.Contains(t, s.log.String(), "database is closed", "the cause is in the log")
		assert.Contains(t, s.log.String(), w.Header().Get("X-Request-ID"))
	}
}

func TestAPanicIsCaughtAndToldOnce(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for name, fall := range map[string]any{"an error": errors.New("MARKER-CAUSE"), "a value": "MARKER-VALUE"} {
		log := newJournal()
		f := &front{
			routes: http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(fall) }),
			db:     s.site.app.DB, gate: gateFor(), newID: s.site.app.Orders.NewID, log: slog.New(slog.NewTextHandler(log, nil)),
		}
		w := httptest.NewRecorder()
		f.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/photos", nil))
		assert.Equal(t, http.StatusInternalServerError, w.Code, name)
		assert.NotContains(t, w.Body.String(), "MARKER")
		assert.NotContains(t, log.String(), "MARKER-VALUE", "a value may be anybody's")
		assert.Equal(t, 1, strings.Count(log.String(), "a request failed"))

		f.routes = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, "half")
			panic(fall)
		})
		assert.PanicsWithValue(t, http.ErrAbortHandler, func() {
			f.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/photos", nil))
		}, "a half answer is cut off, not finished")
	}
}

// madeSite is the routes on a demo shop, without a server.
type madeSite struct {
	site    *site
	handler http.Handler
	log     *journal
	issuer  *auth.Issuer // whose tokens it takes, although it is not in development
}

func newSite(t *testing.T) madeSite {
	t.Helper()
	log := newJournal()
	app := newShop(t)
	issuer, err := auth.NewIssuer([]byte(strings.Repeat("k", 32)), time.Now)
	require.NoError(t, err)
	limits, err := boundFlags{}.read()
	require.NoError(t, err)
	s := &site{app: app, signIn: signIn{tokens: auth.Verifiers{issuer}}, log: slog.New(slog.NewTextHandler(log, nil)), now: time.Now, bounds: limits}
	handler, err := s.handler()
	require.NoError(t, err)
	return madeSite{site: s, handler: handler, log: log, issuer: issuer}
}

func TestAnAddressIsATextThatEveryDatabaseTakes(t *testing.T) {
	t.Parallel()
	s := startHere(t, "", "--demo")
	for _, line := range []string{
		"GET /photos/pho_%00", "GET /photos/%ff", "GET /labels/lab_%00.pdf", "PUT /photos/uploads/%00", "POST /photos?return=ret_%00", "POST /photos?return=%ff",
		"POST /photos?%00", "GET /policy?asOf=%ed%a0%80", "GET " + graphqlPath + "?query=%7B__typename%7D%00",
	} {
		for _, token := range []string{"", s.token(t, auth.Agent, "")} {
			answer, text := s.call(t, line, token, nil, "Content-Type", "image/png")
			assert.Equal(t, http.StatusUnprocessableEntity, answer.StatusCode, line)
			assert.Contains(t, string(text), "INVALID_INPUT", line)
		}
	}
	answer, _ := s.call(t, "GET /photos/%E6%97%A5", s.token(t, auth.Agent, ""), nil)
	assert.Equal(t, http.StatusNotFound, answer.StatusCode)
}
