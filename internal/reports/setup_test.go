package reports_test

import (
	"bytes"
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/ent"
	"github.com/vysero/returns/internal/apptest"
	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/lifecycle"
	"github.com/vysero/returns/internal/money"
	"github.com/vysero/returns/internal/orders"
	"github.com/vysero/returns/internal/payment"
	"github.com/vysero/returns/internal/photo/phototest"
	"github.com/vysero/returns/internal/policy"
	"github.com/vysero/returns/internal/reports"
	"github.com/vysero/returns/internal/returns"
)

// shop is an app whose clock goes forward through a story.
type shop struct {
	*apptest.App

	t    *testing.T
	boss context.Context
}

func open(t *testing.T) shop {
	t.Helper()
	a := apptest.New(t)
	return shop{App: a, t: t, boss: a.As(t, auth.Admin)}
}

// at moves the clock.
func (s shop) at(instant string) { s.Clock.Set(apptest.At(instant)) }

// article is an item of an order: units of one SKU, and what was paid for all of them.
func article(sku, name string, quantity int, paid money.Text) orders.ItemInput {
	it := apptest.Camera(quantity, "0.00")
	it.Sku, it.Name, it.Paid, it.PackingList = sku, name, paid, nil
	return it
}

func jpy(amount string) money.Text { return money.Text{Amount: amount, Currency: "JPY"} }

// sells records an order without shipping, paid by one card, and gives its item. edit may change it before.
func (s shop) sells(number string, it orders.ItemInput, edit ...func(*orders.RecordInput)) *ent.Item {
	s.t.Helper()
	o := s.Order(s.t, func(in *orders.RecordInput) {
		in.Number, in.Currency, in.Items = number, it.Paid.Currency, []orders.ItemInput{it}
		in.Shipping = money.Text{Amount: "0", Currency: in.Currency}
		in.Payments = []orders.PaymentInput{{Ref: "card_" + number, Captured: it.Paid}}
		for _, e := range edit {
			e(in)
		}
	})
	return s.Items(s.t, o)[0]
}

// asks files a request, with a photo where one of the reasons needs it.
func (s shop) asks(lines ...returns.LineInput) *ent.ReturnRequest {
	s.t.Helper()
	ret, _, err := s.Returns.Request(s.boss, returns.RequestInput{Lines: lines})
	require.NoError(s.t, err)
	if ret.State == lifecycle.AwaitingEvidence {
		p, err := s.Returns.UploadPhoto(s.boss, ret.ID, bytes.NewReader(phototest.JPEG(s.t, 8, 8)))
		require.NoError(s.t, err)
		ret, err = s.Returns.AddPhotos(s.boss, returns.PhotosInput{ID: ret.ID, PhotoIDs: []string{p.ID}})
		require.NoError(s.t, err)
	}
	return ret
}

// comes back and is inspected: what was found stands for the lines in their order.
func (s shop) comes(ret *ent.ReturnRequest, found ...returns.FoundInput) *ent.ReturnRequest {
	s.t.Helper()
	if ret.State == lifecycle.Requested {
		_, err := s.Returns.Approve(s.boss, returns.ApproveInput{IdempotencyKey: apptest.Key(), ID: ret.ID, Instructions: "Send it."})
		require.NoError(s.t, err)
	}
	_, err := s.Returns.HandOver(s.boss, returns.HandOverInput{ID: ret.ID, Tracking: new("1Z999")})
	require.NoError(s.t, err)
	receive := returns.ReceiveInput{ID: ret.ID}
	for i, line := range s.lines(ret) {
		receive.Lines = append(receive.Lines, returns.ReceivedLine{LineID: line.ID, Received: new(line.Quantity)})
		found[i].LineID, found[i].Units, found[i].Packaging = line.ID, line.Quantity, true
		if line.Reason.DOA() && found[i].Claim == nil {
			found[i].Claim = new(policy.Confirmed)
		}
	}
	_, err = s.Returns.Receive(s.boss, receive)
	require.NoError(s.t, err)
	ret, err = s.Returns.Inspect(s.boss, returns.InspectInput{ID: ret.ID, Findings: found})
	require.NoError(s.t, err)
	return ret
}

func (s shop) lines(ret *ent.ReturnRequest) []*ent.ReturnLine {
	return s.DB.Client.ReturnRequest.QueryLines(ret).AllX(s.boss)
}

// lowers the fee of the first line's inspection.
func (s shop) lowers(ret *ent.ReturnRequest, fee money.Text) {
	s.t.Helper()
	ins := s.lines(ret)[0].QueryInspections().OnlyX(s.boss)
	_, err := s.Returns.ReduceFee(s.boss, returns.FeeInput{ID: ret.ID, InspectionID: ins.ID, Fee: fee, Reason: "goodwill"})
	require.NoError(s.t, err)
}

func (s shop) settles(ret *ent.ReturnRequest) *ent.ReturnRequest {
	s.t.Helper()
	ret, _, err := s.Returns.Settle(s.boss, returns.SettleInput{IdempotencyKey: apptest.Key(), ID: ret.ID})
	require.NoError(s.t, err)
	return ret
}

// refuses is a request that the terms do not allow.
func (s shop) refuses(it *ent.Item, reason policy.Reason) {
	s.t.Helper()
	_, _, err := s.Returns.Request(s.boss, returns.RequestInput{Lines: []returns.LineInput{{ItemID: it.ID, Quantity: 1, Reason: reason}}})
	require.Error(s.t, err)
}

func one(it *ent.Item, reason policy.Reason) returns.LineInput {
	return returns.LineInput{ItemID: it.ID, Quantity: 1, Reason: reason}
}

func missing(codes ...string) returns.FoundInput { return returns.FoundInput{Missing: codes} }

func (s shop) report(from, to string) *reports.Report {
	s.t.Helper()
	return s.of(reports.Input{From: apptest.At(from), To: apptest.At(to)})
}

func usd(minor int64) money.Amount { return money.Amount{Minor: minor, Currency: "USD"} }

// yen5000 is what the one article in yen was paid with.
func yen5000() money.Amount { return money.Amount{Minor: 5000, Currency: "JPY"} }

// sendsBack lets a bank return the money that went to a charge, and us learn of it.
func (s shop) sendsBack(charge string) {
	s.t.Helper()
	receipts, err := s.Books.Refunds(s.t.Context(), charge)
	require.NoError(s.t, err)
	_, err = s.Books.Settle(s.t.Context(), receipts[0].ID, payment.Failed)
	require.NoError(s.t, err)
	_, err = s.Returns.Audit(s.t.Context(), returns.AuditInput{Provider: true, Repair: true, Found: func(returns.Difference) {}})
	require.NoError(s.t, err)
}
