package returns_test

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/ent/returnline"
	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/fault"
	"github.com/vysero/returns/internal/photo/phototest"
	"github.com/vysero/returns/internal/policy"
	"github.com/vysero/returns/internal/returns"
)

func TestTheChecklistOfAReturnComesFromItsPackingLists(t *testing.T) {
	t.Parallel()
	s := open(t)
	ret := s.request(t, s.line(policy.ChangeOfHeart, 1))
	lines := s.DB.Client.ReturnLine.Query().Where(returnline.ReturnID(ret.ID)).WithItem().AllX(auth.AsSystem(t.Context()))
	none, err := s.Returns.Checklist(s.ada(t), lines)
	require.NoError(t, err)
	require.Nil(t, none, "customers see no checklist")
	list, err := s.Returns.Checklist(s.As(t, auth.Inspector), lines)
	require.NoError(t, err)
	require.Len(t, list, 1)
	require.Zero(t, list[0].Units, "nothing is here yet")
	var pieces []string
	for _, c := range list[0].Checks {
		if c.Kind == policy.CheckPiece {
			pieces = append(pieces, c.Piece)
		}
		require.NotEqual(t, policy.CheckClaim, c.Kind, "a change of heart makes no claim")
		require.Equal(t, c.Kind == policy.CheckOnPurpose, c.Note)
		if c.Piece == "bracket" {
			require.Equal(t, "12.00 USD", c.Deducts.String())
		}
	}
	require.Equal(t, []string{"camera", "bracket", "usb-cable", "manual", "sticker-set"}, pieces)
}

func TestPhotosOfAFindingAreNoEvidenceOfTheCustomers(t *testing.T) {
	t.Parallel()
	s := open(t)
	ret := s.request(t, s.line(policy.ChangeOfHeart, 1))
	line := s.lines(t, ret)[0]
	inspector := s.As(t, auth.Inspector)
	_, err := s.Returns.Receive(inspector, returns.ReceiveInput{ID: ret.ID, Lines: []returns.ReceivedLine{{LineID: line.ID, Received: new(1)}}})
	require.NoError(t, err)
	p, err := s.Returns.UploadPhoto(inspector, ret.ID, bytes.NewReader(phototest.JPEG(t, 8, 8)))
	require.NoError(t, err)
	found := returns.FoundInput{LineID: line.ID, Units: 1, Packaging: true, DamagedOnPurpose: new(true), PhotoIDs: []string{p.ID}}
	_, err = s.Returns.Inspect(inspector, returns.InspectInput{ID: ret.ID, Findings: []returns.FoundInput{found}})
	f := faultOf(t, err)
	require.Equal(t, fault.CodeRequired, f.Code, "on purpose needs a note (A33)")
	require.Equal(t, "A33", f.Clause)
	found.Note = new("glue in every slot")
	found.PhotoIDs = []string{p.ID, "pho_none"}
	_, err = s.Returns.Inspect(inspector, returns.InspectInput{ID: ret.ID, Findings: []returns.FoundInput{found}})
	require.Equal(t, []string{"findings", "0", "photoIds", "1"}, faultOf(t, err).Field)
	found.PhotoIDs = []string{p.ID}
	ret, err = s.Returns.Inspect(inspector, returns.InspectInput{ID: ret.ID, Findings: []returns.FoundInput{found}})
	require.NoError(t, err)
	ins := ret.QueryLines().QueryInspections().OnlyX(auth.AsSystem(t.Context()))
	require.Equal(t, policy.NoRefund, ins.Outcome)
	require.Equal(t, p.ID, ins.QueryPhotos().OnlyX(auth.AsSystem(t.Context())).ID)
	require.Empty(t, ret.QueryPhotos().AllX(auth.AsSystem(t.Context())))
	_, err = s.Returns.Inspect(inspector, returns.InspectInput{ID: ret.ID, Findings: []returns.FoundInput{found}})
	require.Error(t, err)
}
