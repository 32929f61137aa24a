// Package reports counts what became of returns, for staff who look after money and goods. It writes nothing. Every report
// is of the requests of one range of time, and of what followed from them, as of one instant: its sections agree with each
// other. What is counted, and how, is in internal/docs/reports.md.
package reports

import (
	"cmp"
	"context"
	"time"

	"github.com/vysero/returns/ent"
	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/calendar"
	"github.com/vysero/returns/internal/fault"
	"github.com/vysero/returns/internal/policy"
	"github.com/vysero/returns/internal/store"
)

// Service holds what reports are read from. Every exported field is needed.
type Service struct {
	DB *store.DB
	// Terms is the book of terms: months are those of the zone of the terms in force.
	Terms func(ctx context.Context) (*policy.Book, error)

	pageSize int // of returns that are held at once; 0 is returnsAtOnce
}

// Input is the range of a report: requests from From on, and before To.
type Input struct{ From, To time.Time }

// maxYears is how long a range may be.
const maxYears = 5

// checked is the range as records keep instants. Errors: INVALID_INPUT at "to".
func (in Input) checked() (Input, error) {
	in.From, in.To = in.From.UTC().Truncate(time.Microsecond), in.To.UTC().Truncate(time.Microsecond)
	switch {
	case in.To.Before(in.From):
		return in, fault.Bad(fault.CodeInvalid, "to", "The range ends before it begins.")
	case in.To.After(in.From.AddDate(maxYears, 0, 0)):
		return in, fault.Bad(fault.CodeInvalid, "to", "A report is of %d years at most.", maxYears)
	}
	return in, nil
}

// Report counts the requests of a range and what followed from them. It needs memory for the catalogue of what was sent
// back, not for the rows. Errors: UNAUTHENTICATED, FORBIDDEN; INVALID_INPUT for a range that ends before it begins, or that
// is longer than five years.
func (s *Service) Report(ctx context.Context, in Input) (*Report, error) {
	if _, err := auth.May(ctx, auth.ViewReports); err != nil {
		return nil, err
	}
	in, err := in.checked()
	if err != nil {
		return nil, err
	}
	book, err := s.Terms(ctx)
	if err != nil {
		return nil, err
	}
	now := s.DB.Now()
	zone, err := calendar.Zone(book.At(now).Terms.Zone)
	if err != nil {
		return nil, err
	}
	c := newCount(in, now, zone)
	c.pageSize = cmp.Or(s.pageSize, returnsAtOnce)
	err = s.DB.View(ctx, func(ctx context.Context, client *ent.Client) error {
		c.client = client
		for _, part := range []func(context.Context) error{c.filed, c.lines, c.products, c.sold, c.refusals, c.declined, c.lowered, c.judged} {
			if err := part(ctx); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return c.report(), nil
}
