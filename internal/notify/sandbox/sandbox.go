// Package sandbox is a mailbox for development and tests: each mail becomes a file in a folder, which any mail program opens
// and people can read as it is. Nothing leaves the machine.
//
// The folder is its books: a mail is on the disk before Send returns, whole or not at all, under its message id. The same mail
// sent again takes the place of the one before it.
package sandbox

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/wneessen/go-mail"

	"github.com/vysero/returns/internal/notify"
)

// Ending is what the name of a mail's file ends with, after the message id.
const Ending = ".eml"

// Driver writes mails into one folder. It is safe for many goroutines and processes.
type Driver struct {
	root  *os.Root
	newID func() string
}

var _ notify.Driver = (*Driver)(nil)

// Open opens the folder, and makes it where it is missing, readable by its owner alone: mails hold addresses and links.
// newID makes names for files on their way in, which must never repeat.
func Open(dir string, newID func() string) (*Driver, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the folder of mails: %w", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("open the folder of mails: %w", err)
	}
	return &Driver{root: root, newID: newID}, nil
}

// Close lets go of the folder.
func (d *Driver) Close() error { return d.root.Close() }

// Send writes the mail into the folder.
func (d *Driver) Send(ctx context.Context, e notify.Envelope) error {
	message, err := e.Compose(mail.WithEncoding(mail.NoEncoding)) // a file takes every letter, and people read it as it is
	if err != nil {
		return err
	}
	var text bytes.Buffer
	if _, err := message.WriteTo(&text); err != nil {
		return fmt.Errorf("%w: it cannot be written", notify.ErrRefused)
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("%w: %w", notify.ErrNotSent, err)
	}
	if err := d.keep(e.ID+Ending, text.Bytes()); err != nil {
		return fmt.Errorf("%w: %w", notify.ErrNotSent, err)
	}
	return nil
}

// keep brings a file to the disk under a hidden name first, so that nobody reads half of a mail.
func (d *Driver) keep(name string, text []byte) error {
	draft := "." + d.newID()
	file, err := d.root.OpenFile(draft, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(text)
	if err = errors.Join(err, file.Sync(), file.Close()); err == nil {
		err = d.root.Rename(draft, name)
	}
	if err != nil {
		return errors.Join(err, d.root.Remove(draft))
	}
	return d.flush()
}

// flush brings the folder itself to the disk.
func (d *Driver) flush() error {
	folder, err := d.root.Open(".")
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}
