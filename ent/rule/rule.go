// Package rule says which rows a principal sees, and that rows are written by use cases only. It denies by default: a
// query without a principal, and a write outside of a use case's transaction, fail.
package rule

import (
	"context"

	"entgo.io/ent"
	"entgo.io/ent/entql"

	"github.com/vysero/returns/ent/privacy"
	"github.com/vysero/returns/internal/auth"
)

// byCustomer is a filter of a record that carries the customer whose it is.
type byCustomer interface{ WhereCustomerID(entql.StringP) }

// byID is a filter of any record.
type byID interface{ WhereID(entql.StringP) }

// OwnRows lets customers see the rows that carry their id, and staff all of them. Whoever came by a link to one order sees
// those of them alone from which one of the ways leads to that order: none where the record names no way.
func OwnRows(ways ...Way) ent.Policy {
	return policy(auth.Principal.SeesAll, func(p auth.Principal, f privacy.Filter) error {
		own, ok := f.(byCustomer)
		if !ok {
			return privacy.Denyf("the record has no customer")
		}
		own.WhereCustomerID(entql.StringEQ(p.CustomerID))
		if p.OrderID != "" {
			f.Where(anyOf(p, ways))
		}
		return privacy.Allow
	})
}

// OwnSelf lets customers see the one row that is theirs. Whoever came by a link sees the customer of its order.
func OwnSelf(ways ...Way) ent.Policy {
	return policy(auth.Principal.SeesAll, func(p auth.Principal, f privacy.Filter) error {
		self, ok := f.(byID)
		if !ok {
			return privacy.Denyf("the record has no id")
		}
		self.WhereID(entql.StringEQ(p.CustomerID))
		if p.OrderID != "" {
			f.Where(anyOf(p, ways))
		}
		return privacy.Allow
	})
}

// StaffOnly hides every row from customers and from the shop's own systems: they see none, which is no error.
func StaffOnly() ent.Policy {
	return policy(auth.Principal.Staff, func(_ auth.Principal, f privacy.Filter) error {
		f.Where(nothing())
		return privacy.Allow
	})
}

// policy lets those see every row of whom all says so; for the others rows are scoped.
func policy(all func(auth.Principal) bool, scope func(auth.Principal, privacy.Filter) error) ent.Policy {
	return privacy.Policy{
		Query:    privacy.QueryPolicy{reading(all, scope)},
		Mutation: privacy.MutationPolicy{writing()},
	}
}

func reading(all func(auth.Principal) bool, scope func(auth.Principal, privacy.Filter) error) privacy.FilterFunc {
	return func(ctx context.Context, f privacy.Filter) error {
		p := auth.From(ctx)
		switch {
		case all(p):
			return privacy.Allow
		case p.Role == auth.Customer, p.Role == auth.Service:
			return scope(p, f)
		}
		return privacy.Denyf("nobody asks")
	}
}

type useCase struct{}

// InUseCase marks the context of a use case's transaction: the only place where rows are written.
func InUseCase(ctx context.Context) context.Context { return context.WithValue(ctx, useCase{}, true) }

func writing() privacy.MutationRule {
	return privacy.MutationRuleFunc(func(ctx context.Context, _ ent.Mutation) error {
		if inside, _ := ctx.Value(useCase{}).(bool); inside {
			return privacy.Allow
		}
		return privacy.Denyf("written outside of a use case")
	})
}
