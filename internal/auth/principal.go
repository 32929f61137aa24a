// Package auth says who asks and what they may do. Rows are scoped in ent/rule; here are the roles and their actions.
package auth

import (
	"context"
	"slices"
)

// Role of a principal.
type Role string

// The roles. Agent, Inspector, Finance and Admin are staff; Service is one of the shop's own systems.
const (
	Customer  Role = "CUSTOMER"
	Agent     Role = "AGENT"
	Inspector Role = "INSPECTOR"
	Finance   Role = "FINANCE"
	Admin     Role = "ADMIN"
	Service   Role = "SERVICE"
	// System is the program itself: imports, the demo shop, unfinished work. No token carries it.
	System Role = "SYSTEM"
)

// Roles lists the roles that a token may carry.
func Roles() []Role { return []Role{Customer, Agent, Inspector, Finance, Admin, Service} }

// Principal is who asks. The zero value is nobody: it may do nothing and sees nothing.
type Principal struct {
	ID         string // stable and without personal data in it: what events and logs name
	Role       Role
	CustomerID string // CUSTOMER only: whose rows may be seen; "" sees none
	OrderID    string // of those, this order's alone, for whoever came by a link to it; "" for everybody else
}

// Guest is who comes by a link to one order: a customer who sees nothing but that order and what belongs to it.
func Guest(l Link) Principal {
	return Principal{ID: "guest-" + l.OrderID, Role: Customer, CustomerID: l.CustomerID, OrderID: l.OrderID}
}

// Staff tells whether the principal works for the shop and may see every customer's rows.
func (p Principal) Staff() bool {
	return slices.Contains([]Role{Agent, Inspector, Finance, Admin, System}, p.Role)
}

// SeesAll tells whether rows are not scoped to one customer: staff, and the shop's own systems; nobody who has a link.
func (p Principal) SeesAll() bool { return p.OrderID == "" && (p.Staff() || p.Role == Service) }

type key struct{}

// With puts the principal into the context.
func With(ctx context.Context, p Principal) context.Context { return context.WithValue(ctx, key{}, p) }

// From takes it out; nobody where there is none.
func From(ctx context.Context) Principal {
	p, _ := ctx.Value(key{}).(Principal)
	return p
}

// AsSystem is the context in which the program itself acts.
func AsSystem(ctx context.Context) context.Context {
	return With(ctx, Principal{ID: "system", Role: System})
}
