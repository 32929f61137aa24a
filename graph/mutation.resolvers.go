package graph

import (
	"context"

	"github.com/vysero/returns/graph/generated"
	"github.com/vysero/returns/graph/model"
	"github.com/vysero/returns/internal/guests"
	"github.com/vysero/returns/internal/orders"
	"github.com/vysero/returns/internal/returns"
	"github.com/vysero/returns/internal/terms"
)

// OrderLinkSend is the resolver for the orderLinkSend field.
func (r *mutationResolver) OrderLinkSend(ctx context.Context, input guests.LinkInput) (*model.OrderLinkSendPayload, error) {
	err := r.Guests.SendLink(ctx, input, r.locale(ctx, nil))
	wrong, err := userErrors(err, "input")
	return &model.OrderLinkSendPayload{Accepted: len(wrong) == 0, UserErrors: wrong}, err
}

// ReturnRequest is the resolver for the returnRequest field.
func (r *mutationResolver) ReturnRequest(ctx context.Context, input returns.RequestInput) (*model.ReturnRequestPayload, error) {
	done, verdicts, err := r.Returns.Request(ctx, input)
	wrong, err := userErrors(err, "input")
	if err != nil {
		return nil, err
	}
	told, err := filedVerdicts(ctx, done, verdicts)
	return &model.ReturnRequestPayload{Return: done, Verdicts: told, UserErrors: wrong}, err
}

// PhotoUploadCreate is the resolver for the photoUploadCreate field.
func (r *mutationResolver) PhotoUploadCreate(ctx context.Context, input returns.UploadInput) (*model.PhotoUploadCreatePayload, error) {
	done, err := r.Returns.CreateUpload(ctx, input)
	wrong, err := userErrors(err, "input")
	return &model.PhotoUploadCreatePayload{Upload: done, UserErrors: wrong}, err
}

// PhotoUploadComplete is the resolver for the photoUploadComplete field.
func (r *mutationResolver) PhotoUploadComplete(ctx context.Context, input returns.CompleteUploadInput) (*model.PhotoUploadCompletePayload, error) {
	done, err := r.Returns.CompleteUpload(ctx, input)
	wrong, err := userErrors(err, "input")
	return &model.PhotoUploadCompletePayload{Photo: done, UserErrors: wrong}, err
}

// ReturnPhotosAdd is the resolver for the returnPhotosAdd field.
func (r *mutationResolver) ReturnPhotosAdd(ctx context.Context, input returns.PhotosInput) (*model.ReturnPhotosAddPayload, error) {
	done, err := r.Returns.AddPhotos(ctx, input)
	wrong, err := userErrors(err, "input")
	return &model.ReturnPhotosAddPayload{Return: done, UserErrors: wrong}, err
}

// ReturnHandOver is the resolver for the returnHandOver field.
func (r *mutationResolver) ReturnHandOver(ctx context.Context, input returns.HandOverInput) (*model.ReturnHandOverPayload, error) {
	done, err := r.Returns.HandOver(ctx, input)
	wrong, err := userErrors(err, "input")
	return &model.ReturnHandOverPayload{Return: done, UserErrors: wrong}, err
}

// ReturnCancel is the resolver for the returnCancel field.
func (r *mutationResolver) ReturnCancel(ctx context.Context, input returns.CancelInput) (*model.ReturnCancelPayload, error) {
	done, err := r.Returns.Cancel(ctx, input)
	wrong, err := userErrors(err, "input")
	return &model.ReturnCancelPayload{Return: done, UserErrors: wrong}, err
}

// ReturnApprove is the resolver for the returnApprove field.
func (r *mutationResolver) ReturnApprove(ctx context.Context, input returns.ApproveInput) (*model.ReturnApprovePayload, error) {
	done, err := r.Returns.Approve(ctx, input)
	wrong, err := userErrors(err, "input")
	return &model.ReturnApprovePayload{Return: done, UserErrors: wrong}, err
}

// LabelRetry is the resolver for the labelRetry field.
func (r *mutationResolver) LabelRetry(ctx context.Context, input returns.RetryInput) (*model.LabelRetryPayload, error) {
	done, err := r.Returns.RetryLabel(ctx, input)
	wrong, err := userErrors(err, "input")
	return &model.LabelRetryPayload{Return: done, UserErrors: wrong}, err
}

// ReturnDecline is the resolver for the returnDecline field.
func (r *mutationResolver) ReturnDecline(ctx context.Context, input returns.ReasonInput) (*model.ReturnDeclinePayload, error) {
	done, err := r.Returns.Decline(ctx, input)
	wrong, err := userErrors(err, "input")
	return &model.ReturnDeclinePayload{Return: done, UserErrors: wrong}, err
}

// EvidenceRequest is the resolver for the evidenceRequest field.
func (r *mutationResolver) EvidenceRequest(ctx context.Context, input returns.EvidenceInput) (*model.EvidenceRequestPayload, error) {
	done, err := r.Returns.RequestEvidence(ctx, input)
	wrong, err := userErrors(err, "input")
	return &model.EvidenceRequestPayload{Return: done, UserErrors: wrong}, err
}

// EvidenceWaive is the resolver for the evidenceWaive field.
func (r *mutationResolver) EvidenceWaive(ctx context.Context, input returns.ReasonInput) (*model.EvidenceWaivePayload, error) {
	done, err := r.Returns.WaiveEvidence(ctx, input)
	wrong, err := userErrors(err, "input")
	return &model.EvidenceWaivePayload{Return: done, UserErrors: wrong}, err
}

// ReceiptVerify is the resolver for the receiptVerify field.
func (r *mutationResolver) ReceiptVerify(ctx context.Context, input returns.ReceiptInput) (*model.ReceiptVerifyPayload, error) {
	done, err := r.Returns.VerifyReceipt(ctx, input)
	wrong, err := userErrors(err, "input")
	return &model.ReceiptVerifyPayload{Return: done, UserErrors: wrong}, err
}

// ReturnReceive is the resolver for the returnReceive field.
func (r *mutationResolver) ReturnReceive(ctx context.Context, input returns.ReceiveInput) (*model.ReturnReceivePayload, error) {
	done, err := r.Returns.Receive(ctx, input)
	wrong, err := userErrors(err, "input")
	return &model.ReturnReceivePayload{Return: done, UserErrors: wrong}, err
}

// ReturnInspect is the resolver for the returnInspect field.
func (r *mutationResolver) ReturnInspect(ctx context.Context, input returns.InspectInput) (*model.ReturnInspectPayload, error) {
	done, err := r.Returns.Inspect(ctx, input)
	wrong, err := userErrors(err, "input")
	return &model.ReturnInspectPayload{Return: done, UserErrors: wrong}, err
}

// ReturnSettle is the resolver for the returnSettle field.
func (r *mutationResolver) ReturnSettle(ctx context.Context, input returns.SettleInput) (*model.ReturnSettlePayload, error) {
	done, paid, err := r.Returns.Settle(ctx, input)
	wrong, err := userErrors(err, "input")
	return &model.ReturnSettlePayload{Return: done, Refund: paid, UserErrors: wrong}, err
}

// RefundRetry is the resolver for the refundRetry field.
func (r *mutationResolver) RefundRetry(ctx context.Context, input returns.RetryInput) (*model.RefundRetryPayload, error) {
	done, err := r.Returns.RetryRefund(ctx, input)
	wrong, err := userErrors(err, "input")
	return &model.RefundRetryPayload{Refund: done, UserErrors: wrong}, err
}

// RefundReroute is the resolver for the refundReroute field.
func (r *mutationResolver) RefundReroute(ctx context.Context, input returns.RerouteInput) (*model.RefundReroutePayload, error) {
	done, err := r.Returns.RerouteRefund(ctx, input)
	wrong, err := userErrors(err, "input")
	return &model.RefundReroutePayload{Refund: done, UserErrors: wrong}, err
}

// VerdictOverride is the resolver for the verdictOverride field.
func (r *mutationResolver) VerdictOverride(ctx context.Context, input returns.OverrideInput) (*model.VerdictOverridePayload, error) {
	done, err := r.Returns.Override(ctx, input)
	wrong, err := userErrors(err, "input")
	return &model.VerdictOverridePayload{Return: done, UserErrors: wrong}, err
}

// OverrideDecide is the resolver for the overrideDecide field.
func (r *mutationResolver) OverrideDecide(ctx context.Context, input returns.DecideOverrideInput) (*model.OverrideDecidePayload, error) {
	done, err := r.Returns.DecideOverride(ctx, input)
	wrong, err := userErrors(err, "input")
	return &model.OverrideDecidePayload{Return: done, UserErrors: wrong}, err
}

// FeeReduce is the resolver for the feeReduce field.
func (r *mutationResolver) FeeReduce(ctx context.Context, input returns.FeeInput) (*model.FeeReducePayload, error) {
	done, err := r.Returns.ReduceFee(ctx, input)
	wrong, err := userErrors(err, "input")
	return &model.FeeReducePayload{Return: done, UserErrors: wrong}, err
}

// TermsDraft is the resolver for the termsDraft field.
func (r *mutationResolver) TermsDraft(ctx context.Context, input terms.DraftInput) (*model.TermsDraftPayload, error) {
	done, err := r.Terms.Draft(ctx, input)
	wrong, err := userErrors(err, "input")
	return &model.TermsDraftPayload{Edition: done, UserErrors: wrong}, err
}

// TermsPropose is the resolver for the termsPropose field.
func (r *mutationResolver) TermsPropose(ctx context.Context, input terms.ProposeInput) (*model.TermsProposePayload, error) {
	done, err := r.Terms.Propose(ctx, input)
	wrong, err := userErrors(err, "input")
	return &model.TermsProposePayload{Edition: done, UserErrors: wrong}, err
}

// TermsApprove is the resolver for the termsApprove field.
func (r *mutationResolver) TermsApprove(ctx context.Context, input terms.EditionInput) (*model.TermsApprovePayload, error) {
	done, err := r.Terms.Approve(ctx, input)
	wrong, err := userErrors(err, "input")
	return &model.TermsApprovePayload{Edition: done, UserErrors: wrong}, err
}

// TermsWithdraw is the resolver for the termsWithdraw field.
func (r *mutationResolver) TermsWithdraw(ctx context.Context, input terms.EditionInput) (*model.TermsWithdrawPayload, error) {
	done, err := r.Terms.Withdraw(ctx, input)
	wrong, err := userErrors(err, "input")
	return &model.TermsWithdrawPayload{Edition: done, UserErrors: wrong}, err
}

// TermsSimulate is the resolver for the termsSimulate field.
func (r *mutationResolver) TermsSimulate(ctx context.Context, input terms.SimulateInput) (*model.TermsSimulatePayload, error) {
	done, err := r.Terms.Simulate(ctx, input)
	wrong, err := userErrors(err, "input")
	return &model.TermsSimulatePayload{Simulation: done, UserErrors: wrong}, err
}

// OrderRecord is the resolver for the orderRecord field.
func (r *mutationResolver) OrderRecord(ctx context.Context, input orders.RecordInput) (*model.OrderRecordPayload, error) {
	done, err := r.Orders.Record(ctx, input)
	wrong, err := userErrors(err, "input")
	return &model.OrderRecordPayload{Order: done, UserErrors: wrong}, err
}

// ItemsShipped is the resolver for the itemsShipped field.
func (r *mutationResolver) ItemsShipped(ctx context.Context, input orders.ShippedInput) (*model.ItemsShippedPayload, error) {
	done, err := r.Orders.Shipped(ctx, input)
	wrong, err := userErrors(err, "input")
	return &model.ItemsShippedPayload{Order: done, UserErrors: wrong}, err
}

// ItemsDelivered is the resolver for the itemsDelivered field.
func (r *mutationResolver) ItemsDelivered(ctx context.Context, input orders.DeliveredInput) (*model.ItemsDeliveredPayload, error) {
	done, err := r.Orders.Delivered(ctx, input)
	wrong, err := userErrors(err, "input")
	return &model.ItemsDeliveredPayload{Order: done, UserErrors: wrong}, err
}

// Mutation returns generated.MutationResolver implementation.
func (r *Resolver) Mutation() generated.MutationResolver { return &mutationResolver{r} }

type mutationResolver struct{ *Resolver }
