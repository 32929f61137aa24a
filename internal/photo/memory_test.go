package photo_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"time"

	"github.com/vysero/returns/internal/photo"
)

var (
	errFull  = errors.New("no space left on the device")
	errStuck = errors.New("the draft does not go away")
)

// memory is a place with room for one draft, which it never keeps; a full one does not even take its bytes.
type memory struct {
	content         []byte
	full, discarded bool
}

func (m *memory) Begin(context.Context) (photo.Draft, error) { return m, nil }

func (m *memory) Open(context.Context, string) (io.ReadCloser, photo.Meta, error) {
	return nil, photo.Meta{}, photo.ErrMissing
}

func (m *memory) Remove(context.Context, string) error { return nil }

func (m *memory) Arrived(context.Context, string) (io.ReadCloser, error) {
	return nil, photo.ErrMissing
}

func (m *memory) Forget(context.Context, string) error { return nil }

func (m *memory) Sweep(context.Context, time.Time) (int, error) { return 0, nil }

func (m *memory) Write(p []byte) (int, error) {
	if m.full {
		return 0, errFull
	}
	m.content = append(m.content, p...)
	return len(p), nil
}

func (m *memory) ReadAt(p []byte, at int64) (int, error) {
	return bytes.NewReader(m.content).ReadAt(p, at)
}

func (m *memory) Keep(context.Context, string, photo.Meta) error { return errFull }

func (m *memory) Discard() error {
	m.discarded = true
	if m.full {
		return errStuck
	}
	return nil
}

// endless is a body that never ends.
type endless struct{ read int64 }

func (e *endless) Read(p []byte) (int, error) {
	e.read += int64(len(p))
	return len(p), nil
}
