package returns_test

import (
	"bytes"
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/ent"
	"github.com/vysero/returns/internal/apptest"
	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/fault"
	"github.com/vysero/returns/internal/orders"
	"github.com/vysero/returns/internal/photo/phototest"
	"github.com/vysero/returns/internal/policy"
	"github.com/vysero/returns/internal/returns"
)

const ada = "ada@example.com"

// shop is an app with Ada's order in it.
type shop struct {
	*apptest.App

	order *ent.Order
	items []*ent.Item
}

func open(t *testing.T, edit ...func(*orders.RecordInput)) shop {
	t.Helper()
	s := shop{App: apptest.New(t)}
	s.order = s.Order(t, edit...)
	s.items = s.Items(t, s.order)
	return s
}

func (s shop) ada(t *testing.T) context.Context { return s.As(t, auth.Customer, ada) }

func (s shop) line(reason policy.Reason, quantity int) returns.LineInput {
	return returns.LineInput{ItemID: s.items[0].ID, Quantity: quantity, Reason: reason}
}

func (s shop) request(t *testing.T, lines ...returns.LineInput) *ent.ReturnRequest {
	t.Helper()
	ret, _, err := s.Returns.Request(s.ada(t), returns.RequestInput{Lines: lines})
	require.NoError(t, err)
	return ret
}

func (s shop) upload(t *testing.T) string {
	t.Helper()
	p, err := s.Returns.UploadPhoto(s.ada(t), "", bytes.NewReader(phototest.JPEG(t, 8, 8)))
	require.NoError(t, err)
	return p.ID
}

func (s shop) lines(t *testing.T, ret *ent.ReturnRequest) []*ent.ReturnLine {
	t.Helper()
	lines, err := s.DB.Client.ReturnRequest.QueryLines(ret).All(auth.AsSystem(t.Context()))
	require.NoError(t, err)
	return lines
}

// back brings all units of the first line back and inspects them alike.
func (s shop) back(t *testing.T, ret *ent.ReturnRequest, found returns.FoundInput) *ent.ReturnRequest {
	t.Helper()
	line := s.lines(t, ret)[0]
	_, err := s.Returns.HandOver(s.ada(t), returns.HandOverInput{ID: ret.ID, Tracking: new("1Z999")})
	require.NoError(t, err)
	_, err = s.Returns.Receive(s.As(t, auth.Inspector), returns.ReceiveInput{
		ID: ret.ID, Lines: []returns.ReceivedLine{{LineID: line.ID, Received: new(line.Quantity)}},
	})
	require.NoError(t, err)
	found.LineID, found.Units = line.ID, line.Quantity
	ret, err = s.Returns.Inspect(s.As(t, auth.Inspector), returns.InspectInput{ID: ret.ID, Findings: []returns.FoundInput{found}})
	require.NoError(t, err)
	return ret
}

func (s shop) settle(t *testing.T, ret *ent.ReturnRequest) (*ent.ReturnRequest, *ent.RefundRequest) {
	t.Helper()
	ret, paid, err := s.Returns.Settle(s.As(t, auth.Finance), returns.SettleInput{IdempotencyKey: apptest.Key(), ID: ret.ID})
	require.NoError(t, err)
	return ret, paid
}

// paidBack is what the provider's own books say went back to a charge.
func (s shop) paidBack(t *testing.T, ref string) int64 {
	t.Helper()
	receipts, err := s.Books.Refunds(t.Context(), ref)
	require.NoError(t, err)
	var sum int64
	for _, r := range receipts {
		if r.Status.Holds() {
			sum += r.Amount.Minor
		}
	}
	return sum
}

func faultOf(t *testing.T, err error) *fault.Error {
	t.Helper()
	require.Error(t, err)
	f := fault.From(err)
	require.NotEqual(t, fault.Internal, f.Kind, "%v", err)
	return f
}
