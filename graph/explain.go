package graph

import (
	"context"
	"strings"

	"github.com/99designs/gqlgen/graphql"

	"github.com/vysero/returns/graph/model"
	"github.com/vysero/returns/internal/explain"
)

// locale is the one to explain in: that of the argument, else the request's.
func (r *Resolver) locale(ctx context.Context, argument *string) string {
	header := strings.Join(graphql.GetOperationContext(ctx).Headers.Values("Accept-Language"), ",")
	if argument == nil {
		return r.Explain.Match(header)
	}
	return r.Explain.Match(*argument, header)
}

// judged explains a judgement. Its money needs a currency, which is read for all inspections of a page at once, and not at
// all where there is no fee to tell.
func (r *Resolver) judged(ctx context.Context, j *model.Judgement, argument *string) ([]string, error) {
	money := explain.Money{FeeAtMost: j.Of.FeeAtMostMinor}
	if len(j.Fees) > 0 {
		l, err := loadersOf(ctx)
		if err != nil {
			return nil, err
		}
		if money.Currency, err = l.currencies.load(ctx, j.Of.LineID); err != nil {
			return nil, err
		}
	}
	return r.Explain.Judgement(j.Judgement, money, r.locale(ctx, argument)), nil
}
