package returns_test

import (
	"encoding/json"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/internal/apptest"
	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/fault"
	"github.com/vysero/returns/internal/lifecycle"
	"github.com/vysero/returns/internal/orders"
	"github.com/vysero/returns/internal/policy"
	"github.com/vysero/returns/internal/returns"
)

func TestBadRequestsAreToldByFieldAndChangeNothing(t *testing.T) {
	t.Parallel()
	s := open(t)
	other := s.Order(t, func(in *orders.RecordInput) { in.Number = "1002" })
	foreign := s.Items(t, other)[0].ID
	good := s.line(policy.ChangeOfHeart, 1)
	with := func(edit func(*returns.LineInput)) []returns.LineInput {
		l := good
		edit(&l)
		return []returns.LineInput{l}
	}
	for _, c := range []struct {
		name  string
		in    returns.RequestInput
		code  fault.Code
		field string
	}{
		{"no lines", returns.RequestInput{}, fault.CodeInvalid, "lines"},
		{"51 lines", returns.RequestInput{Lines: make([]returns.LineInput, 51)}, fault.CodeInvalid, "lines"},
		{"an unknown item", returns.RequestInput{Lines: with(func(l *returns.LineInput) { l.ItemID = "itm_0" })}, fault.CodeNotFound, "lines.0.itemId"},
		{"no unit", returns.RequestInput{Lines: with(func(l *returns.LineInput) { l.Quantity = 0 })}, fault.CodeQuantity, "lines.0.quantity"},
		{"fewer than no unit", returns.RequestInput{Lines: with(func(l *returns.LineInput) { l.Quantity = -1 })}, fault.CodeQuantity, "lines.0.quantity"},
		{"more than were bought", returns.RequestInput{Lines: with(func(l *returns.LineInput) { l.Quantity = 2 })}, fault.CodeQuantity, "lines.0.quantity"},
		{"two orders at once", returns.RequestInput{Lines: []returns.LineInput{good, {ItemID: foreign, Quantity: 1, Reason: policy.ChangeOfHeart}}}, fault.CodeInvalid, "lines.1.itemId"},
		{"a piece that is not in the box", returns.RequestInput{Lines: with(func(l *returns.LineInput) { l.MissingPieces = []string{"tripod"} })}, fault.CodePiece, "lines.0.missingPieces"},
		{"a piece twice", returns.RequestInput{Lines: with(func(l *returns.LineInput) { l.MissingOnArrival = []string{"manual", "manual"} })}, fault.CodePiece, "lines.0.missingOnArrival"},
		{"a comment without end", returns.RequestInput{Lines: with(func(l *returns.LineInput) { l.Comment = new(strings.Repeat("x", 2001)) })}, fault.CodeInvalid, "lines.0.comment"},
		{"a note without end", returns.RequestInput{Lines: []returns.LineInput{good}, Note: new(strings.Repeat("x", 2001))}, fault.CodeInvalid, "note"},
		{"an unknown photo", returns.RequestInput{Lines: []returns.LineInput{good}, PhotoIDs: []string{"pho_0"}}, fault.CodeNotFound, "photoIds.0"},
		{"too many photos", returns.RequestInput{Lines: []returns.LineInput{good}, PhotoIDs: make([]string, 21)}, fault.CodePhotoLimit, "photoIds"},
	} {
		_, _, err := s.Returns.Request(s.ada(t), c.in)
		f := faultOf(t, err)
		require.Equal(t, c.code, f.Code, c.name)
		require.Equal(t, c.field, strings.Join(f.Field, "."), c.name)
	}
	system := auth.AsSystem(t.Context())
	require.Zero(t, s.DB.Client.ReturnRequest.Query().CountX(system))
	require.Zero(t, s.Items(t, s.order)[0].UnitsClaimed)
	_, _, err := s.Returns.Request(s.As(t, auth.Agent), returns.RequestInput{Lines: []returns.LineInput{good}, Note: new("x"), ContactedAt: new(apptest.At("2026-02-28T10:00:00-08:00"))})
	require.Equal(t, fault.CodeOrderOfDates, faultOf(t, err).Code, "before the purchase")
	_, _, err = s.Returns.Request(s.As(t, auth.Agent), returns.RequestInput{Lines: []returns.LineInput{good}, Note: new("x"), ContactedAt: new(apptest.At("2026-03-11T10:00:00-08:00"))})
	require.Equal(t, fault.CodeFuture, faultOf(t, err).Code)
}

func TestBadInspectionsAreToldByFieldAndChangeNothing(t *testing.T) {
	t.Parallel()
	s := open(t)
	ret, _, err := s.Returns.Request(s.ada(t), returns.RequestInput{Lines: []returns.LineInput{s.line(policy.Defective, 1)}, PhotoIDs: []string{s.upload(t)}})
	require.NoError(t, err)
	_, err = s.Returns.Approve(s.As(t, auth.Agent), returns.ApproveInput{IdempotencyKey: apptest.Key(), ID: ret.ID, Instructions: "Print the label."})
	require.NoError(t, err)
	line, inspector := s.lines(t, ret)[0].ID, s.As(t, auth.Inspector)
	receive := func(l returns.ReceivedLine) error {
		_, err := s.Returns.Receive(inspector, returns.ReceiveInput{ID: ret.ID, Lines: []returns.ReceivedLine{l}})
		return err
	}
	for _, bad := range []returns.ReceivedLine{
		{LineID: line}, {LineID: line, Received: new(2)}, {LineID: line, Received: new(-1)}, {LineID: line, Received: new(1), Lost: new(1)},
	} {
		require.Equal(t, fault.CodeQuantity, faultOf(t, receive(bad)).Code)
	}
	require.Equal(t, fault.CodeNotFound, faultOf(t, receive(returns.ReceivedLine{LineID: "rln_0", Received: new(1)})).Code)
	require.NoError(t, receive(returns.ReceivedLine{LineID: line, Received: new(1)}))

	good := returns.FoundInput{LineID: line, Units: 1, Packaging: true, Claim: new(policy.Confirmed)}
	for _, c := range []struct {
		edit  func(*returns.FoundInput)
		code  fault.Code
		field string
	}{
		{func(f *returns.FoundInput) { f.LineID = "rln_0" }, fault.CodeNotFound, "lineId"},
		{func(f *returns.FoundInput) { f.Units = 0 }, fault.CodeQuantity, "units"},
		{func(f *returns.FoundInput) { f.Units = 2 }, fault.CodeQuantity, "units"},
		{func(f *returns.FoundInput) { f.Missing = []string{"tripod"} }, fault.CodePiece, "missing"},
		{func(f *returns.FoundInput) { f.Claim = nil }, fault.CodeRequired, "claim"},
		{func(f *returns.FoundInput) { f.DamagedOnPurpose = new(true) }, fault.CodeRequired, "note"},
	} {
		bad := good
		c.edit(&bad)
		_, err := s.Returns.Inspect(inspector, returns.InspectInput{ID: ret.ID, Findings: []returns.FoundInput{bad}})
		f := faultOf(t, err)
		require.Equal(t, c.code, f.Code)
		require.Equal(t, "findings.0."+c.field, strings.Join(f.Field, "."))
	}
	_, err = s.Returns.Inspect(inspector, returns.InspectInput{ID: ret.ID})
	require.Equal(t, fault.CodeRequired, faultOf(t, err).Code)
	require.Zero(t, s.DB.Client.Inspection.Query().CountX(inspector))
	ret, err = s.Returns.Inspect(inspector, returns.InspectInput{ID: ret.ID, Findings: []returns.FoundInput{good}})
	require.NoError(t, err)
	require.Equal(t, lifecycle.Inspected, ret.State)
}

func TestWhatTheStateDoesNotAllowIsRefusedEverywhere(t *testing.T) {
	t.Parallel()
	s := open(t)
	ret := s.request(t, s.line(policy.ChangeOfHeart, 1))
	_, err := s.Returns.Cancel(s.ada(t), returns.CancelInput{ID: ret.ID})
	require.NoError(t, err)
	admin := s.As(t, auth.Admin)
	line := s.lines(t, ret)[0].ID
	for name, call := range map[string]func() error{
		"photos":   func() error { _, err := s.Returns.AddPhotos(admin, returns.PhotosInput{ID: ret.ID}); return err },
		"handOver": func() error { _, err := s.Returns.HandOver(admin, returns.HandOverInput{ID: ret.ID}); return err },
		"cancel":   func() error { _, err := s.Returns.Cancel(admin, returns.CancelInput{ID: ret.ID}); return err },
		"approve": func() error {
			_, err := s.Returns.Approve(admin, returns.ApproveInput{IdempotencyKey: apptest.Key(), ID: ret.ID})
			return err
		},
		"decline": func() error { _, err := s.Returns.Decline(admin, returns.ReasonInput{ID: ret.ID}); return err },
		"ask": func() error {
			_, err := s.Returns.RequestEvidence(admin, returns.EvidenceInput{ID: ret.ID})
			return err
		},
		"waive":   func() error { _, err := s.Returns.WaiveEvidence(admin, returns.ReasonInput{ID: ret.ID}); return err },
		"receipt": func() error { _, err := s.Returns.VerifyReceipt(admin, returns.ReceiptInput{ID: ret.ID}); return err },
		"receive": func() error { _, err := s.Returns.Receive(admin, returns.ReceiveInput{ID: ret.ID}); return err },
		"inspect": func() error { _, err := s.Returns.Inspect(admin, returns.InspectInput{ID: ret.ID}); return err },
		"settle": func() error {
			_, _, err := s.Returns.Settle(admin, returns.SettleInput{IdempotencyKey: apptest.Key(), ID: ret.ID})
			return err
		},
		"override": func() error {
			_, err := s.Returns.Override(admin, returns.OverrideInput{ID: ret.ID, LineID: &line, Outcome: new(policy.Eligible), Reason: "x"})
			return err
		},
		"fee": func() error {
			_, err := s.Returns.ReduceFee(admin, returns.FeeInput{ID: ret.ID, Reason: "x"})
			return err
		},
	} {
		require.Equal(t, fault.CodeState, faultOf(t, call()).Code, name)
	}
}

func TestAPhotoIsFiledInOneReturnOnly(t *testing.T) {
	t.Parallel()
	s := open(t, func(in *orders.RecordInput) { in.Items[0].Quantity = 2 })
	photo := s.upload(t)
	in := returns.RequestInput{Lines: []returns.LineInput{s.line(policy.Defective, 1)}, PhotoIDs: []string{photo}}
	_, _, err := s.Returns.Request(s.ada(t), in)
	require.NoError(t, err)
	_, _, err = s.Returns.Request(s.ada(t), in)
	require.Equal(t, []string{"photoIds", "0"}, faultOf(t, err).Field)
	_, err = s.Returns.UploadPhoto(s.ada(t), "", strings.NewReader("<svg/>"))
	require.Equal(t, fault.CodePhoto, faultOf(t, err).Code)
}

func TestManyRequestsAtOnceNeverTakeAUnitTwice(t *testing.T) {
	t.Parallel()
	s := open(t, func(in *orders.RecordInput) { in.Items[0].Quantity = 5 })
	ctx, in := s.ada(t), returns.RequestInput{Lines: []returns.LineInput{s.line(policy.ChangeOfHeart, 1)}}
	var all sync.WaitGroup
	errs := make([]error, 20)
	for i := range errs {
		all.Go(func() { _, _, errs[i] = s.Returns.Request(ctx, in) })
	}
	all.Wait()
	filed := 0
	for _, err := range errs {
		if err == nil {
			filed++
			continue
		}
		require.Equal(t, fault.CodeQuantity, faultOf(t, err).Code)
	}
	require.Equal(t, 5, filed)
	require.Equal(t, 5, s.Items(t, s.order)[0].UnitsClaimed)
}

func TestManySettlementsAtOncePayOnce(t *testing.T) {
	t.Parallel()
	s := open(t)
	ret := s.back(t, s.request(t, s.line(policy.ChangeOfHeart, 1)), returns.FoundInput{Packaging: true})
	ctx := s.As(t, auth.Finance)
	var all sync.WaitGroup
	errs := make([]error, 20)
	for i := range errs {
		all.Go(func() {
			_, _, errs[i] = s.Returns.Settle(ctx, returns.SettleInput{IdempotencyKey: apptest.Key(), ID: ret.ID})
		})
	}
	all.Wait()
	paid := 0
	for _, err := range errs {
		if err == nil {
			paid++
		}
	}
	require.Equal(t, 1, paid)
	require.EqualValues(t, 10000, s.paidBack(t, "card_1"))
	require.Equal(t, 1, s.DB.Client.RefundRequest.Query().CountX(ctx))
}

func TestEveryStoredVerdictComesOutTheSameFromItsFacts(t *testing.T) {
	t.Parallel()
	s := open(t, func(in *orders.RecordInput) { in.Items[0].Quantity = 3 })
	ret := s.request(t, s.line(policy.ChangeOfHeart, 1), s.line(policy.MissingParts, 1))
	line := s.lines(t, ret)[1]
	again, err := json.Marshal(policy.Decide(policy.Default(), line.Facts))
	require.NoError(t, err)
	stored, err := json.Marshal(line.Verdict)
	require.NoError(t, err)
	require.JSONEq(t, string(stored), string(again))
	require.Equal(t, policy.Default().Digest(), line.TermsDigest)
}

func TestAPreviewShowsWhatWillBePaid(t *testing.T) {
	t.Parallel()
	for _, reason := range policy.Reasons() {
		for name, missing := range map[string][]string{"complete": nil, "cable and sticker missing": {"usb-cable", "sticker-set"}} {
			t.Run(string(reason)+" "+name, func(t *testing.T) {
				t.Parallel()
				s := open(t, func(in *orders.RecordInput) { in.Items[0].Quantity = 3 })
				l := s.line(reason, 2)
				l.MissingPieces = missing
				preview, err := s.Returns.Preview(s.ada(t), returns.PreviewInput{Lines: []returns.LineInput{l}, Photos: new(1)}, nil)
				require.NoError(t, err)
				require.True(t, preview.Requestable)
				in := returns.RequestInput{Lines: []returns.LineInput{l}}
				found := returns.FoundInput{Packaging: true, Missing: missing}
				if reason.DOA() {
					in.PhotoIDs, found.Claim = []string{s.upload(t)}, new(policy.Confirmed)
				}
				ret, _, err := s.Returns.Request(s.ada(t), in)
				require.NoError(t, err)
				if reason.DOA() {
					_, err = s.Returns.Approve(s.As(t, auth.Agent), returns.ApproveInput{IdempotencyKey: apptest.Key(), ID: ret.ID, Instructions: "Print the label."})
					require.NoError(t, err)
				}
				_, paid := s.settle(t, s.back(t, ret, found))
				require.Equal(t, preview.RefundEstimate, paid.Breakdown)
			})
		}
	}
}
