package graph

import (
	"context"
	"strings"

	"github.com/99designs/gqlgen/graphql"

	"github.com/vysero/returns/ent"
	"github.com/vysero/returns/graph/model"
	"github.com/vysero/returns/internal/explain"
	"github.com/vysero/returns/internal/policy"
)

// locale is the one to explain in: that of the argument, else the request's.
func (r *Resolver) locale(ctx context.Context, argument *string) string {
	header := strings.Join(graphql.GetOperationContext(ctx).Headers.Values("Accept-Language"), ",")
	if argument == nil {
		return r.Explain.Match(header)
	}
	return r.Explain.Match(*argument, header)
}

// answered explains a verdict: of a request that was filed by where its line stands, of any other as it was asked for just now.
// The return is read for all lines of a page at once.
func (r *Resolver) answered(ctx context.Context, v *model.Verdict, argument *string) ([]string, error) {
	locale := r.locale(ctx, argument)
	if v.Of == nil {
		return r.Explain.Verdict(v.Verdict, locale), nil
	}
	l, err := loadersOf(ctx)
	if err != nil {
		return nil, err
	}
	ret, err := l.returns.load(ctx, v.Of.ReturnID)
	if err != nil {
		return nil, err
	}
	return r.Explain.Filed(v.Verdict, explain.Filed{
		State: ret.State, Reason: v.Of.Reason, Outcome: v.Of.Outcome, Overridden: v.Of.Overridden, HandOverBefore: ret.HandOverBefore,
	}, locale), nil
}

// filedVerdicts are the verdicts of a request with the lines that were filed with them, if any were.
func filedVerdicts(ctx context.Context, ret *ent.ReturnRequest, verdicts []policy.Verdict) ([]*model.Verdict, error) {
	all := make([]*model.Verdict, len(verdicts))
	for i, v := range verdicts {
		all[i] = &model.Verdict{Verdict: v}
	}
	if ret == nil {
		return all, nil
	}
	lines, err := linesOf(ctx, ret)
	for i, line := range lines { // as they were asked for
		all[i].Of = line
	}
	return all, err
}

// judged explains a judgement as it is in force. Its money needs the item, which is read for all inspections of a page at once,
// and not at all where there is no fee to tell.
func (r *Resolver) judged(ctx context.Context, j *model.Judgement, argument *string) ([]string, error) {
	told, money := j.Judgement, explain.Money{FeeAtMost: j.Of.FeeAtMostMinor}
	if len(j.Fees) > 0 {
		l, err := loadersOf(ctx)
		if err != nil {
			return nil, err
		}
		it, err := l.items.load(ctx, j.Of.LineID)
		if err != nil {
			return nil, err
		}
		units := int64(it.Quantity)
		paid := (it.PaidMinor + units - 1) / units
		money.Currency, money.UnitPaid = it.Currency, &paid
	}
	if j.Of.Overridden {
		money.Instead = j.Of.Outcome
		var err error
		if told.RefundShipping, err = r.Returns.RefundsShipping(ctx, j.Of); err != nil {
			return nil, err
		}
	}
	return r.Explain.Judgement(told, money, r.locale(ctx, argument)), nil
}
