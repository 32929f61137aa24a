// Package lifecycle is the one table of a return's states and moves. Use cases ask it before they change a state,
// Return.availableActions reads it, and the diagram in internal/docs/lifecycle.md is generated from it.
package lifecycle

import (
	"slices"
	"strings"
	"time"
)

// State of a return.
type State string

// The states of a return.
const (
	Requested        State = "REQUESTED"         // filed; staff decide
	AwaitingEvidence State = "AWAITING_EVIDENCE" // filed and dated; photos or a receipt are missing
	Approved         State = "APPROVED"          // instructions are out; the customer sends the goods
	Expired          State = "EXPIRED"           // the time to hand the goods over passed, and nobody told of a hand-over
	HandedOver       State = "HANDED_OVER"       // with the carrier
	Received         State = "RECEIVED"          // some of it is here; more is to come, or to be inspected
	Inspected        State = "INSPECTED"         // every unit is judged; to be settled
	Refunding        State = "REFUNDING"         // money is on its way to the provider
	RefundFailed     State = "REFUND_FAILED"     // the provider refused a transfer; the duty stands
	Refunded         State = "REFUNDED"          // every unit is settled, and money was paid
	Closed           State = "CLOSED"            // every unit is settled, and nothing was to be paid
	Declined         State = "DECLINED"
	Cancelled        State = "CANCELLED"
)

// States lists every state, in the order of a return's life.
func States() []State {
	return []State{
		Requested, AwaitingEvidence, Approved, Expired, HandedOver, Received, Inspected,
		Refunding, RefundFailed, Refunded, Closed, Declined, Cancelled,
	}
}

// Values lists every state as text, as the records want it.
func (State) Values() []string {
	values := make([]string, 0, len(States()))
	for _, s := range States() {
		values = append(values, string(s))
	}
	return values
}

// Terminal tells whether nothing follows the state.
func (s State) Terminal() bool { return len(Actions(s)) == 0 }

// NeverDue stands for "nothing is due": it sorts after every real date.
var NeverDue = time.Date(9999, time.December, 31, 0, 0, 0, 0, time.UTC)

// Action is something that is done with a return.
type Action string

// The actions. Each is one mutation, but for Expire, which time does, and Paid and PayFailed: these are the payment
// provider's answers.
const (
	AddPhotos       Action = "ADD_PHOTOS"
	RequestEvidence Action = "REQUEST_EVIDENCE"
	WaiveEvidence   Action = "WAIVE_EVIDENCE"
	VerifyReceipt   Action = "VERIFY_RECEIPT"
	Approve         Action = "APPROVE"
	Decline         Action = "DECLINE"
	Cancel          Action = "CANCEL"
	HandOver        Action = "HAND_OVER"
	Receive         Action = "RECEIVE"
	Inspect         Action = "INSPECT"
	Settle          Action = "SETTLE"
	RetryRefund     Action = "RETRY_REFUND"
	Reroute         Action = "REROUTE_REFUND"
	Override        Action = "OVERRIDE_VERDICT"
	ReduceFee       Action = "REDUCE_FEE"
	Expire          Action = "EXPIRE"     // the last day for the hand-over is over
	Paid            Action = "PAID"       // the provider accepted every transfer
	PayFailed       Action = "PAY_FAILED" // the provider refused one, or sent back what it had accepted
)

// Move is one row of the table: the action leads from one state to any of To; the facts choose which.
type Move struct {
	From State
	Do   Action
	To   []State
}

// Moves returns the whole table, in the order of the states.
func Moves() []Move {
	return []Move{
		{Requested, AddPhotos, []State{Requested}},
		{Requested, RequestEvidence, []State{AwaitingEvidence}},
		{Requested, Approve, []State{Approved}},
		{Requested, Decline, []State{Declined}},
		{Requested, Cancel, []State{Cancelled}},
		{Requested, Override, []State{Requested}},

		{AwaitingEvidence, AddPhotos, []State{AwaitingEvidence, Requested}},
		{AwaitingEvidence, RequestEvidence, []State{AwaitingEvidence}},
		{AwaitingEvidence, WaiveEvidence, []State{AwaitingEvidence, Requested}},
		{AwaitingEvidence, VerifyReceipt, []State{AwaitingEvidence, Requested, Approved}},
		{AwaitingEvidence, Decline, []State{Declined}},
		{AwaitingEvidence, Cancel, []State{Cancelled}},
		{AwaitingEvidence, Override, []State{AwaitingEvidence}},

		{Approved, HandOver, []State{HandedOver}},
		{Approved, Receive, []State{Received, Inspected}},
		{Approved, Cancel, []State{Cancelled}},
		{Approved, Expire, []State{Expired}},

		{Expired, HandOver, []State{HandedOver}},
		{Expired, Receive, []State{Received, Inspected}},

		{HandedOver, Receive, []State{Received, Inspected}},

		{Received, Receive, []State{Received, Inspected}},
		{Received, Inspect, []State{Received, Inspected}},
		{Received, Override, []State{Received}},
		{Received, ReduceFee, []State{Received}},
		{Received, Settle, []State{Received}},

		{Inspected, Override, []State{Inspected}},
		{Inspected, ReduceFee, []State{Inspected}},
		{Inspected, Settle, []State{Inspected, Refunding, RefundFailed, Refunded, Closed}},

		{Refunding, Paid, []State{Refunded}},
		{Refunding, PayFailed, []State{RefundFailed}},
		{Refunding, RetryRefund, []State{Refunding}},

		{RefundFailed, RetryRefund, []State{Refunding}},
		{RefundFailed, Reroute, []State{RefundFailed, Refunding, Refunded}},
		{RefundFailed, Paid, []State{Refunded}},

		{Refunded, PayFailed, []State{RefundFailed}},
	}
}

// May tells whether the action is allowed in the state.
func May(from State, do Action) bool { return find(from, do) != nil }

// Leads tells whether the table lets the action lead from one state to the other.
func Leads(from State, do Action, to State) bool {
	m := find(from, do)
	return m != nil && slices.Contains(m.To, to)
}

// Actions lists what people may do in the state, in the order of the table: not what time and the provider do.
func Actions(from State) []Action {
	var list []Action
	for _, m := range Moves() {
		if m.From == from && m.Do != Expire && m.Do != Paid && m.Do != PayFailed {
			list = append(list, m.Do)
		}
	}
	return list
}

func find(from State, do Action) *Move {
	for _, m := range Moves() {
		if m.From == from && m.Do == do {
			return &m
		}
	}
	return nil
}

// Diagram draws the table as a Mermaid state diagram.
func Diagram() string {
	var b strings.Builder
	b.WriteString("stateDiagram-v2\n")
	b.WriteString("    [*] --> " + string(Requested) + ": request\n")
	b.WriteString("    [*] --> " + string(AwaitingEvidence) + ": request without evidence\n")
	b.WriteString("    [*] --> " + string(Approved) + ": clear-cut change of heart\n")
	for _, m := range Moves() {
		for _, to := range m.To {
			if to != m.From {
				b.WriteString("    " + string(m.From) + " --> " + string(to) + ": " + strings.ToLower(strings.ReplaceAll(string(m.Do), "_", " ")) + "\n")
			}
		}
	}
	for _, s := range States() {
		if s.Terminal() {
			b.WriteString("    " + string(s) + " --> [*]\n")
		}
	}
	return b.String()
}
