package returns

import (
	"time"

	"github.com/vysero/returns/ent/override"
	"github.com/vysero/returns/internal/money"
	"github.com/vysero/returns/internal/policy"
)

// LineInput is some units of one item, and why they are sent back.
type LineInput struct {
	ItemID           string
	Quantity         int
	Reason           policy.Reason
	EverWorked       *bool    // DEFECTIVE: nil where the customer did not say (A12)
	MissingOnArrival []string // packing-list codes (A18)
	MissingPieces    []string // packing-list codes that will not come back: for the estimate
	Comment          *string
}

// PreviewInput is what would be sent back, with the number of photos that would be filed.
type PreviewInput struct {
	Lines  []LineInput
	Photos *int
}

// RequestInput asks for a return.
type RequestInput struct {
	Lines       []LineInput
	PhotoIDs    []string
	Note        *string
	ContactedAt *time.Time // staff: the date of the request (A38)
	FileAnyway  *bool      // staff: file it although it is refused
}

// PhotosInput files uploaded photos with a return.
type PhotosInput struct {
	ID       string
	PhotoIDs []string
	Revision *int
}

// HandOverInput says that the goods are with the carrier.
type HandOverInput struct {
	ID           string
	Carrier      *string
	Tracking     *string
	HandedOverAt *time.Time
	Revision     *int
}

// ReasonInput is an action that needs a reason: a decline, a waived photo.
type ReasonInput struct {
	ID       string
	Reason   string
	Revision *int
}

// CancelInput takes a request back.
type CancelInput struct {
	ID       string
	Reason   *string
	Revision *int
}

// ApproveInput approves, with what the customer is to do.
type ApproveInput struct {
	ID             string
	IdempotencyKey string
	Instructions   string
	InstructionsAt *time.Time
	Revision       *int
}

// EvidenceInput asks for evidence, in words that the customer reads.
type EvidenceInput struct {
	ID       string
	Message  string
	Revision *int
}

// ReceiptInput says what proof of purchase was seen (A27).
type ReceiptInput struct {
	ID       string
	Note     string
	Revision *int
}

// ReceiveInput says what came back, line by line.
type ReceiveInput struct {
	ID         string
	Lines      []ReceivedLine
	ReceivedAt *time.Time
	Revision   *int
}

// ReceivedLine is what came of one line, in units.
type ReceivedLine struct {
	LineID       string
	Received     *int
	Lost         *int
	OtherArrived *int
}

// InspectInput says what was found.
type InspectInput struct {
	ID          string
	Findings    []FoundInput
	InspectedAt *time.Time
	Revision    *int
}

// FoundInput is what was found on units of one line that share one fate.
type FoundInput struct {
	LineID           string
	Units            int
	Packaging        bool
	Missing          []string
	Modified         *bool
	DamagedOnPurpose *bool
	Claim            *policy.Claim
	Note             *string
	PhotoIDs         []string // uploaded before, in no return yet
}

// SettleInput pays for the judged units. ExpectedTotal, where it is given, must be what would be paid.
type SettleInput struct {
	ID             string
	IdempotencyKey string
	ExpectedTotal  *money.Text
	Revision       *int
}

// RetryInput tries a refund again, by its id; or a label, by the id of its return.
type RetryInput struct {
	ID             string
	IdempotencyKey string
}

// RerouteInput sends a part whose method is gone another way: PaymentID or PaidOutside, exactly one of both.
type RerouteInput struct {
	ID             string
	IdempotencyKey string
	TransferID     string
	PaymentID      *string // another payment of the same order
	PaidOutside    *string // how staff have paid it already: a bank transfer's reference, a cheque's number
	Consent        string  // how the customer agreed
}

// OverrideInput puts another outcome in the place of a line's verdict or an inspection's judgement: exactly one of both.
type OverrideInput struct {
	ID                string
	LineID            *string
	Outcome           *policy.Outcome
	InspectionID      *string
	InspectionOutcome *policy.InspectionOutcome
	Code              override.Code // "" is OTHER
	Reason            string
	Revision          *int
}

// DecideOverrideInput is a second person's word on an override.
type DecideOverrideInput struct {
	ID      string
	Approve bool
}

// FeeInput lowers a restocking fee, per unit (A17).
type FeeInput struct {
	ID           string
	InspectionID string
	Fee          money.Text
	Code         override.Code // "" is OTHER
	Reason       string
	Revision     *int
}
