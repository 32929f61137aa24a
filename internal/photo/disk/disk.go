// Package disk keeps photos in a folder of the local disk: one folder a photo, named by its id, with the picture and
// what is known of it side by side, so that a backup of the folder is a backup of the photos.
//
// A photo is written under a hidden name, flushed to the disk and then renamed: after a crash it is there whole or
// not at all. Everything goes through os.Root, so that no name and no link leads out of the folder.
package disk

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"time"

	"github.com/vysero/returns/internal/photo"
)

// Names in the folder. An id never begins with a full stop, so hidden names are never photos.
const (
	hidden  = ".draft-" // on its way in or out
	sent    = ".sent-"  // in quarantine: as a client sent it
	picture = "picture"
	about   = "meta.json"
)

// Driver keeps photos in one folder. It is safe for many goroutines and processes.
type Driver struct {
	root  *os.Root
	newID func() string
}

var (
	_ photo.Driver = (*Driver)(nil)
	_ photo.Inbox  = (*Driver)(nil)
)

// Open opens the folder, and makes it where it is missing, readable by its owner alone. newID makes names for drafts,
// which must never repeat.
func Open(dir string, newID func() string) (*Driver, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the photos' folder: %w", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("open the photos' folder: %w", err)
	}
	return &Driver{root: root, newID: newID}, nil
}

// Close lets go of the folder.
func (d *Driver) Close() error { return d.root.Close() }

// Begin makes a hidden folder for the draft.
func (d *Driver) Begin(ctx context.Context) (photo.Draft, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	name := hidden + d.newID()
	if err := d.root.Mkdir(name, 0o700); err != nil {
		return nil, fmt.Errorf("begin photo: %w", err)
	}
	file, err := d.root.OpenFile(name+"/"+picture, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("begin photo: %w", err), d.root.RemoveAll(name))
	}
	return &draft{File: file, root: d.root, name: name}, nil
}

// Open reads a picture; a file that is not as long as it was is an error, so that half a picture is never served.
func (d *Driver) Open(ctx context.Context, id string) (io.ReadCloser, photo.Meta, error) {
	if err := ctx.Err(); err != nil {
		return nil, photo.Meta{}, err
	}
	if !plain(id) {
		return nil, photo.Meta{}, photo.ErrMissing
	}
	note, err := d.root.ReadFile(id + "/" + about)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, photo.Meta{}, photo.ErrMissing
	}
	if err != nil {
		return nil, photo.Meta{}, fmt.Errorf("read photo: %w", err)
	}
	var meta photo.Meta
	if err := json.Unmarshal(note, &meta); err != nil {
		return nil, photo.Meta{}, fmt.Errorf("read photo: %w", err)
	}
	file, err := d.root.Open(id + "/" + picture)
	if err != nil {
		return nil, photo.Meta{}, fmt.Errorf("read photo: %w", err)
	}
	info, err := file.Stat()
	if err == nil && info.Size() != meta.Bytes {
		err = fmt.Errorf("the picture has %d bytes, not %d", info.Size(), meta.Bytes)
	}
	if err != nil {
		return nil, photo.Meta{}, errors.Join(fmt.Errorf("read photo: %w", err), file.Close())
	}
	return file, meta, nil
}

// Remove renames the photo out of sight first, so that nobody sees half of one.
func (d *Driver) Remove(ctx context.Context, id string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if !plain(id) {
		return nil
	}
	gone := hidden + d.newID()
	err := d.root.Rename(id, gone)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("remove photo: %w", err)
	}
	if err := flush(d.root, "."); err != nil {
		return fmt.Errorf("remove photo: %w", err)
	}
	if err := d.root.RemoveAll(gone); err != nil {
		return fmt.Errorf("remove photo: %w", err)
	}
	return nil
}

// Receive writes what comes to a hidden file, which takes the place of the one before once it is whole.
func (d *Driver) Receive(ctx context.Context, id string, r io.Reader) (err error) {
	if err := ctx.Err(); err != nil {
		return err
	}
	if !plain(id) {
		return fmt.Errorf("receive photo: %q is no name", id)
	}
	name := hidden + d.newID()
	file, err := d.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("receive photo: %w", err)
	}
	_, err = io.Copy(file, r)
	if err = errors.Join(err, file.Close()); err == nil {
		err = errors.Join(ctx.Err(), d.root.Rename(name, sent+id))
	}
	if err != nil {
		return errors.Join(fmt.Errorf("receive photo: %w", err), d.root.RemoveAll(name))
	}
	return nil
}

// Arrived opens what was received.
func (d *Driver) Arrived(ctx context.Context, id string) (io.ReadCloser, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if !plain(id) {
		return nil, photo.ErrMissing
	}
	file, err := d.root.Open(sent + id)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, photo.ErrMissing
	}
	if err != nil {
		return nil, fmt.Errorf("read upload: %w", err)
	}
	return file, nil
}

// Forget deletes what was received.
func (d *Driver) Forget(ctx context.Context, id string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if !plain(id) {
		return nil
	}
	if err := d.root.Remove(sent + id); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("forget upload: %w", err)
	}
	return nil
}

// Sweep deletes what crashes left behind, and uploads that never became photos: what was last touched before the instant, by
// the disk's clock.
func (d *Driver) Sweep(ctx context.Context, before time.Time) (int, error) {
	entries, err := fs.ReadDir(d.root.FS(), ".")
	if err != nil {
		return 0, fmt.Errorf("sweep photos: %w", err)
	}
	swept := 0
	for _, entry := range entries {
		if err := ctx.Err(); err != nil {
			return swept, err
		}
		if !strings.HasPrefix(entry.Name(), hidden) && !strings.HasPrefix(entry.Name(), sent) {
			continue
		}
		info, err := entry.Info()
		if errors.Is(err, fs.ErrNotExist) || err == nil && !info.ModTime().Before(before) {
			continue
		}
		if err := errors.Join(err, d.root.RemoveAll(entry.Name())); err != nil {
			return swept, fmt.Errorf("sweep photos: %w", err)
		}
		swept++
	}
	return swept, nil
}

// draft is a hidden folder with the picture in it.
type draft struct {
	*os.File

	root *os.Root
	name string
	done bool
}

// Keep flushes picture and note, and renames their folder to the id; a folder that is there is never replaced.
func (d *draft) Keep(ctx context.Context, id string, meta photo.Meta) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if !plain(id) {
		return fmt.Errorf("keep photo: %q is no name", id)
	}
	if err := d.write(meta); err != nil {
		return fmt.Errorf("keep photo: %w", err)
	}
	if err := d.root.Rename(d.name, id); err != nil {
		if _, there := d.root.Lstat(id); there == nil {
			return photo.ErrTaken
		}
		return fmt.Errorf("keep photo: %w", err)
	}
	d.done = true
	if err := errors.Join(d.Close(), flush(d.root, ".")); err != nil {
		return fmt.Errorf("keep photo: %w", err)
	}
	return nil
}

// write brings everything inside of the draft's folder to the disk.
func (d *draft) write(meta photo.Meta) error {
	note, err := json.Marshal(meta)
	if err != nil {
		return err
	}
	if err := d.root.WriteFile(d.name+"/"+about, note, 0o600); err != nil {
		return err
	}
	return errors.Join(d.Sync(), flush(d.root, d.name+"/"+about), flush(d.root, d.name))
}

// Discard deletes the draft; after Keep it does nothing.
func (d *draft) Discard() error {
	if d.done {
		return nil
	}
	d.done = true
	return errors.Join(d.Close(), d.root.RemoveAll(d.name))
}

// plain tells whether an id is one visible name in a folder. photo.Album allows less.
func plain(id string) bool {
	return fs.ValidPath(id) && !strings.HasPrefix(id, ".") && !strings.Contains(id, "/")
}

// flush brings a file or folder to the disk.
func flush(root *os.Root, name string) error {
	file, err := root.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(file.Sync(), file.Close())
}
