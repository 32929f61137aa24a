package terms

import (
	"context"
	"strconv"

	entsql "entgo.io/ent/dialect/sql"

	"github.com/vysero/returns/ent/edition"
	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/fault"
	"github.com/vysero/returns/internal/policy"
)

// Named finds the terms of an edition as people call it: the number of one that was published, the id of any, or a version.
// Of several that call themselves by one version it is the published one, else the latest that was written.
// Error: NOT_FOUND.
func (s *Service) Named(ctx context.Context, name string) (*policy.Terms, error) {
	if _, err := auth.May(ctx, auth.ViewTerms); err != nil {
		return nil, err
	}
	called := edition.Or(edition.ID(name), edition.Version(name))
	if number, err := strconv.Atoi(name); err == nil {
		called = edition.Or(called, edition.Number(number))
	}
	found, err := s.DB.Client.Edition.Query().Where(called).
		Order(edition.ByNumber(entsql.OrderNullsLast()), edition.ByDraftedAt(entsql.OrderDesc()), edition.ByID(entsql.OrderDesc())).All(ctx)
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, fault.Missing("", "edition of the terms")
	}
	best := found[0]
	for _, e := range found {
		if e.Number != nil && strconv.Itoa(*e.Number) == name {
			best = e // a number is a number, whatever others call themselves
		}
	}
	return termsOf(best)
}
