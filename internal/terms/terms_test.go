package terms_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/ent"
	"github.com/vysero/returns/internal/apptest"
	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/fault"
	"github.com/vysero/returns/internal/lifecycle"
	"github.com/vysero/returns/internal/policy"
	"github.com/vysero/returns/internal/returns"
	"github.com/vysero/returns/internal/store"
	"github.com/vysero/returns/internal/terms"
)

// shop is an app with two admins.
type shop struct {
	*apptest.App

	author, other context.Context
}

func open(t *testing.T) shop {
	t.Helper()
	as := func(id string) context.Context {
		return auth.With(t.Context(), auth.Principal{ID: id, Role: auth.Admin})
	}
	return shop{App: apptest.New(t), author: as("author"), other: as("other")}
}

const complete = "warrantyUrl: https://shop.example/warranty\nsupportContact: help@shop.example\n"

// publish takes terms the whole way: written by one, approved by another.
func (s shop) publish(t *testing.T, text string, from time.Time) *ent.Edition {
	t.Helper()
	draft, err := s.Terms.Draft(s.author, terms.DraftInput{Text: text})
	require.NoError(t, err)
	_, err = s.Terms.Propose(s.author, terms.ProposeInput{ID: draft.ID, InForceFrom: from})
	require.NoError(t, err)
	done, err := s.Terms.Approve(s.other, terms.EditionInput{ID: draft.ID})
	require.NoError(t, err)
	return done
}

func codeOf(t *testing.T, err error) fault.Code {
	t.Helper()
	require.Error(t, err)
	return fault.From(err).Code
}

func TestTermsArePublishedByTwoPeopleAndNeverChangeAgain(t *testing.T) {
	t.Parallel()
	s := open(t)
	from := s.Clock.Now().Add(24 * time.Hour)
	draft, err := s.Terms.Draft(s.author, terms.DraftInput{Text: complete + "version: spring\nchangeOfHeartDays: 60", Note: new(" Spring offer. ")})
	require.NoError(t, err)
	require.Equal(t, "DRAFT", string(draft.State))
	require.Equal(t, "Spring offer.", draft.Note)
	_, err = s.Terms.Approve(s.other, terms.EditionInput{ID: draft.ID})
	require.Equal(t, fault.CodeState, codeOf(t, err), "only what was proposed")
	proposed, err := s.Terms.Propose(s.author, terms.ProposeInput{ID: draft.ID, InForceFrom: from})
	require.NoError(t, err)
	require.Equal(t, "PROPOSED", string(proposed.State))
	_, err = s.Terms.Approve(s.author, terms.EditionInput{ID: draft.ID})
	require.Equal(t, fault.CodeOwnWork, codeOf(t, err))
	done, err := s.Terms.Approve(s.other, terms.EditionInput{ID: draft.ID})
	require.NoError(t, err)
	require.Equal(t, 2, *done.Number)
	require.Equal(t, "other", done.ApprovedBy)
	for name, again := range map[string]func() error{
		"propose": func() error {
			_, err := s.Terms.Propose(s.author, terms.ProposeInput{ID: draft.ID, InForceFrom: from})
			return err
		},
		"approve":  func() error { _, err := s.Terms.Approve(s.other, terms.EditionInput{ID: draft.ID}); return err },
		"withdraw": func() error { _, err := s.Terms.Withdraw(s.author, terms.EditionInput{ID: draft.ID}); return err },
	} {
		require.Equal(t, fault.CodeState, codeOf(t, again()), name)
	}
	now, err := s.Terms.InForce(t.Context(), nil)
	require.NoError(t, err)
	require.Equal(t, 30, now.ChangeOfHeartDays)
	later, err := s.Terms.InForce(t.Context(), &from)
	require.NoError(t, err)
	require.Equal(t, 60, later.ChangeOfHeartDays)
	require.Equal(t, done.Digest, later.Digest())
}

func TestWhatCannotBePublishedIsRefusedWithACode(t *testing.T) {
	t.Parallel()
	s := open(t)
	now := s.Clock.Now()
	_, err := s.Terms.Draft(s.author, terms.DraftInput{Text: "version: wrong\nzone: Nowhere\ndoaDays: many"})
	require.ErrorContains(t, err, "Line 2: zone")
	require.ErrorContains(t, err, "Line 3: doaDays")
	require.Equal(t, fault.CodeTerms, codeOf(t, err))
	_, err = s.Terms.Draft(s.As(t, auth.Agent), terms.DraftInput{Text: complete + "version: x"})
	require.Equal(t, fault.CodeForbidden, codeOf(t, err))

	propose := func(text string, from time.Time, acknowledge ...string) error {
		t.Helper()
		draft, err := s.Terms.Draft(s.author, terms.DraftInput{Text: text})
		require.NoError(t, err)
		_, err = s.Terms.Propose(s.author, terms.ProposeInput{ID: draft.ID, InForceFrom: from, Acknowledge: acknowledge})
		return err
	}
	require.Equal(t, fault.CodePast, codeOf(t, propose(complete+"version: past", now)))
	require.Equal(t, fault.CodeUnset, codeOf(t, propose("version: unset", now.Add(time.Hour))))
	require.Equal(t, fault.CodeUnset, codeOf(t, propose("version: unset", now.Add(time.Hour), "warrantyUrl")))
	require.Equal(t, fault.CodeInvalid, codeOf(t, propose(complete+"version: unset", now.Add(time.Hour), "warrantyUrl")))
	require.NoError(t, propose("version: unset", now.Add(time.Hour), "warrantyUrl", "supportContact"))
	first := s.publish(t, complete+"version: first", now.Add(48*time.Hour))
	require.Equal(t, fault.CodeOverlap, codeOf(t, propose(complete+"version: same", now.Add(48*time.Hour))))
	require.Equal(t, fault.CodeOverlap, codeOf(t, propose(complete+"version: earlier", now.Add(24*time.Hour))))
	require.Equal(t, fault.CodeOverlap, codeOf(t, propose(complete+"version: first", now.Add(72*time.Hour))), "two editions of one name")
	require.Equal(t, 2, *first.Number)

	late, err := s.Terms.Draft(s.author, terms.DraftInput{Text: complete + "version: late"})
	require.NoError(t, err)
	_, err = s.Terms.Propose(s.author, terms.ProposeInput{ID: late.ID, InForceFrom: now.Add(72 * time.Hour)})
	require.NoError(t, err)
	s.Clock.Set(now.Add(73 * time.Hour))
	_, err = s.Terms.Approve(s.other, terms.EditionInput{ID: late.ID})
	require.Equal(t, fault.CodePast, codeOf(t, err), "its date went by while it waited")
	_, err = s.Terms.Approve(s.other, terms.EditionInput{ID: "ted_none"})
	require.Equal(t, fault.CodeNotFound, codeOf(t, err))
}

func TestOfTwoProposalsForOneDateOneIsPublished(t *testing.T) {
	t.Parallel()
	s := open(t)
	from := s.Clock.Now().Add(time.Hour)
	ids, errs := make([]string, 8), make([]error, 8)
	for i := range ids {
		draft, err := s.Terms.Draft(s.author, terms.DraftInput{Text: complete + "version: v" + string(rune('a'+i))})
		require.NoError(t, err)
		_, err = s.Terms.Propose(s.author, terms.ProposeInput{ID: draft.ID, InForceFrom: from})
		require.NoError(t, err)
		ids[i] = draft.ID
	}
	var all sync.WaitGroup
	for i, id := range ids {
		all.Go(func() { _, errs[i] = s.Terms.Approve(s.other, terms.EditionInput{ID: id}) })
	}
	all.Wait()
	published := 0
	for _, err := range errs {
		if err == nil {
			published++
			continue
		}
		require.Equal(t, fault.CodeOverlap, codeOf(t, err))
	}
	require.Equal(t, 1, published)
}

func TestAnOrderKeepsItsTermsAndTakesBetterOnes(t *testing.T) {
	t.Parallel()
	s := open(t)
	o := s.Order(t) // bought on 1 March, under 30 days
	it := s.Items(t, o)[0]
	s.publish(t, complete+"version: worse\nchangeOfHeartDays: 7\nhandOverDays: 0", apptest.At("2026-03-11T00:00:00-07:00"))
	s.publish(t, complete+"version: better\nchangeOfHeartDays: 90\nrefundBusinessDays: 2", apptest.At("2026-04-20T00:00:00-07:00"))
	ada := s.As(t, auth.Customer, "ada@example.com")
	ask := func(asOf string) policy.Verdict {
		t.Helper()
		at := apptest.At(asOf)
		p, err := s.Returns.Preview(ada, returns.PreviewInput{Lines: []returns.LineInput{{ItemID: it.ID, Quantity: 1, Reason: policy.ChangeOfHeart}}}, &at)
		require.NoError(t, err)
		return p.Lines[0].Verdict
	}
	require.Equal(t, policy.Eligible, ask("2026-03-12T12:00:00-07:00").Outcome)
	in, err := s.Terms.InForce(t.Context(), new(apptest.At("2026-03-12T12:00:00-07:00")))
	require.NoError(t, err)
	require.Equal(t, "worse", in.Version, "which are in force, and do not count for this order")
	require.Equal(t, policy.NotEligible, ask("2026-04-19T12:00:00-07:00").Outcome)
	v := ask("2026-04-21T12:00:00-07:00")
	require.Equal(t, policy.Eligible, v.Outcome)
	require.Equal(t, "better", v.TermsVersion)
	require.True(t, v.LaterTerms)

	s.Clock.Set(apptest.At("2026-04-21T12:00:00-07:00"))
	ret, _, err := s.Returns.Request(ada, returns.RequestInput{Lines: []returns.LineInput{{ItemID: it.ID, Quantity: 1, Reason: policy.ChangeOfHeart}}})
	require.NoError(t, err)
	line := ret.QueryLines().OnlyX(ada)
	require.Equal(t, "better", line.TermsVersion)
	book, err := s.Terms.Book(ada)
	require.NoError(t, err)
	used, known := book.ByDigest(line.TermsDigest)
	require.True(t, known)
	again := policy.Decide(used, line.Facts)
	require.Equal(t, line.Verdict.Outcome, again.Outcome)
}

func TestLaterTermsTakeNoApprovalAtOnceAway(t *testing.T) {
	t.Parallel()
	s := open(t)
	it := s.Items(t, s.Order(t))[0] // bought on 1 March, when a clear change of heart was approved at once
	s.publish(t, complete+"version: longer\nchangeOfHeartDays: 60\nautoApproveChangeOfHeart: false", apptest.At("2026-03-11T00:00:00-07:00"))
	ret := s.filed(t, it, policy.ChangeOfHeart, "2026-03-12T09:00:00-07:00")
	require.Equal(t, "longer", ret.QueryLines().OnlyX(s.author).TermsVersion)
	require.Equal(t, lifecycle.Approved, ret.State)
	done, found := s.replayed(t)
	require.Empty(t, found)
	require.Equal(t, terms.Replayed{Editions: 2, Verdicts: 1}, done)
}

func TestAWayThatLaterTermsLeaveOpenIsToldAndMadeAgain(t *testing.T) {
	t.Parallel()
	s := open(t)
	it := s.Items(t, s.Order(t))[0] // bought on 1 March, arrived on the 6th
	s.publish(t, complete+"version: longer\nchangeOfHeartDays: 60\ndoaDays: 5", apptest.At("2026-03-11T00:00:00-07:00"))
	s.refused(t, it, policy.Defective, "2026-04-10T09:00:00-07:00")
	row := s.DB.Client.Refusal.Query().OnlyX(s.author)
	require.Equal(t, "1", row.TermsVersion, "which give longer for a defect")
	require.Len(t, row.Verdict.Alternatives, 2)
	way := row.Verdict.Alternatives[1]
	require.Equal(t, policy.ByChangeOfHeart, way.Kind)
	require.Equal(t, "2026-04-30", way.Before.LastDay())
	require.NotEqual(t, row.TermsDigest, way.TermsDigest)
	s.filed(t, it, policy.ChangeOfHeart, "2026-04-10T09:30:00-07:00") // as it was offered
	_, found := s.replayed(t)
	require.Empty(t, found)
	s.write(t, func(ctx context.Context, tx store.Tx) error {
		return again(ctx, tx, func(r *ent.Refusal) { r.Verdict.Alternatives[1].TermsDigest = "" })
	})
	_, found = s.replayed(t)
	require.Len(t, found, 1, "the terms of the purchase do not leave it open")
	require.Contains(t, found[0].String(), "alternative 2: CHANGE_OF_HEART")
}

func TestNobodyAcknowledgedWhatTheFirstEditionLeavesUnset(t *testing.T) {
	t.Parallel()
	s := open(t)
	all, err := s.Terms.List(s.author)
	require.NoError(t, err)
	require.Len(t, all, 1)
	require.Empty(t, all[0].Acknowledged)
	unset := func() []terms.Placeholder {
		t.Helper()
		list, err := s.Terms.Placeholders(t.Context())
		require.NoError(t, err)
		return list
	}
	require.Equal(t, []terms.Placeholder{{Key: "warrantyUrl"}, {Key: "supportContact"}}, unset())

	draft, err := s.Terms.Draft(s.author, terms.DraftInput{Text: "version: second\nwarrantyUrl: https://shop.example/warranty"})
	require.NoError(t, err)
	from := s.Clock.Now().Add(time.Hour)
	_, err = s.Terms.Propose(s.author, terms.ProposeInput{ID: draft.ID, InForceFrom: from, Acknowledge: []string{"supportContact"}})
	require.NoError(t, err)
	_, err = s.Terms.Approve(s.other, terms.EditionInput{ID: draft.ID})
	require.NoError(t, err)
	require.Len(t, unset(), 2, "the first is still in force")
	s.Clock.Set(from)
	require.Equal(t, []terms.Placeholder{{Key: "supportContact", Acknowledged: true}}, unset())
	s.publish(t, complete+"version: third", from.Add(time.Hour))
	s.Clock.Set(from.Add(time.Hour))
	require.Empty(t, unset())
}

func TestTheFirstStartPublishesTheFileAndNoLaterOneDoes(t *testing.T) {
	t.Parallel()
	s := open(t)
	other, err := policy.Parse([]byte("version: other\nchangeOfHeartDays: 5"))
	require.NoError(t, err)
	inForce, err := s.Terms.Found(t.Context(), other)
	require.NoError(t, err)
	require.False(t, inForce)
	inForce, err = s.Terms.Found(t.Context(), policy.Default())
	require.NoError(t, err)
	require.True(t, inForce)
	all, err := s.Terms.List(s.author)
	require.NoError(t, err)
	require.Len(t, all, 1)
}
