package auth

import (
	"context"
	"slices"

	"github.com/vysero/returns/internal/fault"
)

// Action is something that a role may or may not do. Whose rows it may be done with is another question (ent/rule).
type Action string

// The actions that use cases ask about.
const (
	RecordOrder     Action = "order.record"
	RecordDelivery  Action = "order.deliver"
	PreviewReturn   Action = "return.preview"
	RequestReturn   Action = "return.request"
	FileForCustomer Action = "return.file" // for somebody else, with their date (A38)
	AddPhotos       Action = "return.photos"
	HandOver        Action = "return.handOver"
	CancelReturn    Action = "return.cancel"
	ApproveReturn   Action = "return.approve"
	RetryLabel      Action = "label.retry"
	DeclineReturn   Action = "return.decline"
	AskEvidence     Action = "return.askEvidence"
	WaiveEvidence   Action = "return.waiveEvidence"
	VerifyReceipt   Action = "return.verifyReceipt"
	ReceiveReturn   Action = "return.receive"
	InspectReturn   Action = "return.inspect"
	SettleReturn    Action = "return.settle"
	RetryRefund     Action = "refund.retry"
	RerouteRefund   Action = "refund.reroute"
	ExpireReturn    Action = "return.expire"
	OverrideVerdict Action = "verdict.override"
	ReduceFee       Action = "fee.reduce"
	DraftTerms      Action = "terms.draft"
	PublishTerms    Action = "terms.publish"
	ViewTerms       Action = "terms.view"
	SimulateTerms   Action = "terms.simulate"
	WorkQueue       Action = "returns.list"
	ListReturns     Action = "returns.read"
	ViewReturns     Action = "returns.view" // with photos and labels
	ViewReports     Action = "reports.view"
	ExportCustomer  Action = "customer.export"
	EraseCustomer   Action = "customer.erase"
)

// grants is the whole matrix: who may do what. ADMIN and SYSTEM may do everything in it.
var grants = map[Action][]Role{
	RecordOrder:     {Service},
	RecordDelivery:  {Service, Agent},
	PreviewReturn:   {Customer, Agent, Inspector, Finance, Service},
	RequestReturn:   {Customer, Agent},
	FileForCustomer: {Agent},
	AddPhotos:       {Customer, Agent, Inspector},
	HandOver:        {Customer, Agent},
	CancelReturn:    {Customer, Agent},
	ApproveReturn:   {Agent},
	RetryLabel:      {Agent},
	DeclineReturn:   {Agent},
	AskEvidence:     {Agent},
	WaiveEvidence:   {Agent},
	VerifyReceipt:   {Agent},
	ReceiveReturn:   {Agent, Inspector},
	InspectReturn:   {Inspector},
	SettleReturn:    {Finance},
	RetryRefund:     {Finance},
	RerouteRefund:   {Finance},
	ExpireReturn:    {}, // time alone does it
	OverrideVerdict: {Agent, Finance},
	ReduceFee:       {Agent, Finance},
	DraftTerms:      {}, // ADMIN
	PublishTerms:    {}, // ADMIN, and another one
	ViewTerms:       {Agent, Inspector, Finance},
	SimulateTerms:   {Finance},
	WorkQueue:       {Agent, Inspector, Finance},
	ListReturns:     {Customer, Agent, Inspector, Finance, Service},
	ViewReturns:     {Customer, Agent, Inspector, Finance},
	ViewReports:     {Finance},
	ExportCustomer:  {}, // ADMIN, and whoever has the database: there is no mutation for either
	EraseCustomer:   {},
}

// Can tells whether the role may do the action.
func Can(r Role, a Action) bool {
	roles, known := grants[a]
	return known && (r == Admin || r == System || slices.Contains(roles, r))
}

// May is asked first by every use case: the principal, or UNAUTHENTICATED for nobody, FORBIDDEN for a role that never may.
func May(ctx context.Context, a Action) (Principal, error) {
	p := From(ctx)
	if p.Role == "" {
		return p, Unauthenticated()
	}
	if !Can(p.Role, a) {
		return p, fault.Denied()
	}
	return p, nil
}

// Unauthenticated is the answer to a request without a valid token.
func Unauthenticated() *fault.Error {
	return &fault.Error{Kind: fault.Forbidden, Code: fault.CodeUnauthenticated, Say: "Sign in first: this needs a valid bearer token."}
}
