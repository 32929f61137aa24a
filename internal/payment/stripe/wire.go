package stripe

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
	"time"
)

const (
	patience = 30 * time.Second // for one request; callers bound theirs by context
	largest  = 8 << 20          // bytes of an answer: a page of a hundred refunds is far below
)

// oneRequest is a client that sends each request once: no redirects, no second try on another connection. It works on
// a copy of given.
func oneRequest(given *http.Client) *http.Client {
	client := http.Client{Timeout: patience}
	if given != nil {
		client = *given
	}
	if client.Transport == nil {
		client.Transport = http.DefaultTransport
		if ours, ok := http.DefaultTransport.(*http.Transport); ok {
			client.Transport = ours.Clone()
		}
	}
	client.Transport = &once{next: client.Transport}
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &client
}

// once takes from net/http the means to send a request a second time, which it does by itself for requests with an
// idempotency key, takes nothing for an answer that points elsewhere, and bounds what an answer may weigh.
type once struct{ next http.RoundTripper }

// RoundTrip sends the request.
func (o *once) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.GetBody = nil
	answer, err := o.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	if answer.StatusCode/100 == 3 { // stripe-go would read its body as a refund, or as a list of none
		return nil, errors.Join(fmt.Errorf("the answer points elsewhere: %d", answer.StatusCode), answer.Body.Close())
	}
	answer.Body = bounded{io.LimitReader(answer.Body, largest), answer.Body}
	return answer, nil
}

// CloseIdleConnections hands the wish on, as http.Client asks of its transport.
func (o *once) CloseIdleConnections() {
	if closer, ok := o.next.(interface{ CloseIdleConnections() }); ok {
		closer.CloseIdleConnections()
	}
}

type bounded struct {
	io.Reader
	io.Closer
}

// wire watches how far one request got.
type wire struct{ asked, got atomic.Bool }

func (w *wire) on(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn: func(string) { w.asked.Store(true) },
		GotConn: func(httptrace.GotConnInfo) { w.got.Store(true) },
	})
}

// silent is proof that nothing was sent: the transport looked for a connection and never had one. A transport that
// tells nothing proves nothing.
func (w *wire) silent() bool { return w.asked.Load() && !w.got.Load() }
