package stripe_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/internal/leftout"
	"github.com/vysero/returns/internal/payment"
	"github.com/vysero/returns/internal/payment/stripe"
	"github.com/vysero/returns/internal/payment/stripe/stripetest"
)

// stripe-mock is Stripe's own server for tests: it holds requests against Stripe's description of its API, and keeps no
// books. Its description may be of another day than stripe-go's version, so versions are not compared here.
const mockModule = "github.com/stripe/stripe-mock@v0.203.0"

// requireMock is the variable that turns the absence of stripe-mock into a failure.
const requireMock = "REQUIRE_STRIPE_MOCK"

// mock starts stripe-mock and gives its address; false where it cannot be had, which is said aloud.
func mock(t *testing.T) (string, bool) {
	t.Helper()
	program, err := buildMock(t)
	if err != nil {
		leftout.Say(t, requireMock, "request shapes against Stripe's description (stripe-mock, by the module proxy)", err)
		return "", false
	}
	return startMock(t, program), true
}

// buildMock builds it into a folder of its own, from the module cache or the module proxy: it is no dependency of ours.
func buildMock(t *testing.T) (string, error) {
	t.Helper()
	dir := t.TempDir()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	install := exec.CommandContext(ctx, "go", "install", mockModule)
	install.Dir = dir
	install.Env = append(os.Environ(), "GOBIN="+dir, "GOFLAGS=", "GOWORK=off")
	if said, err := install.CombinedOutput(); err != nil {
		return "", errors.Join(err, errors.New(string(said)))
	}
	return filepath.Join(dir, "stripe-mock"), nil
}

func startMock(t *testing.T, program string) string {
	t.Helper()
	running := exec.Command(program, "-http-addr", "127.0.0.1:0", "-https-addr", "127.0.0.1:0")
	out, err := running.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, running.Start())
	ended := make(chan struct{})
	t.Cleanup(func() {
		assert.NoError(t, running.Process.Kill())
		<-ended
	})
	address := make(chan string, 1)
	go func() {
		defer close(ended)
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			if _, found, ok := strings.Cut(lines.Text(), "HTTP at address: "); ok {
				address <- "http://" + found
			}
		}
		_ = running.Wait() // it is killed
	}()
	select {
	case found := <-address:
		return found
	case <-ended:
		require.Fail(t, "stripe-mock ended by itself")
	}
	return ""
}

func TestRequestsHaveTheShapeThatStripeDescribes(t *testing.T) {
	t.Parallel()
	address, ok := mock(t)
	if !ok {
		return
	}
	t.Run("what the driver sends is described", func(t *testing.T) {
		t.Parallel()
		driverAgainstMock(t, address)
	})
	t.Run("what is not described is refused", func(t *testing.T) {
		t.Parallel()
		mockIsAwake(t, address)
	})
	t.Run("our own Stripe answers in the same form", func(t *testing.T) {
		t.Parallel()
		sameForm(t, address)
	})
}

// driverAgainstMock looks at how the requests are answered. What stripe-mock then says is of a refund that is always
// about the same charge.
func driverAgainstMock(t *testing.T, address string) {
	t.Helper()
	for _, ref := range []string{"pi_1", "ch_1"} {
		seen := &lastAnswer{next: http.DefaultTransport}
		driver, err := stripe.New(stripe.Config{
			Key: stripetest.Key, BaseURL: address, HTTPClient: &http.Client{Transport: seen},
		})
		require.NoError(t, err)
		gateway := payment.New(driver)
		_, err = gateway.Refund(t.Context(), four(ref, "a"))
		require.ErrorIs(t, err, payment.ErrUnknown, "the refund is about another charge, and that is noticed")
		assert.Equal(t, http.MethodPost, seen.method)
		assert.Equal(t, http.StatusOK, seen.status, "the request was good: %s", seen.body)
		_, err = gateway.Refunds(t.Context(), ref)
		require.Error(t, err, "likewise")
		assert.Equal(t, http.MethodGet, seen.method)
		assert.Equal(t, http.StatusOK, seen.status, "the request was good: %s", seen.body)
	}
	ref, ok := ask(t, http.MethodGet, address+"/v1/refunds/re_1", "")["charge"].(string)
	require.True(t, ok)
	driver := at(t, address)
	receipt, err := driver.Refund(t.Context(), four(ref, "a"))
	require.NoError(t, err)
	assert.True(t, strings.HasPrefix(receipt.ID, "re_"), receipt.ID)
	assert.Equal(t, four(ref, "a").Amount, receipt.Amount)
	assert.Equal(t, payment.Succeeded, receipt.Status)
	listed, err := driver.Refunds(t.Context(), ref)
	require.NoError(t, err)
	require.Len(t, listed, 1)
	assert.Equal(t, ref, listed[0].ChargeRef)
}

// mockIsAwake is the counterproof.
func mockIsAwake(t *testing.T, address string) {
	t.Helper()
	good := ask(t, http.MethodPost, address+"/v1/refunds", "charge=ch_1&amount=400&metadata[returns_key]=a")
	assert.Equal(t, "refund", good["object"])
	for name, form := range map[string]string{
		"a field that does not exist": "charge=ch_1&key=a",
		"an amount that is a word":    "charge=ch_1&amount=four",
	} {
		refused := ask(t, http.MethodPost, address+"/v1/refunds", form)
		assert.Contains(t, refused, "error", name)
		assert.NotContains(t, refused, "id", name)
	}
}

// sameForm holds the answers of stripetest against stripe-mock's: no field that Stripe does not have, none of another
// kind.
func sameForm(t *testing.T, address string) {
	t.Helper()
	server := stripetest.Start(t)
	charge := server.Capture(10_00, "usd")
	id, err := server.ByHand(charge.Charge, 1_00)
	require.NoError(t, err)
	for _, path := range []string{"/v1/refunds/" + id, "/v1/refunds?charge=" + charge.Charge} {
		ours, theirs := ask(t, http.MethodGet, server.URL+path, ""), ask(t, http.MethodGet, address+path, "")
		assert.Subset(t, slices.Collect(maps.Keys(theirs)), slices.Collect(maps.Keys(ours)), path)
		for field, value := range ours {
			if value != nil && theirs[field] != nil {
				assert.IsType(t, theirs[field], value, "%s of %s", field, path)
			}
		}
	}
}

// ask sends a form and reads the JSON that comes.
func ask(t *testing.T, method, address, form string) map[string]any {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(form))
	require.NoError(t, err)
	request.Header.Set("Authorization", "Bearer "+stripetest.Key)
	request.Header.Set("Stripe-Version", stripetest.Version)
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer func() { assert.NoError(t, answer.Body.Close()) }()
	var object map[string]any
	require.NoError(t, json.NewDecoder(answer.Body).Decode(&object))
	return object
}

// lastAnswer keeps what the driver was told last.
type lastAnswer struct {
	next         http.RoundTripper
	method, body string
	status       int
}

func (l *lastAnswer) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := l.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(answer.Body)
	if err := errors.Join(err, answer.Body.Close()); err != nil {
		return nil, err
	}
	l.method, l.body, l.status = r.Method, string(body), answer.StatusCode
	answer.Body = io.NopCloser(strings.NewReader(l.body))
	return answer, nil
}
