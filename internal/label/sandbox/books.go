package sandbox

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/vysero/returns/internal/label"
)

// Sale is one label in the books.
type Sale struct {
	Key          string `json:"key"`
	ReturnNumber string `json:"returnNumber"`
	Tracking     string `json:"tracking"`
	Order        string `json:"order"` // a digest of what was ordered
	Voided       bool   `json:"-"`
}

// books are a folder. A file is whole or not there: its name is given to it when it is written.
type books struct{ folder string }

// The ends of the names of files.
const (
	soldEnd = ".sold.json"
	voidEnd = ".void"
)

func openBooks(folder string) (books, error) {
	return books{folder}, os.MkdirAll(folder, 0o700)
}

// path is a file about a key, which may hold what no file's name may.
func (b books) path(key, end string) string {
	digest := sha256.Sum256([]byte(key))
	return filepath.Join(b.folder, hex.EncodeToString(digest[:16])+end)
}

// sell books the label of an order, unless it is there; the same key sells one order, and none once it is voided.
func (b books) sell(o label.Order, number string) error {
	digest := sha256.Sum256(fmt.Appendf(nil, "%q", o))
	sale := Sale{Key: o.Key, ReturnNumber: o.ReturnNumber, Tracking: number, Order: hex.EncodeToString(digest[:])}
	if err := b.valid(o.Key); err != nil {
		return err
	}
	path := b.path(o.Key, soldEnd)
	if err := write(path, sale); err != nil {
		return fmt.Errorf("%w: %w", label.ErrUnknown, err)
	}
	first, err := read(path)
	if err != nil {
		return fmt.Errorf("%w: %w", label.ErrUnknown, err)
	}
	if first.Order != sale.Order {
		return fmt.Errorf("%w: it was sold for %s", label.ErrKeyReused, first.ReturnNumber)
	}
	return b.valid(o.Key) // it may have been voided meanwhile
}

// valid refuses a key that was voided.
func (b books) valid(key string) error {
	switch _, err := os.Stat(b.path(key, voidEnd)); {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("%w: %w", label.ErrUnknown, err)
	}
	return fmt.Errorf("%w: its key was voided", label.ErrInvalid)
}

func (b books) void(key string) error {
	if err := write(b.path(key, voidEnd), struct{}{}); err != nil {
		return fmt.Errorf("%w: %w", label.ErrUnknown, err)
	}
	return nil
}

func (b books) sold() ([]Sale, error) {
	files, err := filepath.Glob(filepath.Join(b.folder, "*"+soldEnd))
	if err != nil {
		return nil, err
	}
	all := make([]Sale, len(files))
	for i, path := range files {
		if all[i], err = read(path); err != nil {
			return nil, err
		}
		_, err := os.Stat(strings.TrimSuffix(path, soldEnd) + voidEnd)
		all[i].Voided = err == nil
	}
	return all, nil
}

// write makes a file that holds v, unless there is one of that name: whoever comes first has written it.
func write(path string, v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	draft, err := os.CreateTemp(filepath.Dir(path), ".draft-*")
	if err != nil {
		return err
	}
	_, err = draft.Write(text)
	err = errors.Join(err, draft.Sync(), draft.Close())
	if err == nil {
		if err = os.Link(draft.Name(), path); errors.Is(err, fs.ErrExist) {
			err = nil
		}
	}
	return errors.Join(err, os.Remove(draft.Name()))
}

func read(path string) (s Sale, err error) {
	text, err := os.ReadFile(path) //nolint:gosec // a file of the books
	if err != nil {
		return s, err
	}
	err = json.Unmarshal(text, &s)
	return s, err
}
