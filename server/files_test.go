package main

import (
	"bytes"
	"image/jpeg"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/ent/customer"
	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/crash"
	"github.com/vysero/returns/internal/photo/phototest"
	"github.com/vysero/returns/internal/photo/s3/s3test"
	"github.com/vysero/returns/internal/returns"
)

const (
	createUpload = `mutation Create($input: PhotoUploadCreateInput!) { photoUploadCreate(input: $input) {
		upload { id method url headers { name value } expiresAt } userErrors { code field message } } }`
	completeUpload = `mutation Complete($input: PhotoUploadCompleteInput!) { photoUploadComplete(input: $input) {
		photo { id contentType bytes width height url removedAt removal } userErrors { code field message } } }`
)

// announce asks where to send content, and gives the upload.
func (s *server) announce(t *testing.T, token string, content []byte) reply {
	t.Helper()
	got := s.ask(t, token, createUpload, map[string]any{"input": map[string]any{"contentType": "image/jpeg", "bytes": len(content)}}).fine()
	return reply{t: t, whole: got.at("data.photoUploadCreate.upload")}
}

// deliver sends content as the upload says, without a token.
func (s *server) deliver(t *testing.T, to reply, content []byte) int {
	t.Helper()
	address := to.text("url")
	if strings.HasPrefix(address, "/") {
		address = s.base + address
	}
	r, err := http.NewRequestWithContext(t.Context(), to.text("method"), address, bytes.NewReader(content))
	require.NoError(t, err)
	r.Header.Set(to.text("headers.0.name"), to.text("headers.0.value"))
	answer, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	return answer.StatusCode
}

// develops brings a photo from the announcement to its address.
func (s *server) develops(t *testing.T, token string) (id, address string) {
	t.Helper()
	content := phototest.Described(t, 40, 30, 6)
	to := s.announce(t, token, content)
	require.Less(t, s.deliver(t, to, content), 300)
	answer, _ := s.call(t, "GET /photos/"+to.text("id"), token, nil)
	require.Equal(t, http.StatusNotFound, answer.StatusCode, "it is in quarantine")
	done := s.ask(t, token, completeUpload, map[string]any{"input": map[string]any{"id": to.text("id")}}).fine()
	done.has(map[string]any{
		"data.photoUploadComplete.photo.id": to.text("id"), "data.photoUploadComplete.photo.contentType": "image/jpeg",
		"data.photoUploadComplete.photo.width": 30.0, "data.photoUploadComplete.photo.height": 40.0,
		"data.photoUploadComplete.photo.removedAt": nil, "data.photoUploadComplete.photo.removal": nil,
	})
	return to.text("id"), done.text("data.photoUploadComplete.photo.url")
}

// shows holds that an address shows a clean picture to whoever has it, as a file that no browser runs.
func (s *server) shows(t *testing.T, address string) {
	t.Helper()
	answer, picture := s.call(t, "GET "+address, "", nil)
	require.Equal(t, http.StatusOK, answer.StatusCode, string(picture))
	for name, want := range map[string]string{
		"Content-Type": "image/jpeg", "X-Content-Type-Options": "nosniff", "Cache-Control": "private, no-store",
		"Content-Security-Policy":      "default-src 'none'; sandbox; frame-ancestors 'none'",
		"Cross-Origin-Resource-Policy": "cross-origin",
	} {
		assert.Equal(t, want, answer.Header.Get(name), name)
	}
	assert.Regexp(t, `^attachment; filename="?pho_\w+\.jpeg"?$`, answer.Header.Get("Content-Disposition"))
	assert.NotContains(t, string(picture), phototest.TakenAt)
	m, err := jpeg.DecodeConfig(bytes.NewReader(picture))
	require.NoError(t, err)
	assert.Equal(t, []int{30, 40}, []int{m.Width, m.Height})
}

func TestAPhotoIsSentAndSeenBySignedAddresses(t *testing.T) {
	t.Parallel()
	s := startHere(t, "", "--demo", "--now", start)
	id, address := s.develops(t, s.token(t, auth.Customer, ada))
	require.True(t, strings.HasPrefix(address, "/photos/"+id+"?"), address)
	s.shows(t, address)
	at, err := url.Parse(address)
	require.NoError(t, err)
	_, other := s.develops(t, s.token(t, auth.Customer, ada))
	others, err := url.Parse(other)
	require.NoError(t, err)
	missing, want := s.call(t, "GET /photos/pho_nothing?"+at.RawQuery, "", nil)
	require.Equal(t, http.StatusNotFound, missing.StatusCode)
	for name, query := range map[string]string{
		"of another photo":  others.RawQuery,
		"of a longer life":  strings.Replace(at.RawQuery, "expires=", "expires=9", 1),
		"cut":               at.RawQuery[:len(at.RawQuery)-1],
		"with two":          "signature=x&" + at.RawQuery,
		"that is over":      strings.Replace(at.RawQuery, "expires=", "expires=1&was=", 1),
		"without a number":  strings.Replace(at.RawQuery, "expires=", "expires=never&was=", 1),
		"without signature": "signature=",
	} {
		answer, text := s.call(t, "GET /photos/"+id+"?"+query, "", nil)
		assert.Equal(t, missing.StatusCode, answer.StatusCode, name)
		assert.Equal(t, string(want), string(text), name)
		assert.Equal(t, without(missing.Header, "X-Request-Id", "Date"), without(answer.Header, "X-Request-Id", "Date"), name)
	}
	answer, _ := s.call(t, "GET /photos/"+id, "", nil)
	assert.Equal(t, http.StatusUnauthorized, answer.StatusCode, "an address without any")
	answer, _ = s.call(t, "GET "+address, s.token(t, auth.Customer, "grace@example.com"), nil)
	assert.Equal(t, http.StatusNotFound, answer.StatusCode, "whoever says who they are is held to it")
	require.Zero(t, s.stop())
	assert.NotContains(t, s.log.String(), at.Query().Get("signature"), "the log does not have it")
}

func without(h http.Header, names ...string) http.Header {
	h = h.Clone()
	for _, name := range names {
		h.Del(name)
	}
	return h
}

func TestAnUploadsAddressTakesThatUploadAlone(t *testing.T) {
	t.Parallel()
	s := startHere(t, "", "--demo", "--now", start)
	content := phototest.JPEG(t, 40, 30)
	to := s.announce(t, s.token(t, auth.Customer, ada), content)
	address, kind := to.text("url"), []string{"Content-Type", "image/jpeg"}
	missing, want := s.call(t, "PUT /photos/uploads/pho_nothing", "", content, kind...)
	require.Equal(t, http.StatusNotFound, missing.StatusCode)
	for name, c := range map[string]struct {
		address string
		content []byte
		kind    string
		status  int
	}{
		"more bytes":            {address, append(bytes.Clone(content), 0), "image/jpeg", http.StatusUnprocessableEntity},
		"fewer":                 {address, content[1:], "image/jpeg", http.StatusUnprocessableEntity},
		"another type":          {address, content, "text/html", http.StatusUnprocessableEntity},
		"no type":               {address, content, "", http.StatusUnsupportedMediaType},
		"a larger size":         {strings.Replace(address, "bytes=", "bytes=1", 1), content, "image/jpeg", http.StatusNotFound},
		"a type that is agreed": {strings.Replace(address, "image%2Fjpeg", "text%2Fhtml", 1), content, "text/html", http.StatusNotFound},
		"another upload":        {strings.Replace(address, to.text("id"), "pho_other", 1), content, "image/jpeg", http.StatusNotFound},
		"a way out":             {"/photos/uploads/..%2f..%2fx" + address[strings.Index(address, "?"):], content, "image/jpeg", http.StatusNotFound},
	} {
		header := []string{"Content-Type", c.kind}
		if c.kind == "" {
			header = nil
		}
		answer, text := s.call(t, "PUT "+c.address, "", c.content, header...)
		assert.Equal(t, c.status, answer.StatusCode, "%s: %s", name, text)
		if c.status == http.StatusNotFound {
			assert.Equal(t, string(want), string(text), name)
		}
	}
	require.Equal(t, http.StatusNoContent, s.deliver(t, to, content))
	answer, _ := s.call(t, "POST "+address, "", content, kind...)
	assert.Equal(t, http.StatusMethodNotAllowed, answer.StatusCode, "a form cannot send it")
}

func TestNothingThatABrowserSendsUnaskedIsTakenForAPhoto(t *testing.T) {
	t.Parallel()
	s := startHere(t, "", "--demo", "--now", start)
	ada := s.token(t, auth.Customer, ada)
	for _, kind := range []string{
		"", "text/plain", "text/plain; charset=utf-8", "text/plain; image/jpeg", "TEXT/PLAIN", "application/x-www-form-urlencoded",
		"multipart/form-data; boundary=x", "multipart/form-data", "text/plain, image/jpeg", "image/jpeg, text/plain", "image", ";", "application/json",
	} {
		headers := []string{"Content-Type", kind}
		if kind == "" {
			headers = nil
		}
		answer, text := s.call(t, "POST /photos", ada, demoPicture(), headers...)
		assert.Equal(t, http.StatusUnsupportedMediaType, answer.StatusCode, kind)
		assert.Equal(t, "INVALID_INPUT", reply{t: t, whole: decoded(t, text)}.at("errors.0.code"), kind)
		assert.Equal(t, "image/*, application/octet-stream", answer.Header.Get("Accept-Post"))
	}
	for _, kind := range []string{"image/png", "IMAGE/PNG; name=x.png", "application/octet-stream"} {
		answer, _ := s.call(t, "POST /photos", ada, demoPicture(), "Content-Type", kind)
		assert.Equal(t, http.StatusCreated, answer.StatusCode, kind)
	}
}

// environment has the variables of a list, names and values in turn.
func environment(list ...string) func(string) (string, bool) {
	return func(name string) (string, bool) {
		for i := 0; i < len(list); i += 2 {
			if list[i] == name {
				return list[i+1], true
			}
		}
		return "", false
	}
}

func TestPhotosLiveInABucketAndTravelToItDirectly(t *testing.T) {
	t.Parallel()
	store, ok := s3test.Start(t)
	if !ok {
		return
	}
	s3test.Bucket(t, store, "photos")
	dir := t.TempDir()
	s := startWith(t, "sqlite:"+filepath.Join(dir, "shop.db"), environment(
		"PHOTO_SECRET", strings.Repeat("p", 32), "AWS_ACCESS_KEY_ID", s3test.KeyID, "AWS_SECRET_ACCESS_KEY", s3test.Secret,
	), "--demo", "--now", start, "--photo-store", "s3://photos/shop?region="+s3test.Region+"&endpoint="+store)
	customer := s.token(t, auth.Customer, ada)
	content := phototest.JPEG(t, 40, 30)
	require.True(t, strings.HasPrefix(s.announce(t, customer, content).text("url"), store+"/photos/shop/quarantine/pho_"), "to the store itself")
	id, address := s.develops(t, customer)
	s.shows(t, address)
	assert.Contains(t, s3test.Names(t, store, "photos"), "shop/photos/"+id)
	assert.NotContains(t, s3test.Names(t, store, "photos"), "shop/quarantine/"+id)
	assert.NoDirExists(t, filepath.Join(dir, "shop.photos"))
	answer, _ := s.call(t, "POST /photos", customer, demoPicture(), "Content-Type", "image/png")
	assert.Equal(t, http.StatusCreated, answer.StatusCode, "and by way of this server as ever")
}

func TestWhoIsExportedOrErasedIsLookedForInTheBucket(t *testing.T) {
	t.Parallel()
	store, ok := s3test.Start(t)
	if !ok {
		return
	}
	s3test.Bucket(t, store, "photos")
	vars := map[string]string{
		"PHOTO_SECRET": strings.Repeat("p", 32), "AWS_ACCESS_KEY_ID": s3test.KeyID, "AWS_SECRET_ACCESS_KEY": s3test.Secret,
		databaseName: "sqlite:" + filepath.Join(t.TempDir(), "shop.db"),
	}
	bucket := "--photo-store=s3://photos/shop?region=" + s3test.Region + "&endpoint=" + store
	s := startWith(t, vars[databaseName], env(vars), "--demo", "--now", start, bucket)
	id, _ := s.develops(t, s.token(t, auth.Customer, lena))
	require.Contains(t, s3test.Names(t, store, "photos"), "shop/photos/"+id)
	status, _, said := runIn(t, vars, "customer", "export", "--email", lena, "--out", filepath.Join(t.TempDir(), "lena.zip"), bucket)
	require.Zero(t, status, said)
	require.Contains(t, said, "and 1 files")
	status, _, said = runIn(t, vars, "customer", "erase", "--email", lena, "--yes", bucket)
	require.Zero(t, status, said)
	require.NotContains(t, s3test.Names(t, store, "photos"), "shop/photos/"+id)
}

func TestSecretsOfPhotosAreChangedWithoutBreakingAddresses(t *testing.T) {
	t.Parallel()
	before, after := strings.Repeat("b", 32), strings.Repeat("a", 32)
	with := func(url, secrets string) *server {
		return startWith(t, url, environment("PHOTO_SECRET", secrets), "--demo", "--now", start)
	}
	s := with("sqlite:"+filepath.Join(t.TempDir(), "shop.db"), before)
	_, address := s.develops(t, s.token(t, auth.Customer, ada))
	require.Zero(t, s.stop())
	both := with(s.url, after+" "+before)
	both.shows(t, address)
	_, renewed := both.develops(t, both.token(t, auth.Customer, ada))
	require.Zero(t, both.stop())
	file := filepath.Join(t.TempDir(), "secret")
	require.NoError(t, os.WriteFile(file, []byte(after+"\n"), 0o600))
	last := startWith(t, s.url, environment("PHOTO_SECRET_FILE", file), "--demo", "--now", start)
	last.shows(t, renewed)
	answer, _ := last.call(t, "GET "+address, "", nil)
	assert.Equal(t, http.StatusNotFound, answer.StatusCode, "the one before is forgotten")
}

func TestAServerKilledInTheMiddleOfAnUploadKeepsOnePhoto(t *testing.T) {
	t.Parallel()
	program, err := built("crash")
	require.NoError(t, err)
	for _, point := range []string{crash.Accepted, crash.Completed} {
		t.Run(point, func(t *testing.T) {
			t.Parallel()
			s := &server{log: newJournal(), url: "sqlite:" + filepath.Join(t.TempDir(), "shop.db")}
			require.Zero(t, startHere(t, s.url, "--demo", "--now", start).stop(), "there is a shop")
			s.cmd = exec.Command(program, "serve", "--demo", "--addr", "127.0.0.1:0", "--now", start)
			s.cmd.Env = append(os.Environ(), "DATABASE_URL="+s.url, "TOKEN_SECRET=", "CRASH_AT="+point)
			s.cmd.Stderr = s.log
			require.NoError(t, s.cmd.Start())
			t.Cleanup(func() { _ = s.cmd.Process.Kill() })
			s.base = "http://" + s.log.await(t, `msg=listening addr=(\S+)`)
			customer := s.token(t, auth.Customer, ada)
			content := phototest.Described(t, 40, 30, 6)
			to := s.announce(t, customer, content)
			require.Equal(t, http.StatusNoContent, s.deliver(t, to, content))
			s.dies(t, customer, to.text("id"))

			next := startHere(t, s.url, "--demo", "--now", start)
			seen, _ := next.call(t, "GET /photos/"+to.text("id"), customer, nil)
			assert.Equal(t, map[string]int{crash.Accepted: http.StatusNotFound, crash.Completed: http.StatusOK}[point], seen.StatusCode)
			done := next.ask(t, customer, completeUpload, map[string]any{"input": map[string]any{"id": to.text("id")}}).fine()
			next.shows(t, done.text("data.photoUploadComplete.photo.url"))
		})
	}
}

// dies asks for the photo, and holds that the server is killed by it.
func (s *server) dies(t *testing.T, token, id string) {
	t.Helper()
	body := `{"query":"mutation { photoUploadComplete(input: {id: \"` + id + `\"}) { photo { id } } }"}`
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.base+"/graphql", strings.NewReader(body))
	require.NoError(t, err)
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(r)
	if err == nil {
		_ = answer.Body.Close()
	}
	require.Error(t, err)
	_ = s.cmd.Wait() // it was killed
	status, ok := s.cmd.ProcessState.Sys().(syscall.WaitStatus)
	require.True(t, ok)
	require.Equal(t, syscall.SIGKILL, status.Signal())
}

// The bound of other requests is over here before the first byte of a body is read.
func TestAPictureMayTakeLongerOnItsWayThanOtherRequests(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	require.NoError(t, seed(t.Context(), s.site.app, s.site.log))
	hers := s.site.app.DB.Client.Customer.Query().Where(customer.Email(ada)).OnlyIDX(auth.AsSystem(t.Context()))
	token, err := s.issuer.Mint(auth.Identity{Subject: "ada", Role: auth.Customer, Email: ada}, time.Hour)
	require.NoError(t, err)
	content := phototest.JPEG(t, 900, 900)
	require.Greater(t, len(content), 8<<10, "more than comes with the header")
	to, err := s.site.app.Returns.CreateUpload(
		auth.With(t.Context(), auth.Principal{ID: hers, Role: auth.Customer, CustomerID: hers}), returns.UploadInput{ContentType: "image/jpeg", Bytes: len(content)},
	)
	require.NoError(t, err)
	h := httptest.NewUnstartedServer(s.handler)
	h.Config.ReadHeaderTimeout, h.Config.IdleTimeout = time.Minute, time.Minute
	h.Config.ReadTimeout, h.Config.WriteTimeout = time.Nanosecond, time.Nanosecond
	h.Start()
	t.Cleanup(h.Close)
	for _, send := range []struct {
		method, path, token string
		want                int
	}{{http.MethodPut, to.URL, "", http.StatusNoContent}, {http.MethodPost, "/photos", "Bearer " + token, http.StatusCreated}} {
		r, err := http.NewRequestWithContext(t.Context(), send.method, h.URL+send.path, bytes.NewReader(content))
		require.NoError(t, err)
		r.Header.Set("Content-Type", "image/jpeg")
		if send.token != "" {
			r.Header.Set("Authorization", send.token)
		}
		answer, err := h.Client().Do(r)
		require.NoError(t, err, send.method)
		require.NoError(t, answer.Body.Close())
		require.Equal(t, send.want, answer.StatusCode, send.method)
	}
}
