package returns

import (
	"context"
	"errors"

	entlabel "github.com/vysero/returns/ent/label"
	"github.com/vysero/returns/ent/refundrequest"
	"github.com/vysero/returns/ent/transfer"
	"github.com/vysero/returns/internal/auth"
)

// Resume finishes what was written down and not done: transfers that no provider has answered for good, and labels that no
// carrier has given. Server runs it when it starts and now and then. One that fails keeps no other from being tried.
func (s *Service) Resume(ctx context.Context) error {
	ctx = auth.AsSystem(ctx)
	refunds, err := s.DB.Client.RefundRequest.Query().
		Where(refundrequest.HasTransfersWith(transfer.StateIn(unanswered...))).IDs(ctx)
	if err != nil {
		return err
	}
	var failed []error
	for _, id := range refunds {
		failed = append(failed, s.pay(ctx, id, true))
	}
	waiting, err := s.DB.Client.Label.Query().Where(entlabel.StateEQ(entlabel.StatePENDING)).All(ctx)
	if err != nil {
		return errors.Join(append(failed, err)...)
	}
	for _, lab := range waiting {
		failed = append(failed, s.buyLabel(ctx, lab.ReturnID))
	}
	return errors.Join(failed...)
}
