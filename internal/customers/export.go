package customers

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"strings"

	"github.com/vysero/returns/ent"
	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/fault"
)

// Format names the shape of an export, with its edition: internal/docs/privacy.md describes it.
const Format = "vysero-returns-customer/1"

// unshown are the parts of an export that the shop's own pages do not show to customers: staff's words and the books.
var unshown = []string{
	"orders[].events", "orders[].refusals", "orders[].notices", "orders[].calls", "orders[].refunds[].postings",
	"orders[].returns[].overrides", "orders[].returns[].lines[].inspections[].note",
	"orders[].returns[].lines[].inspections[].inspector", "orders[].returns[].lines[].inspections[].facts",
}

// File is a file that an export names: a photo or the sheet of a label.
type File struct {
	Name string // photos/pho_….jpeg, labels/lbl_….pdf
	open func(ctx context.Context) (io.ReadCloser, error)
}

// Export writes everything that is on record about one customer as one JSON document, and gives the files that belong to
// it, for Copy. All of it is as of one instant, in the order of ids. One order is in memory at a time, however many there are.
func (s *Service) Export(ctx context.Context, who Who, to io.Writer) (files []File, err error) {
	if _, err := auth.May(ctx, auth.ExportCustomer); err != nil {
		return nil, err
	}
	out := bufio.NewWriter(to)
	err = s.DB.View(ctx, func(ctx context.Context, client *ent.Client) error {
		c, err := find(ctx, client, who)
		if err != nil {
			return err
		}
		x := &export{Service: s, client: client, out: out, who: c}
		err = x.document(ctx)
		files = x.files
		return err
	})
	if err != nil {
		return nil, err
	}
	return files, out.Flush()
}

// Copy writes one file of an export. One that has been erased since is an error.
func (s *Service) Copy(ctx context.Context, f File, to io.Writer) error {
	if _, err := auth.May(ctx, auth.ExportCustomer); err != nil {
		return err
	}
	from, err := f.open(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = from.Close() }() // it was only read
	_, err = io.Copy(to, from)
	return err
}

// photo names the file of a photo.
func (s *Service) photo(p *ent.Photo) File {
	_, ending, _ := strings.Cut(p.ContentType, "/")
	return File{Name: "photos/" + p.ID + "." + ending, open: func(ctx context.Context) (io.ReadCloser, error) {
		picture, _, err := s.Photos.Open(ctx, p.ID)
		return picture, err
	}}
}

// label names the sheet of a label.
func (s *Service) label(l *ent.Label) File {
	return File{Name: "labels/" + l.ID + ".pdf", open: func(ctx context.Context) (io.ReadCloser, error) {
		lab, err := s.DB.Client.Label.Get(ctx, l.ID)
		if ent.IsNotFound(err) || err == nil && len(lab.Pdf) == 0 { // it was erased
			return nil, fault.Missing("", "label")
		}
		if err != nil {
			return nil, err
		}
		return io.NopCloser(bytes.NewReader(lab.Pdf)), nil
	}}
}
