package main

import (
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/customers"
	"github.com/vysero/returns/internal/fault"
)

// customerCmd is server customer.
type customerCmd struct {
	Export customerExportCmd `cmd:"" help:"Write everything that is on record about one customer."`
	Erase  customerEraseCmd  `cmd:"" help:"Take one customer out of the records; the books stay whole."`
}

// whoseFlags name one customer.
type whoseFlags struct {
	Email string `required:"" xor:"whose" placeholder:"EMAIL" help:"The customer's e-mail address. Others on this machine can read it: --id says less."`
	ID    string `required:"" xor:"whose" name:"id" placeholder:"ID" help:"The customer's id, cus_…."`
}

func (w whoseFlags) who() customers.Who { return customers.Who{ID: w.ID, Email: w.Email} }

// customerExportCmd is server customer export.
type customerExportCmd struct {
	Place  place      `embed:""`
	Whose  whoseFlags `embed:""`
	Photos storeFlags `embed:"" prefix:"photo-"`
	Out    string     `placeholder:"FILE.zip" help:"Write a new ZIP archive that you alone can read: the document, the photos, the labels."`
}

// Help is shown by server customer export --help.
func (customerExportCmd) Help() string {
	return `Prints one JSON document: the customer, their orders, and with each its items, payments, returns, refunds and events, staff's
notes included. Photos and labels are named in it; with --out they are beside it. internal/docs/privacy.md tells the shape.

Examples:
  server customer export --email ada@example.com > ada.json
  server customer export --id cus_01jf… --out ada.zip`
}

// Run writes the export.
func (c customerExportCmd) Run(ctx context.Context, p program) (err error) {
	app, err := openShop(ctx, p, c.Place, photoFlags{storeFlags: c.Photos})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, app.Close()) }()
	ctx = auth.AsSystem(ctx)
	if c.Out == "" {
		_, err = app.Customers.Export(ctx, c.Whose.who(), p.out)
		return spoken(err)
	}
	files, err := archive(ctx, app.Customers, c)
	if err != nil {
		return spoken(err)
	}
	_, err = fmt.Fprintf(p.err, "wrote customer.json and %d files\n", files)
	return err
}

// archive writes the archive whole, or leaves none behind. It tells how many files are in it beside the document.
func archive(ctx context.Context, from *customers.Service, c customerExportCmd) (files int, err error) {
	to, err := os.OpenFile(c.Out, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return 0, fmt.Errorf("the archive cannot be made: %w", err)
	}
	defer func() {
		if err = errors.Join(err, to.Close()); err != nil {
			err = errors.Join(err, os.Remove(c.Out))
		}
	}()
	pack := zip.NewWriter(to)
	document, err := pack.Create("customer.json")
	if err != nil {
		return 0, err
	}
	list, err := from.Export(ctx, c.Whose.who(), document)
	if err != nil {
		return 0, err
	}
	for _, file := range list {
		// Pictures are as small as they get. Without an instant the same records make the same archive.
		entry, err := pack.CreateHeader(&zip.FileHeader{Name: file.Name, Method: zip.Store})
		if err != nil {
			return 0, err
		}
		if err := from.Copy(ctx, file, entry); err != nil {
			return 0, fmt.Errorf("%s: %w", file.Name, err)
		}
	}
	return len(list), errors.Join(pack.Close(), to.Sync())
}

// customerEraseCmd is server customer erase.
type customerEraseCmd struct {
	Place  place      `embed:""`
	Whose  whoseFlags `embed:""`
	Photos storeFlags `embed:"" prefix:"photo-"`
	Lost   bool       `name:"lost-photos" help:"Erase although files of photos are lost; else nothing is erased where one is not there."`
	By     string     `default:"system" placeholder:"CODE" help:"Who decided it: a ticket's number or staff's id, no name. (default ${default})"`
	Yes    bool       `help:"Erase. Without it only what would be erased is told."`
}

// Help is shown by server customer erase --help.
func (customerEraseCmd) Help() string {
	return `Takes out name, addresses, notes, reasons and comments, labels, tracking numbers and photos. Orders, returns, refunds and the
journal stay with their amounts, verdicts with their facts; server audit and server terms replay find what they found before.
It cannot be undone, and copies of the database that were made before still hold everything.

While a return is open or a refund is owed it is refused, and each is told. Run again, it finishes what was cut off: by
--id then, since no address is left. PHOTO_STORE, or DATA_DIR, must be the server's: without its photos nothing is erased.

Examples:
  server customer erase --email ada@example.com
  server customer erase --id cus_01jf… --by ticket-4711 --yes`
}

// Run erases, or tells what would be.
func (c customerEraseCmd) Run(ctx context.Context, p program) (err error) {
	app, err := openShop(ctx, p, c.Place, photoFlags{storeFlags: c.Photos})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, app.Close()) }()
	done, err := app.Customers.Erase(auth.AsSystem(ctx), customers.EraseInput{Who: c.Whose.who(), By: c.By, Rehearse: !c.Yes, LostPhotos: c.Lost})
	if err != nil {
		return spoken(err)
	}
	return c.tell(p.out, done)
}

func (c customerEraseCmd) tell(to io.Writer, done customers.Erasure) error {
	verb := "erased"
	if !c.Yes {
		verb = "would be erased"
	}
	_, err := fmt.Fprintf(to, "%s %s: of %d orders, %d returns, %d events and %d photos\n",
		done.CustomerID, verb, done.Orders, done.Returns, done.Texts, done.Photos)
	switch {
	case err != nil:
		return err
	case !c.Yes:
		_, err = fmt.Fprintln(to, "nothing was changed: add --yes, and it cannot be undone")
		return errors.Join(err, errTold)
	case done.Files != nil:
		return fmt.Errorf("photos are still there; a server goes on with them, or this command with --id %s: %w", done.CustomerID, done.Files)
	}
	return nil
}

// spoken is an error as a person at a terminal reads it: the sentences of faults, each on a line.
func spoken(err error) error {
	all := []error{err}
	if several, ok := err.(interface{ Unwrap() []error }); ok {
		all = several.Unwrap()
	}
	var lines []string
	for _, one := range all {
		said, ok := errors.AsType[*fault.Error](one)
		if !ok || said.Kind == fault.Unavailable {
			return err
		}
		lines = append(lines, said.Say)
	}
	return errors.New(strings.Join(lines, "\n"))
}
