// Package photo is the port that keeps the pictures of a defect or damage (H2). What comes in is quarantined: it is proved
// by its content to be a JPEG, PNG or WebP picture within bounds, decoded, turned upright and encoded anew. Only that copy
// is kept and shown: nothing but pixels goes over, no place, no camera, nothing that was attached. Names and content types
// that come with an upload are never asked.
package photo

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/vysero/returns/internal/fault"
)

// Bounds of one picture. All are inclusive.
const (
	MaxBytes  = 10 << 20   // 10 MiB
	MaxSide   = 12_000     // pixels
	MaxPixels = 40_000_000 // width times height
)

// What drivers answer where there is nothing to answer with.
var (
	ErrMissing = errors.New("no such photo")
	ErrTaken   = errors.New("the id has a photo")
)

// Meta is what is known of a picture once it was checked.
type Meta struct {
	ContentType string `json:"contentType"` // image/jpeg or image/png; of what is only checked, image/webp as well
	Bytes       int64  `json:"bytes"`
	Width       int    `json:"width"`  // pixels
	Height      int    `json:"height"` // pixels
	SHA256      string `json:"sha256"` // of all bytes, in lower-case hexadecimal
}

// Driver is one place to keep pictures. What it promises is written down as tests in phototest.
type Driver interface {
	// Begin makes room for a picture that nobody can see yet.
	Begin(ctx context.Context) (Draft, error)
	// Open reads a picture; ErrMissing where there is none. The caller closes it.
	Open(ctx context.Context, id string) (io.ReadCloser, Meta, error)
	// Remove forgets a picture; one that is not there is no error.
	Remove(ctx context.Context, id string) error
	// Arrived reads what a client sent into the quarantine under the id; ErrMissing where nothing has come. What is there
	// is whatever came last, whole. The caller closes it.
	Arrived(ctx context.Context, id string) (io.ReadCloser, error)
	// Forget deletes what came into the quarantine; nothing there is no error.
	Forget(ctx context.Context, id string) error
	// Sweep deletes what was begun or sent before the instant, by the store's clock, and never became a photo. It tells how
	// much that was. An instant of a day ago is safe beside uploads under way.
	Sweep(ctx context.Context, before time.Time) (int, error)
}

// Draft is a picture on its way in. It ends with Keep or Discard; Discard after Keep does nothing.
type Draft interface {
	io.Writer
	io.ReaderAt
	// Keep makes the picture visible under the id, whole and durable, or answers ErrTaken and changes nothing.
	Keep(ctx context.Context, id string, meta Meta) error
	Discard() error
}

// Album is what use cases hold. It bounds size and time, checks and cleans each picture before it becomes visible, and
// turns errors into faults.
type Album struct {
	driver Driver
	keys   *Keys
	within time.Duration
}

// Option changes an Album.
type Option func(*Album)

// Within bounds everything but Open and Sweep; two minutes unless told otherwise; only values above zero count. A body that hangs
// inside of Read is for its server to cut off: a context cannot.
func Within(d time.Duration) Option {
	return func(a *Album) {
		if d > 0 {
			a.within = d
		}
	}
}

// New puts an album before the driver. keys sign the addresses at which pictures are shown and sent.
func New(driver Driver, keys *Keys, options ...Option) *Album {
	album := &Album{driver: driver, keys: keys, within: 2 * time.Minute}
	for _, option := range options {
		option(album)
	}
	return album
}

// Put reads a picture to the end of r, at most MaxBytes and one byte of it, checks it and keeps a clean copy under the id: 1
// to 64 letters, digits, "_" and "-". Meta is the copy's. The same picture under the same id again changes nothing and is no
// error. Errors are *fault.Error: PHOTO_REFUSED says in a customer's words what is wrong with the picture, ALREADY_RECORDED
// that the id has another one.
func (a *Album) Put(ctx context.Context, id string, r io.Reader) (meta Meta, err error) {
	if err := checkID(id); err != nil {
		return Meta{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, a.within)
	defer cancel()
	raw, err := a.driver.Begin(ctx)
	if err != nil {
		return Meta{}, fault.Busy(err)
	}
	defer discard(raw, &err)
	size, err := receive(ctx, raw, r)
	if err != nil {
		return Meta{}, err
	}
	found, memory, err := examine(raw, size)
	if err != nil {
		return Meta{}, err
	}
	copied, err := a.driver.Begin(ctx)
	if err != nil {
		return Meta{}, fault.Busy(err)
	}
	defer discard(copied, &err)
	digest := sha256.New()
	meta, err = clean(ctx, io.NewSectionReader(raw, 0, size), found, memory, io.MultiWriter(copied, digest))
	if err != nil {
		return Meta{}, err
	}
	meta.SHA256 = hex.EncodeToString(digest.Sum(nil))
	if err := a.keep(ctx, copied, id, meta); err != nil {
		return Meta{}, err
	}
	return meta, nil
}

// discard ends a draft; that it cannot be is added to what went wrong before, and is no error alone: it is swept later.
func discard(d Draft, err *error) {
	if failed := d.Discard(); failed != nil && *err != nil {
		*err = fault.From(*err).Because(errors.Join(*err, failed))
	}
}

// keep makes the draft visible. A picture that is there already is fine where it is the same one.
func (a *Album) keep(ctx context.Context, draft Draft, id string, meta Meta) error {
	err := draft.Keep(ctx, id, meta)
	if err == nil {
		return nil
	}
	if !errors.Is(err, ErrTaken) {
		return fault.Busy(err)
	}
	body, there, err := a.driver.Open(ctx, id)
	if err != nil {
		return fault.Busy(err)
	}
	if err := body.Close(); err != nil {
		return fault.Busy(err)
	}
	if there != meta {
		return fault.Clash(fault.CodeDiffers, "There is another photo under this id already.")
	}
	return nil
}

// Open reads a picture that was kept; NOT_FOUND where there is none. The caller closes it. Serve it with Meta's
// content type and "X-Content-Type-Options: nosniff", and not inline.
func (a *Album) Open(ctx context.Context, id string) (io.ReadCloser, Meta, error) {
	if checkID(id) != nil {
		return nil, Meta{}, fault.Missing("", "photo")
	}
	body, meta, err := a.driver.Open(ctx, id)
	if errors.Is(err, ErrMissing) {
		return nil, Meta{}, fault.Missing("", "photo")
	}
	if err != nil {
		return nil, Meta{}, fault.Busy(err)
	}
	return body, meta, nil
}

// Remove forgets a picture; one that is not there is no error.
func (a *Album) Remove(ctx context.Context, id string) error {
	if checkID(id) != nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, a.within)
	defer cancel()
	if err := a.driver.Remove(ctx, id); err != nil {
		return fault.Busy(err)
	}
	return nil
}

// checkID refuses every id that could mean something to a file system, a URL or a shell.
func checkID(id string) error {
	if id == "" || len(id) > 64 {
		return fault.Bad(fault.CodeInvalid, "id", "A photo's id has 1 to 64 characters.")
	}
	for _, c := range []byte(id) {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '_', c == '-':
		default:
			return fault.Bad(fault.CodeInvalid, "id", "A photo's id has letters, digits, \"_\" and \"-\" only.")
		}
	}
	return nil
}

// receive copies r into the draft and gives its size. It stops at the first byte too many.
func receive(ctx context.Context, draft io.Writer, r io.Reader) (int64, error) {
	var broken error // what r says, so that it is not taken for the driver's word
	in := reading(func(p []byte) (int, error) {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		n, err := r.Read(p)
		if err != nil && !errors.Is(err, io.EOF) {
			broken = err
		}
		return n, err
	})
	size, err := io.Copy(draft, io.LimitReader(in, MaxBytes+1))
	switch {
	case ctx.Err() != nil:
		return 0, fault.Busy(errors.Join(ctx.Err(), err))
	case broken != nil:
		return 0, refuse("The upload broke off. Please send the photo again.").Because(broken)
	case err != nil:
		return 0, fault.Busy(fmt.Errorf("write photo: %w", err))
	case size > MaxBytes:
		return 0, refuse("The photo is larger than %d MB. Please send a smaller one.", MaxBytes>>20)
	}
	return size, nil
}

// reading is a function that is an io.Reader.
type reading func(p []byte) (int, error)

func (f reading) Read(p []byte) (int, error) { return f(p) }
