package rule_test

import (
	"bytes"
	"context"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/ent"
	"github.com/vysero/returns/ent/customer"
	"github.com/vysero/returns/ent/inspection"
	"github.com/vysero/returns/ent/item"
	"github.com/vysero/returns/ent/label"
	"github.com/vysero/returns/ent/order"
	"github.com/vysero/returns/ent/payment"
	"github.com/vysero/returns/ent/photo"
	"github.com/vysero/returns/ent/refundrequest"
	"github.com/vysero/returns/ent/returnline"
	"github.com/vysero/returns/ent/returnrequest"
	"github.com/vysero/returns/ent/transfer"
	"github.com/vysero/returns/internal/apptest"
	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/orders"
	"github.com/vysero/returns/internal/photo/phototest"
	"github.com/vysero/returns/internal/policy"
	"github.com/vysero/returns/internal/returns"
	"github.com/vysero/returns/internal/store"
)

const ada = "ada@example.com"

// shop is two orders of Ada's and one of Bob's, each with a return that went all the way, and one that was refused.
type shop struct {
	*apptest.App

	hers, other, his *ent.Order
	loose            []string // photos that are in no return: Ada's own, and one of each guest
	expected         []string // photos that are expected, likewise
}

func open(t *testing.T) *shop {
	t.Helper()
	s := &shop{App: apptest.New(t)}
	s.hers, s.other, s.his = s.settled(t, "1001", ada), s.settled(t, "1002", ada), s.settled(t, "2001", "bob@example.com")
	for _, who := range []context.Context{s.As(t, auth.Customer, ada), s.guest(t, s.hers), s.guest(t, s.other)} {
		s.loose = append(s.loose, s.photo(who, t, ""))
		upload, err := s.Returns.CreateUpload(who, returns.UploadInput{ContentType: "image/png", Bytes: 100})
		require.NoError(t, err)
		s.expected = append(s.expected, upload.ID)
	}
	return s
}

// guest is who came by a link to the order.
func (s *shop) guest(t *testing.T, o *ent.Order) context.Context {
	t.Helper()
	return auth.With(t.Context(), auth.Guest(auth.Link{OrderID: o.ID, CustomerID: o.CustomerID}))
}

func (s *shop) photo(who context.Context, t *testing.T, of string) string {
	t.Helper()
	p, err := s.Returns.UploadPhoto(who, of, bytes.NewReader(phototest.JPEG(t, 8, 8)))
	require.NoError(t, err)
	return p.ID
}

// settled is an order of three cameras: one of them went back, was inspected with a photo, overridden and refunded, and one
// was refused.
func (s *shop) settled(t *testing.T, number, email string) *ent.Order {
	t.Helper()
	o := s.Order(t, func(in *orders.RecordInput) {
		in.Number, in.Customer.Email, in.Items = number, email, []orders.ItemInput{apptest.Camera(3, "300.00")}
		in.Payments = []orders.PaymentInput{{Ref: "card_" + number, Captured: apptest.USD("308.00")}}
	})
	buyer, camera := s.As(t, auth.Customer, email), s.Items(t, o)[0].ID
	_, _, err := s.Returns.Request(buyer, returns.RequestInput{Lines: []returns.LineInput{{ItemID: camera, Quantity: 1, Reason: policy.Defective, EverWorked: new(true)}}})
	require.Error(t, err)
	ret, _, err := s.Returns.Request(buyer, returns.RequestInput{
		Lines:    []returns.LineInput{{ItemID: camera, Quantity: 1, Reason: policy.DamagedOnArrival}},
		PhotoIDs: []string{s.photo(buyer, t, "")},
	})
	require.NoError(t, err)
	_, err = s.Returns.Approve(s.As(t, auth.Agent), returns.ApproveInput{IdempotencyKey: apptest.Key(), ID: ret.ID, Instructions: "Use the label."})
	require.NoError(t, err)
	_, err = s.Returns.HandOver(buyer, returns.HandOverInput{ID: ret.ID})
	require.NoError(t, err)
	line := ret.QueryLines().OnlyIDX(auth.AsSystem(t.Context()))
	inspector := s.As(t, auth.Inspector)
	_, err = s.Returns.Receive(inspector, returns.ReceiveInput{ID: ret.ID, Lines: []returns.ReceivedLine{{LineID: line, Received: new(1)}}})
	require.NoError(t, err)
	_, err = s.Returns.Inspect(inspector, returns.InspectInput{ID: ret.ID, Findings: []returns.FoundInput{{
		LineID: line, Units: 1, Packaging: true, Missing: []string{"usb-cable"}, Claim: new(policy.Confirmed), PhotoIDs: []string{s.photo(inspector, t, ret.ID)},
		Note: new("cracked"),
	}}})
	require.NoError(t, err)
	found := ret.QueryLines().QueryInspections().OnlyIDX(auth.AsSystem(t.Context()))
	_, err = s.Returns.ReduceFee(s.As(t, auth.Agent), returns.FeeInput{ID: ret.ID, InspectionID: found, Fee: apptest.USD("1.00"), Reason: "goodwill"})
	require.NoError(t, err)
	_, _, err = s.Returns.Settle(s.As(t, auth.Finance), returns.SettleInput{IdempotencyKey: apptest.Key(), ID: ret.ID})
	require.NoError(t, err)
	return o
}

// mine are the rows that belong to an order, by record, as a person would say it: by other ways than the rules go. A record
// that customers see nothing of has nil.
func (s *shop) mine(t *testing.T, o *ent.Order, guest int) map[string][]string {
	t.Helper()
	ctx, c := auth.AsSystem(t.Context()), s.DB.Client
	bought := item.OrderID(o.ID)
	filed := photo.HasReturnWith(returnrequest.HasLinesWith(returnline.HasItemWith(bought)))
	found := photo.HasInspectionWith(inspection.HasLineWith(returnline.HasItemWith(bought)))
	return map[string][]string{
		"Customer":      c.Customer.Query().Where(customer.ID(o.CustomerID)).IDsX(ctx),
		"Order":         {o.ID},
		"Item":          c.Item.Query().Where(bought).IDsX(ctx),
		"Payment":       c.Payment.Query().Where(payment.HasOrderWith(order.ID(o.ID))).IDsX(ctx),
		"ReturnRequest": c.ReturnRequest.Query().Where(returnrequest.HasLinesWith(returnline.HasItemWith(bought))).IDsX(ctx),
		"ReturnLine":    c.ReturnLine.Query().Where(returnline.HasItemWith(bought)).IDsX(ctx),
		"Photo":         append(c.Photo.Query().Where(photo.Or(filed, found)).IDsX(ctx), s.loose[guest]),
		"Upload":        {s.expected[guest]},
		"Label":         c.Label.Query().Where(label.HasReturnWith(returnrequest.HasLinesWith(returnline.HasItemWith(bought)))).IDsX(ctx),
		"Inspection":    c.Inspection.Query().Where(inspection.HasLineWith(returnline.HasItemWith(bought))).IDsX(ctx),
		"RefundRequest": c.RefundRequest.Query().Where(refundrequest.HasOrderWith(order.ID(o.ID))).IDsX(ctx),
		"Transfer":      c.Transfer.Query().Where(transfer.HasPaymentWith(payment.OrderID(o.ID))).IDsX(ctx),
		"Event":         nil, "Override": nil, "Refusal": nil, "Posting": nil, "Once": nil, "Notice": nil, "Edition": nil, "Simulation": nil,
	}
}

// queries are the queries of all records that the client knows, by the record's name.
func queries(client *ent.Client) map[string]reflect.Value {
	all := map[string]reflect.Value{}
	of := reflect.ValueOf(client).Elem()
	for i := range of.NumField() {
		if kind := of.Type().Field(i); kind.IsExported() && strings.HasSuffix(kind.Type.String(), "Client") {
			all[kind.Name] = of.Field(i).MethodByName("Query").Call(nil)[0]
		}
	}
	return all
}

// ids runs a query in somebody's name.
func ids(who context.Context, t *testing.T, query reflect.Value) []string {
	t.Helper()
	got := query.MethodByName("IDs").Call([]reflect.Value{reflect.ValueOf(who)})
	require.Nil(t, got[1].Interface())
	found, ok := reflect.TypeAssert[[]string](got[0])
	require.True(t, ok)
	slices.Sort(found)
	return found
}

func TestWhoeverCameByALinkSeesWhatBelongsToItsOrderAndNoRowBeside(t *testing.T) {
	t.Parallel()
	s := open(t)
	for at, o := range map[int]*ent.Order{1: s.hers, 2: s.other} {
		mine := s.mine(t, o, at)
		for name, query := range queries(s.DB.Client) {
			want, known := mine[name]
			require.True(t, known, "%s is a new record: say here what of it belongs to one order, and in its schema how it leads there", name)
			slices.Sort(want)
			require.Len(t, slices.Compact(slices.Clone(want)), len(want))
			require.ElementsMatch(t, want, ids(s.guest(t, o), t, query), name)
		}
	}
}

// The oracle above would prove nothing of a record without rows: of each there are some, of this order and of others.
func TestTheShopHasRowsOfEveryRecordThatALinkShows(t *testing.T) {
	t.Parallel()
	s := open(t)
	staff := s.As(t, auth.Admin)
	mine := s.mine(t, s.hers, 1)
	for name, query := range queries(s.DB.Client) {
		all := ids(staff, t, query)
		if mine[name] != nil {
			require.NotEmpty(t, mine[name], name)
			require.Greater(t, len(all), len(mine[name]), name)
		} else if name != "Notice" && name != "Simulation" { // which no customer has a part in
			require.NotEmpty(t, all, name)
		}
	}
}

func TestAccountsSeeAllTheirOrdersAndNobodyElses(t *testing.T) {
	t.Parallel()
	s := open(t)
	hers, other := s.mine(t, s.hers, 1), s.mine(t, s.other, 2)
	for name, query := range queries(s.DB.Client) {
		want := slices.Concat(hers[name], other[name])
		if name == "Photo" {
			want = append(want, s.loose...)
		}
		if name == "Upload" {
			want = append(want, s.expected...)
		}
		slices.Sort(want)
		require.ElementsMatch(t, slices.Compact(want), ids(s.As(t, auth.Customer, ada), t, query), name)
	}
}

func TestALinkToAnOrderOfSomebodyElseShowsNothing(t *testing.T) {
	t.Parallel()
	s := open(t)
	who := auth.With(t.Context(), auth.Guest(auth.Link{OrderID: s.his.ID, CustomerID: s.hers.CustomerID}))
	for name, query := range queries(s.DB.Client) {
		require.Empty(t, ids(who, t, query), name)
	}
}

func TestNobodyReadsAndNobodyWritesOutsideOfAUseCase(t *testing.T) {
	t.Parallel()
	s := open(t)
	for name, query := range queries(s.DB.Client) {
		got := query.MethodByName("IDs").Call([]reflect.Value{reflect.ValueOf(t.Context())})
		require.NotNil(t, got[1].Interface(), name)
	}
	require.Error(t, s.DB.Client.Order.UpdateOne(s.hers).SetProof(policy.NoProof).Exec(s.guest(t, s.hers)))
}

func TestAPhotoIsFiledByThoseAloneWhoSeeIt(t *testing.T) {
	t.Parallel()
	s := open(t)
	guest, camera := s.guest(t, s.hers), s.Items(t, s.hers)[0].ID
	ask := func(of string) error {
		_, _, err := s.Returns.Request(guest, returns.RequestInput{
			Lines: []returns.LineInput{{ItemID: camera, Quantity: 1, Reason: policy.DamagedOnArrival}}, PhotoIDs: []string{of},
		})
		return err
	}
	require.Equal(t, ask("pho_999999"), ask(s.loose[0]), "the account's photo")
	require.Equal(t, ask("pho_999999"), ask(s.loose[2]), "that of a guest of the other order")
	require.NoError(t, ask(s.loose[1]))
}

func TestAUseCaseTakesAnotherOrderOfTheSameCustomerForAMissingOne(t *testing.T) {
	t.Parallel()
	s := open(t)
	guest := s.guest(t, s.hers)
	request := func(itemID string) error {
		_, _, err := s.Returns.Request(guest, returns.RequestInput{Lines: []returns.LineInput{{ItemID: itemID, Quantity: 1, Reason: policy.ChangeOfHeart}}})
		return err
	}
	require.Equal(t, request("itm_999999"), request(s.Items(t, s.other)[0].ID))
	theirs := s.mine(t, s.other, 0)
	for name, act := range map[string]func(id string) error{
		"cancel":    func(id string) error { _, err := s.Returns.Cancel(guest, returns.CancelInput{ID: id}); return err },
		"hand over": func(id string) error { _, err := s.Returns.HandOver(guest, returns.HandOverInput{ID: id}); return err },
		"add photos": func(id string) error {
			_, err := s.Returns.AddPhotos(guest, returns.PhotosInput{ID: id, PhotoIDs: []string{s.loose[1]}})
			return err
		},
		"upload": func(id string) error {
			_, err := s.Returns.UploadPhoto(guest, id, bytes.NewReader(phototest.JPEG(t, 8, 8)))
			return err
		},
	} {
		require.Equal(t, act("ret_999999"), act(theirs["ReturnRequest"][0]), name)
	}
	_, _, missing := s.Returns.OpenPhoto(guest, "pho_999999")
	_, _, err := s.Returns.OpenPhoto(guest, theirs["Photo"][0])
	require.Equal(t, missing, err)
	_, missing = s.Returns.LabelPDF(guest, "lab_999999")
	_, err = s.Returns.LabelPDF(guest, theirs["Label"][0])
	require.Equal(t, missing, err)
	require.NoError(t, s.DB.InTx(guest, func(ctx context.Context, tx store.Tx) error { // inside of a use case as outside
		require.Empty(t, tx.Item.Query().Where(item.OrderID(s.other.ID)).IDsX(ctx))
		require.NotEmpty(t, tx.Item.Query().Where(item.OrderID(s.hers.ID)).IDsX(ctx))
		return nil
	}))
}
