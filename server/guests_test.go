package main

import (
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	mailserver "github.com/emersion/go-smtp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/notify/notifytest"
	"github.com/vysero/returns/internal/notify/smtp"
	"github.com/vysero/returns/internal/notify/smtp/smtptest"
)

const (
	linkSecret  = "the-secret-of-links-of-thirty-two-bytes-at-least"
	linkSecret2 = "the-next-secret-of-links-which-is-as-long-as-that"
	sendLink    = `mutation Link($input: OrderLinkSendInput!) { orderLinkSend(input: $input) { accepted userErrors { code field message } } }`
)

// sold is a demo shop that nobody has open any more, and the id of a label in it.
func sold(t *testing.T) (url, label string) {
	t.Helper()
	s := startHere(t, "", "--demo")
	label = s.ask(t, s.token(t, auth.Agent, ""), approve, map[string]any{
		"input": map[string]any{"id": "ret_1016", "idempotencyKey": "k", "instructions": "Pack it well."},
	}).fine().text("data.returnApprove.return.label.id")
	require.Zero(t, s.stop())
	return s.url, label
}

// shopWith starts the shop in development, outside of the demo, with a mail server and the settings of links.
func shopWith(t *testing.T, url string, port int, settings map[string]string) *server {
	t.Helper()
	env := map[string]string{
		"TOKEN_SECRET": fleetSecret, "LINK_SECRET": linkSecret, "SMTP_URL": fmt.Sprintf("smtp://127.0.0.1:%d?tls=off", port),
	}
	maps.Copy(env, settings)
	return startWith(t, url, func(name string) (string, bool) { value, set := env[name]; return value, set },
		"--dev", "--rates", unthrottled, "--link-url", "https://shop.example/returns?lang=en", "--mail-from", "Vysero <returns@shop.example>")
}

func (s *server) asksForLink(t *testing.T, number, email string) string {
	t.Helper()
	said := s.ask(t, "", sendLink, map[string]any{"input": map[string]any{"orderNumber": number, "email": email}})
	whole, is := said.whole.(map[string]any)
	require.True(t, is)
	delete(whole, "extensions") // what is left in whose bucket
	return said.String()
}

// linked is the token in a mail.
func linked(t *testing.T, raw []byte, page string) string {
	t.Helper()
	mail := notifytest.Read(t, raw)
	found := regexp.MustCompile(`(?m)^` + regexp.QuoteMeta(page) + `#token=([\w.-]+)$`).FindStringSubmatch(mail.Text)
	require.NotNil(t, found, mail.Text)
	return found[1]
}

// link asks the demo for a link, and reads it from the folder of mails.
func (s *server) link(t *testing.T, number, email string) string {
	t.Helper()
	s.asksForLink(t, number, email)
	var files []string
	require.Eventually(t, func() bool {
		files, _ = filepath.Glob(filepath.Join(place{DatabaseURL: s.url}.beside("mails"), "*.eml"))
		return len(files) > 0
	}, time.Minute, 50*time.Millisecond)
	raw, err := os.ReadFile(files[0])
	require.NoError(t, err)
	return linked(t, raw, "http://127.0.0.1:0/")
}

func TestAGuestReturnsAnOrderByALinkThatWasMailed(t *testing.T) {
	t.Parallel()
	url, label := sold(t)
	sink := smtptest.Start(t, smtp.Off, "")
	s := shopWith(t, url, sink.Config.Port, nil)
	assert.Contains(t, s.asksForLink(t, "1001", " Ada@Example.COM "), `"accepted": true`)
	token := linked(t, sink.Await(t, 1)[0], "https://shop.example/returns?lang=en")
	require.Equal(t, []string{ada}, sink.Asked())

	got := s.ask(t, token, `{ viewer { role customer { email orders(first: 50) { totalCount } returns(first: 50) { totalCount } } }
		orders(first: 50) { totalCount edges { node { id } } } returns(first: 50) { totalCount } order(number: "1013") { id } return(number: "1016-R1") { id } }`, nil)
	got.fine().has(map[string]any{
		"data.viewer.role": "CUSTOMER", "data.viewer.customer.email": ada, "data.viewer.customer.orders.totalCount": 1.0,
		"data.viewer.customer.returns.totalCount": 0.0, "data.orders.totalCount": 1.0, "data.orders.edges.0.node.id": "ord_1001",
		"data.returns.totalCount": 0.0, "data.order": nil, "data.return": nil,
	})
	for _, d := range []deed{
		question("order", `node(id: "$ID") { id }`, "ord_1013", ""), question("item", `node(id: "$ID") { id }`, "itm_1013_1", ""),
		question("return", `nodes(ids: ["$ID"]) { id }`, "ret_1016", ""), question("photo", `node(id: "$ID") { id }`, "pho_1016", ""),
		question("label", `node(id: "$ID") { id }`, label, ""),
		{name: "photo", line: "GET /photos/$ID", id: "pho_1016"}, {name: "label", line: "GET /labels/$ID.pdf", id: label},
		{name: "upload", line: "POST /photos?return=$ID", body: demoPicture(), headers: []string{"Content-Type", "image/png"}, id: "ret_1016"},
		mutation("returnRequest", "itm_1012_1", `{"lines": [{"itemId": "$ID", "quantity": 1, "reason": "CHANGE_OF_HEART"}]}`),
		mutation("returnCancel", "ret_1016", `{"id": "$ID"}`),
	} {
		assert.Equal(t, "none", d.outcome(t, s, token), "%s %s of another order of hers", d.name, d.id)
	}

	status, text := s.call(t, "POST /photos", token, demoPicture(), "Content-Type", "image/png")
	require.Equal(t, http.StatusCreated, status.StatusCode, string(text))
	photo := reply{t, decoded(t, text)}.text("id")
	sent, address := s.develops(t, token)
	s.shows(t, address)
	filed := s.ask(t, token, request, map[string]any{"input": map[string]any{
		"lines":    []any{map[string]any{"itemId": "itm_1001_1", "quantity": 1, "reason": "CHANGE_OF_HEART"}},
		"photoIds": []any{photo, sent},
	}}).fine()
	id := filed.text("data.returnRequest.return.id")
	status, _ = s.call(t, "GET /photos/"+photo, token, nil)
	assert.Equal(t, http.StatusOK, status.StatusCode)
	s.ask(t, token, `{ returns(first: 50) { totalCount edges { node { id } } } }`, nil).fine().has(map[string]any{
		"data.returns.totalCount": 1.0, "data.returns.edges.0.node.id": id,
	})
	assert.Contains(t, s.ask(t, token, approve, map[string]any{"input": map[string]any{"id": id, "idempotencyKey": "k2", "instructions": "x"}}).String(), "FORBIDDEN")

	require.Zero(t, s.stop())
	assert.NotContains(t, s.log.String(), token)
	assert.NotContains(t, s.log.String(), "@")
	status2, out, errs := run(t, "", "audit", "--books", "--database-url", url)
	require.Zero(t, status2, out+errs)
}

func TestALinkHoldsAsLongAsItsTimeAndItsSecret(t *testing.T) {
	t.Parallel()
	url, _ := sold(t)
	sign := func(secret string, at time.Time) string {
		links, err := auth.NewLinks([][]byte{[]byte(secret)}, func() time.Time { return at })
		require.NoError(t, err)
		token, err := links.Mint(auth.Link{OrderID: "ord_1001", CustomerID: "cus_1"}, 30*time.Minute)
		require.NoError(t, err)
		return token
	}
	status := func(s *server, token string) int {
		got, text := s.call(t, "POST /graphql", token, []byte(`{"query":"{ order(number: \"1001\") { id } }"}`), "Content-Type", "application/json")
		if got.StatusCode == http.StatusOK {
			require.JSONEq(t, `{"id":"ord_1001"}`, jsonAt(t, text, "data.order"))
		}
		return got.StatusCode
	}
	now := time.Now()
	old, next := sign(linkSecret, now), sign(linkSecret2, now)
	s := shopWith(t, url, 1, nil)
	require.Equal(t, http.StatusOK, status(s, old))
	for name, token := range map[string]string{
		"expired": sign(linkSecret, now.Add(-31*time.Minute)), "another secret": next, "the secret of tokens": sign(fleetSecret, now),
		"cut": old[:len(old)-2], "changed": strings.Replace(old, ".", ".e", 1),
	} {
		require.Equal(t, http.StatusUnauthorized, status(s, token), name)
	}
	require.Zero(t, s.stop())
	s = shopWith(t, url, 1, map[string]string{"LINK_SECRET": linkSecret2 + "," + linkSecret})
	require.Equal(t, http.StatusOK, status(s, old), "while secrets are changed")
	require.Equal(t, http.StatusOK, status(s, next))
	require.Zero(t, s.stop())
	file := filepath.Join(t.TempDir(), "secret")
	require.NoError(t, os.WriteFile(file, []byte(linkSecret2+"\n"), 0o600))
	s = shopWith(t, url, 1, map[string]string{"LINK_SECRET": "", "LINK_SECRET_FILE": file})
	require.Equal(t, http.StatusUnauthorized, status(s, old), "the old secret is gone")
	require.Equal(t, http.StatusOK, status(s, next))
}

func TestWhoGuessesLearnsNothingAndWhoInsistsGetsOneMail(t *testing.T) {
	t.Parallel()
	url, _ := sold(t)
	sink := smtptest.Start(t, smtp.Off, "")
	s := shopWith(t, url, sink.Config.Port, nil)
	right := s.asksForLink(t, "1001", ada)
	for _, c := range [][2]string{{"1001", grace}, {"9999", ada}, {"1004", ada}, {"1001", "eve@example.com"}} {
		require.Equal(t, right, s.asksForLink(t, c[0], c[1]))
	}
	for range 100 {
		require.Equal(t, right, s.asksForLink(t, "1001", ada))
	}
	sink.Await(t, 1)
	// By when this is sent, what was asked before it is done. It is asked for in Spanish.
	body := []byte(`{"query":"mutation { orderLinkSend(input: {orderNumber: \"1002\", email: \"ada@example.com\"}) { accepted } }"}`)
	answer, _ := s.call(t, "POST /graphql", "", body, "Content-Type", "application/json", "Accept-Language", "es-MX, en;q=0.5")
	require.Equal(t, http.StatusOK, answer.StatusCode)
	mails := sink.Await(t, 2)
	require.Len(t, mails, 2)
	require.Equal(t, "Vysero: tu enlace al pedido 1002", notifytest.Read(t, mails[1]).Subject)
	require.Equal(t, []string{ada, ada}, sink.Asked())
	assert.Contains(t, s.asksForLink(t, "1001", "ada@example.com\r\nBcc: eve@example.com"), `"INVALID_INPUT"`)
}

func TestAMailWaitsForItsServerOverARestart(t *testing.T) {
	t.Parallel()
	url, _ := sold(t)
	free, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	address := free.Addr().String()
	port := free.Addr().(*net.TCPAddr).Port //nolint:forcetypeassert // it listens on TCP
	require.NoError(t, free.Close())
	s := shopWith(t, url, port, nil)
	s.asksForLink(t, "1001", ada)
	s.log.await(t, `msg="a job failed and will be tried again" kind=(guest.link)`)
	require.Zero(t, s.stop())
	assert.NotContains(t, s.log.String(), "@")
	sink := smtptest.Start(t, smtp.Off, address)
	s = shopWith(t, url, port, nil)
	token := linked(t, sink.Await(t, 1)[0], "https://shop.example/returns?lang=en")
	s.ask(t, token, `{ order(number: "1001") { id } }`, nil).fine().has(map[string]any{"data.order.id": "ord_1001"})
}

func TestAMailThatIsRefusedIsSeenByWhoeverRunsTheProgram(t *testing.T) {
	t.Parallel()
	url, _ := sold(t)
	sink := smtptest.Start(t, smtp.Off, "")
	sink.Answer(&mailserver.SMTPError{Code: 550, EnhancedCode: mailserver.EnhancedCode{5, 1, 1}, Message: "<ada@example.com> is unknown here"})
	s := shopWith(t, url, sink.Config.Port, nil)
	s.asksForLink(t, "1001", ada)
	s.log.await(t, `msg="a job was put aside: see server jobs" kind=(guest.link)`)
	require.Zero(t, s.stop())
	status, out, errs := run(t, "", "jobs", "--database-url", url)
	require.Zero(t, status, errs)
	assert.Contains(t, out, "guest.link")
	assert.Contains(t, out, "550 5.1.1")
	assert.NotContains(t, out, "@")
	assert.NotContains(t, s.log.String(), "@")
}

func TestWithoutItsSettingsNoLinkIsSentAndThatIsSaid(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		settings map[string]string
		says     string
	}{
		"no mail server": {map[string]string{"SMTP_URL": ""}, "no mail can be sent"},
		"no secret":      {map[string]string{"LINK_SECRET": ""}, "unset=LINK_SECRET"},
	} {
		s := shopWith(t, fresh(t), 1, c.settings)
		assert.Contains(t, s.asksForLink(t, "1001", ada), `"NOT_OFFERED"`, name)
		assert.Contains(t, s.log.String(), c.says, name)
		assert.Contains(t, s.log.String(), "guests cannot be sent links to their orders", name)
	}
}

func TestSettingsOfLinksThatCannotWorkSayWhy(t *testing.T) {
	t.Parallel()
	db := fresh(t)
	for name, c := range map[string]struct {
		env  map[string]string
		args string
		says string
	}{
		"a short secret":             {map[string]string{"LINK_SECRET": "short"}, "", "LINK_SECRET"},
		"three secrets":              {map[string]string{"LINK_SECRET": linkSecret2 + "," + linkSecret2 + "," + linkSecret2}, "", "LINK_SECRET"},
		"a secret and a file":        {map[string]string{"LINK_SECRET": linkSecret2, "LINK_SECRET_FILE": "x"}, "", "LINK_SECRET_FILE"},
		"a file that is not there":   {map[string]string{"LINK_SECRET_FILE": filepath.Join(t.TempDir(), "x")}, "", "LINK_SECRET_FILE"},
		"a page in the clear":        {nil, "--link-url http://shop.example/returns", "https://"},
		"a page with a fragment":     {nil, "--link-url https://shop.example/#x", "fragment"},
		"a page that ends early":     {nil, "--link-url https://shop.example/<b>", "--link-url"},
		"a page without a host":      {nil, "--link-url /returns", "--link-url"},
		"a time that is too long":    {nil, "--link-valid 25h", "--link-valid"},
		"a time that is too short":   {nil, "--link-valid 30s", "--link-valid"},
		"a sender that is none":      {map[string]string{"LINK_SECRET": linkSecret, "SMTP_URL": "smtp://127.0.0.1?tls=off"}, "--link-url https://shop.example --mail-from Vysero", "--mail-from"},
		"a mail server that is none": {map[string]string{"LINK_SECRET": strings.Repeat("x", 32), "SMTP_URL": "http://shop:hidden@mail.example"}, "--link-url https://shop.example --mail-from returns@shop.example", "SMTP_URL"},
		"authorities that are none":  {map[string]string{"LINK_SECRET": strings.Repeat("x", 32), "SMTP_URL": "smtp://mail.example", "SMTP_CA_FILE": filepath.Join(t.TempDir(), "x")}, "--link-url https://shop.example --mail-from returns@shop.example", "SMTP_CA_FILE"},
	} {
		log := newJournal()
		p := program{out: io.Discard, err: log, now: time.Now, env: func(name string) (string, bool) {
			if name == secretName {
				return fleetSecret, true
			}
			value, set := c.env[name]
			return value, set
		}}
		args := append([]string{"serve", "--dev", "--addr", "127.0.0.1:0", "--database-url", db}, strings.Fields(c.args)...)
		require.Equal(t, exitFailed, p.run(t.Context(), args), name)
		assert.Contains(t, log.String(), c.says, name)
		assert.NotContains(t, log.String(), "hidden", name)
	}
}

func TestALinkOfACustomerWhoWasErasedOpensNothing(t *testing.T) {
	t.Parallel()
	s := startHere(t, "", "--demo", "--now", start)
	token := s.link(t, "1010", lena)
	s.ask(t, token, `{ order(number: "1010") { number } }`, nil).fine().has(map[string]any{"data.order.number": "1010"})
	status, _, said := run(t, "", "customer", "erase", "--email", lena, "--yes", "--database-url", s.url)
	require.Zero(t, status, said)
	for _, line := range []string{"POST /graphql", "POST /photos"} {
		answer, _ := s.call(t, line, token, demoPicture(), "Content-Type", "image/png")
		assert.Equal(t, http.StatusUnauthorized, answer.StatusCode, line)
	}
}

func TestInTheDemoMailsAreFilesInAFolderThatTheLogNames(t *testing.T) {
	t.Parallel()
	s := startHere(t, "", "--demo", "--now", start)
	token := s.link(t, "1001", ada)
	s.ask(t, token, `{ orders(first: 9) { totalCount edges { node { number } } } }`, nil).fine().
		has(map[string]any{"data.orders.totalCount": 1.0, "data.orders.edges.0.node.number": "1001"})
	folder := place{DatabaseURL: s.url}.beside("mails")
	assert.Contains(t, s.log.String(), folder)
	info, err := os.Stat(filepath.Join(filepath.Dir(folder), "demo-link-secret"))
	require.NoError(t, err)
	assert.Zero(t, info.Mode().Perm()&0o077)
	require.Zero(t, s.stop())
	assert.NotContains(t, s.log.String(), "@")
	assert.NotContains(t, s.log.String(), token)
}

// jsonAt is a part of an answer, as JSON.
func jsonAt(t *testing.T, text []byte, path string) string {
	t.Helper()
	value := reply{t, decoded(t, text)}.at(path)
	return reply{t, value}.String()
}
