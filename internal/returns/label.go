package returns

import (
	"context"
	"errors"
	"fmt"

	"github.com/vysero/returns/ent"
	entlabel "github.com/vysero/returns/ent/label"
	"github.com/vysero/returns/ent/returnline"
	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/fault"
	"github.com/vysero/returns/internal/label"
	"github.com/vysero/returns/internal/store"
)

// buyLabel asks the carrier for the label that a return waits for, outside of any transaction, and records it. The key
// makes it the same label however often it is asked for. A carrier that does not answer leaves the label PENDING: the
// approval stands, and Resume asks again.
func (s *Service) buyLabel(ctx context.Context, returnID string) error {
	ctx = auth.AsSystem(ctx)
	lab, err := s.DB.Client.Label.Query().Where(entlabel.ReturnID(returnID), entlabel.StateEQ(entlabel.StatePENDING)).
		WithReturn(func(q *ent.ReturnRequestQuery) {
			q.WithOrder(func(q *ent.OrderQuery) { q.WithCustomer() }).
				WithLines(func(q *ent.ReturnLineQuery) { q.Order(returnline.ByPosition()).WithItem() })
		}).Only(ctx)
	if ent.IsNotFound(err) {
		return nil
	}
	if err != nil {
		return err
	}
	bought, err := s.Labels.Buy(ctx, s.labelOrder(lab))
	if unavailable(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("the label of return %s: %w", returnID, err)
	}
	return s.DB.InTx(ctx, func(ctx context.Context, tx store.Tx) error {
		return tx.Label.Update().Where(entlabel.ID(lab.ID), entlabel.StateEQ(entlabel.StatePENDING)).
			SetState(entlabel.StateREADY).SetCarrier(bought.Carrier).SetTracking(bought.Tracking).SetPdf(bought.PDF).
			SetReadyAt(tx.Now).Exec(ctx)
	})
}

// unavailable tells whether an outside service may answer later.
func unavailable(err error) bool {
	var f *fault.Error
	return errors.As(err, &f) && f.Kind == fault.Unavailable
}

func (s *Service) labelOrder(lab *ent.Label) label.Order {
	ret := lab.Edges.Return
	o := label.Order{Key: lab.Key, ReturnNumber: ret.Number, From: ret.Edges.Order.ShipToLines, To: s.Depot}
	if len(o.From) < 2 {
		name := ret.Edges.Order.Edges.Customer.Name
		if name == "" {
			name = "Customer"
		}
		o.From = label.Address{name, "Order " + ret.Edges.Order.Number}
	}
	for _, line := range ret.Edges.Lines {
		o.Contents = append(o.Contents, fmt.Sprintf("%d x %s %s", line.Quantity, line.Edges.Item.Sku, line.Edges.Item.Name))
	}
	return o
}

// LabelPDF is the sheet of a label that is ready, as the principal may see it.
func (s *Service) LabelPDF(ctx context.Context, id string) ([]byte, error) {
	lab, err := s.DB.Client.Label.Get(ctx, id)
	if ent.IsNotFound(err) || (err == nil && lab.State != entlabel.StateREADY) {
		return nil, fault.Missing("id", "label")
	}
	if err != nil {
		return nil, err
	}
	return lab.Pdf, nil
}
