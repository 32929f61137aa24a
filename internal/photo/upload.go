package photo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/vysero/returns/internal/fault"
)

// Upload is a picture that a client may send straight to where pictures are kept: just so many bytes, said to be of one
// content type, for a while.
type Upload struct {
	ID          string
	ContentType string
	Bytes       int64
	For         time.Duration
}

func (u Upload) terms() url.Values {
	return url.Values{"type": {u.ContentType}, "bytes": {strconv.FormatInt(u.Bytes, 10)}}
}

// Invitation tells a client how to send an upload. It needs no token: it is one, for this upload alone.
type Invitation struct {
	Method  string // PUT
	URL     string // begins with "/" where it is this server's and nobody said how the world calls it
	Headers []Header
}

// Header is one that must go with an upload, as it is.
type Header struct{ Name, Value string }

// Direct is a driver whose store takes uploads itself, into the quarantine.
type Direct interface {
	// Invite signs an address of the store's own that takes this upload and nothing else.
	Invite(ctx context.Context, u Upload) (Invitation, error)
}

// Inbox is a driver whose uploads come by way of this program.
type Inbox interface {
	// Receive puts what a client sends into the quarantine, whole or not at all, in the place of what came before.
	Receive(ctx context.Context, id string, r io.Reader) error
}

// Invite says how a client may send an upload: to the store itself where it takes them, else to this server (SendPath).
func (a *Album) Invite(ctx context.Context, u Upload) (Invitation, error) {
	if err := checkID(u.ID); err != nil {
		return Invitation{}, err
	}
	if store, direct := a.driver.(Direct); direct {
		invitation, err := store.Invite(ctx, u)
		if err != nil {
			return Invitation{}, fault.Busy(err)
		}
		return invitation, nil
	}
	return Invitation{Method: http.MethodPut, URL: a.keys.send(u), Headers: []Header{{"Content-Type", u.ContentType}}}, nil
}

// Sent is an upload as it came to this server.
type Sent struct {
	ID          string
	With        url.Values // the parameters of its address
	ContentType string
	Body        io.Reader
}

// MaySend tells whether the parameters of an address allow to send an upload to this server, now.
func (a *Album) MaySend(id string, with url.Values) bool {
	_, may := a.keys.maySend(id, with)
	return may
}

// Receive takes an upload that came to this server, where its address is that of an invitation that is still good; else it
// answers as for one that never was. What comes is not looked at: see Accept.
func (a *Album) Receive(ctx context.Context, sent Sent) error {
	inbox, ok := a.driver.(Inbox)
	u, may := a.keys.maySend(sent.ID, sent.With)
	if !ok || !may || checkID(u.ID) != nil {
		return fault.Missing("", "upload")
	}
	if sent.ContentType != u.ContentType {
		return refuse("The upload was announced as %s, and must come as that.", u.ContentType)
	}
	ctx, cancel := context.WithTimeout(ctx, a.within)
	defer cancel()
	whole := &exactly{r: sent.Body, left: u.Bytes}
	err := inbox.Receive(ctx, u.ID, whole)
	switch {
	case whole.broken != nil:
		return refuse("The upload broke off, or is not as long as was announced. Please send the photo again.").Because(whole.broken)
	case err != nil:
		return fault.Busy(err)
	}
	return nil
}

// exactly reads so many bytes; fewer, or more, are an error.
type exactly struct {
	r      io.Reader
	left   int64
	broken error
}

func (e *exactly) Read(p []byte) (int, error) {
	n, err := e.r.Read(p)
	e.left -= int64(n)
	switch {
	case e.left < 0:
		err = errors.New("more bytes came than were announced")
	case errors.Is(err, io.EOF) && e.left > 0:
		err = io.ErrUnexpectedEOF
	}
	if err != nil && !errors.Is(err, io.EOF) {
		e.broken = err
	}
	return n, err
}

// Accept makes a photo of what a client has sent under the id: as Put does, from the quarantine. Where the id has a photo
// already, it is that one: a program that died in between is not asked again. Nothing has come is STATE_NOT_ALLOWED.
func (a *Album) Accept(ctx context.Context, id string) (Meta, error) {
	if checkID(id) != nil {
		return Meta{}, fault.Missing("", "upload")
	}
	ctx, cancel := context.WithTimeout(ctx, a.within)
	defer cancel()
	meta, err := a.kept(ctx, id)
	if !errors.Is(err, ErrMissing) {
		return meta, err
	}
	meta, failed := a.release(ctx, id)
	if failed == nil {
		return meta, nil
	}
	if meta, err := a.kept(ctx, id); err == nil { // somebody else was faster, and what was sent went away
		return meta, nil
	}
	return Meta{}, failed
}

// kept is what is known of a photo that is there; ErrMissing where there is none.
func (a *Album) kept(ctx context.Context, id string) (Meta, error) {
	body, meta, err := a.driver.Open(ctx, id)
	if errors.Is(err, ErrMissing) {
		return Meta{}, ErrMissing
	}
	if err != nil {
		return Meta{}, fault.Busy(err)
	}
	return meta, closed(body)
}

// release puts what is in quarantine.
func (a *Album) release(ctx context.Context, id string) (Meta, error) {
	sent, err := a.driver.Arrived(ctx, id)
	if errors.Is(err, ErrMissing) {
		return Meta{}, fault.Clash(fault.CodeState, "The photo has not come: send it to the upload's address first.")
	}
	if err != nil {
		return Meta{}, fault.Busy(err)
	}
	meta, err := a.Put(ctx, id, sent)
	if shut := closed(sent); err == nil {
		err = shut
	}
	return meta, err
}

func closed(c io.Closer) error {
	if err := c.Close(); err != nil {
		return fault.Busy(fmt.Errorf("close: %w", err))
	}
	return nil
}

// Forget deletes what a client has sent under the id.
func (a *Album) Forget(ctx context.Context, id string) error {
	ctx, cancel := context.WithTimeout(ctx, a.within)
	defer cancel()
	if err := a.driver.Forget(ctx, id); err != nil {
		return fault.Busy(err)
	}
	return nil
}

// Sweep deletes what was begun or sent before the instant and never became a photo.
func (a *Album) Sweep(ctx context.Context, before time.Time) error {
	if _, err := a.driver.Sweep(ctx, before); err != nil {
		return fault.Busy(err)
	}
	return nil
}

// View is the address at which a photo can be seen for ViewFor by whoever has it.
func (a *Album) View(id string) string { return a.keys.View(id) }

// MayView tells whether the parameters of an address allow to see the photo, now.
func (a *Album) MayView(id string, with url.Values) bool { return a.keys.MayView(id, with) }
