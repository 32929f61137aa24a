package returns

import (
	"context"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/vysero/returns/ent"
	entlabel "github.com/vysero/returns/ent/label"
	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/fault"
	"github.com/vysero/returns/internal/label"
	"github.com/vysero/returns/internal/policy"
)

// What fits on a label; an order may hold more, and then the label says less.
const (
	labelNumber = 40  // characters of the return's number
	labelLine   = 60  // characters of a line of the sender
	labelLines  = 7   // lines of the sender
	labelText   = 200 // characters of a line of the contents
)

// labelOrder is what a carrier is asked for. The label is for the lines that S1 gives one: a change of heart in the same
// return goes back at the customer's postage (S2).
func (s *Service) labelOrder(lab *ent.Label) label.Order {
	ret := lab.Edges.Return
	o := label.Order{Key: lab.Key, ReturnNumber: ret.Number, From: sender(ret.Edges.Order), To: s.Depot}
	if utf8.RuneCountInString(o.ReturnNumber) > labelNumber {
		o.ReturnNumber = ret.ID
	}
	for _, line := range ret.Edges.Lines {
		if policy.PrepaidLabel(line.Reason) {
			text := fmt.Sprintf("%d x %s %s", line.Quantity, line.Edges.Item.Sku, line.Edges.Item.Name)
			o.Contents = append(o.Contents, cut(text, labelText))
		}
	}
	return o
}

// sender is who sends the parcel: the address that the order was shipped to, else the customer's name.
func sender(o *ent.Order) label.Address {
	var from label.Address
	for _, line := range o.ShipToLines {
		if line = strings.TrimSpace(line); line != "" && len(from) < labelLines {
			from = append(from, cut(line, labelLine))
		}
	}
	if len(from) > 1 {
		return from
	}
	name := strings.TrimSpace(o.Edges.Customer.Name)
	if name == "" {
		name = "Customer"
	}
	return label.Address{cut(name, labelLine), cut("Order "+o.Number, labelLine)}
}

// cut shortens a text to so many characters.
func cut(text string, most int) string {
	if letters := []rune(text); len(letters) > most {
		return strings.TrimSpace(string(letters[:most-1])) + "…"
	}
	return text
}

// LabelPDF is the sheet of a label that is ready, as the principal may see it.
func (s *Service) LabelPDF(ctx context.Context, id string) ([]byte, error) {
	if _, err := auth.May(ctx, auth.ViewReturns); err != nil {
		return nil, err
	}
	lab, err := s.DB.Client.Label.Get(ctx, id)
	if ent.IsNotFound(err) || (err == nil && (lab.State != entlabel.StateREADY || len(lab.Pdf) == 0)) { // empty: it was erased
		return nil, fault.Missing("id", "label")
	}
	if err != nil {
		return nil, err
	}
	return lab.Pdf, nil
}
