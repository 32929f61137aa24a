package terms

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/vysero/returns/ent"
	"github.com/vysero/returns/ent/edition"
	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/fault"
	"github.com/vysero/returns/internal/policy"
	"github.com/vysero/returns/internal/store"
)

// DraftInput is a draft of terms.
type DraftInput struct {
	Text string  // YAML or JSON, as a file of terms has it
	Note *string // why, in the author's words
}

// ProposeInput asks for a draft to be published.
type ProposeInput struct {
	ID          string
	InForceFrom time.Time
	Acknowledge []string // keys that are unset and that customers would see
}

// EditionInput names an edition.
type EditionInput struct{ ID string }

const (
	maxText = 64 << 10
	maxNote = 2000
)

// Draft puts terms on record that count for nothing yet. Terms that are wrong are not kept: each problem is an error of
// its own, with its line and key.
func (s *Service) Draft(ctx context.Context, in DraftInput) (*ent.Edition, error) {
	who, err := auth.May(ctx, auth.DraftTerms)
	if err != nil {
		return nil, err
	}
	parsed, err := parse(in)
	if err != nil {
		return nil, err
	}
	note := ""
	if in.Note != nil {
		note = strings.TrimSpace(*in.Note)
	}
	if utf8.RuneCountInString(note) > maxNote {
		return nil, fault.Bad(fault.CodeInvalid, "note", "This takes plain text of at most %d characters.", maxNote)
	}
	id := s.NewID("ted")
	err = s.DB.InTx(ctx, func(ctx context.Context, tx store.Tx) error {
		return tx.Edition.Create().SetID(id).SetVersion(parsed.Version).SetState(edition.StateDRAFT).SetNote(note).
			SetCanonical(string(parsed.Canonical())).SetDigest(parsed.Digest()).SetDraftedBy(who.ID).SetDraftedAt(tx.Now).Exec(ctx)
	})
	if err != nil {
		return nil, err
	}
	return s.DB.Client.Edition.Get(ctx, id)
}

func parse(in DraftInput) (*policy.Terms, error) {
	if len(in.Text) > maxText {
		return nil, fault.Bad(fault.CodeInvalid, "text", "A file of terms has at most %d KiB.", maxText>>10)
	}
	parsed, err := policy.Parse([]byte(in.Text))
	problems, wrong := errors.AsType[policy.ParseError](err)
	if !wrong {
		return parsed, err
	}
	all := make([]error, len(problems))
	for i, p := range problems {
		all[i] = fault.Bad(fault.CodeTerms, "text", "Line %d: %s", p.Line, strings.TrimSpace(p.Key+" "+p.Say))
	}
	return nil, errors.Join(all...)
}

// Lead is how long before they are in force terms are published, at least: so that every server has read them by then.
const Lead = time.Minute

// Propose asks for a draft to be published from an instant on. Another person has to approve it.
func (s *Service) Propose(ctx context.Context, in ProposeInput) (*ent.Edition, error) {
	who, err := auth.May(ctx, auth.PublishTerms)
	if err != nil {
		return nil, err
	}
	from := in.InForceFrom.UTC().Truncate(time.Microsecond)
	return s.change(ctx, in.ID, func(ctx context.Context, tx store.Tx, e *ent.Edition) error {
		if e.State != edition.StateDRAFT {
			return fault.Clash(fault.CodeState, "Only a draft can be proposed; this one is %s.", e.State)
		}
		if err := acknowledged(e, in.Acknowledge); err != nil {
			return err
		}
		if err := fits(ctx, tx, e, from); err != nil {
			return fault.From(err).At("inForceFrom")
		}
		return tx.Edition.UpdateOneID(e.ID).SetState(edition.StatePROPOSED).SetInForceFrom(from).SetAcknowledged(in.Acknowledge).
			SetProposedBy(who.ID).SetProposedAt(tx.Now).Exec(ctx)
	})
}

// acknowledged refuses placeholders that customers would see and that nobody took the blame for, by name (A41).
func acknowledged(e *ent.Edition, names []string) error {
	t, err := policy.Parse([]byte(e.Canonical))
	if err != nil {
		return fmt.Errorf("edition %s: %w", e.ID, err)
	}
	var open []string
	for _, key := range t.Unset() {
		if !slices.Contains(names, key) {
			open = append(open, key)
		}
	}
	if len(open) > 0 {
		return fault.Bad(fault.CodeUnset, "acknowledge", "Customers would see that these are not set: %s. Set them, or name them here.",
			strings.Join(open, ", ")).Under("A41")
	}
	for i, name := range names {
		if !slices.Contains(t.Unset(), name) {
			return fault.Bad(fault.CodeInvalid, "acknowledge", "This is not a key that is unset.").At(fmt.Sprint(i))
		}
	}
	return nil
}

// fits tells whether terms can come into force at an instant: not in the past, and after all that were published.
func fits(ctx context.Context, tx store.Tx, e *ent.Edition, from time.Time) error {
	if from.Before(tx.Now.Add(Lead)) {
		return fault.Bad(fault.CodePast, "", "Terms come into force a minute from now at the earliest: it is %s.", tx.Now.Format(time.RFC3339))
	}
	others, err := tx.Edition.Query().Where(edition.StateEQ(edition.StatePUBLISHED)).All(ctx)
	if err != nil {
		return err
	}
	for _, o := range others {
		switch {
		case !o.InForceFrom.Before(from):
			return fault.Bad(fault.CodeOverlap, "", "Edition %d is in force from %s: later ones begin after it.", *o.Number, o.InForceFrom.Format(time.RFC3339))
		case o.Version == e.Version:
			return fault.Bad(fault.CodeOverlap, "", "Edition %d calls itself %s already.", *o.Number, o.Version)
		}
	}
	return nil
}

// Approve publishes what another person has proposed. From then on it never changes.
func (s *Service) Approve(ctx context.Context, in EditionInput) (*ent.Edition, error) {
	who, err := auth.May(ctx, auth.PublishTerms)
	if err != nil {
		return nil, err
	}
	done, err := s.change(ctx, in.ID, func(ctx context.Context, tx store.Tx, e *ent.Edition) error {
		switch {
		case e.State != edition.StatePROPOSED:
			return fault.Clash(fault.CodeState, "Only a proposal can be approved; this one is %s.", e.State)
		case who.ID == e.DraftedBy || who.ID == e.ProposedBy:
			return fault.Clash(fault.CodeOwnWork, "Somebody else has to approve what you have written or proposed.")
		}
		if err := fits(ctx, tx, e, *e.InForceFrom); err != nil {
			return err
		}
		before, err := tx.Edition.Query().Where(edition.StateEQ(edition.StatePUBLISHED)).Order(edition.ByNumber()).All(ctx)
		if err != nil {
			return err
		}
		end, err := behind(before)
		if err != nil {
			return err
		}
		e.Number, e.ApprovedBy, e.PublishedAt = new(len(before)+1), who.ID, &tx.Now
		seal, err := sealOf(e, end)
		if err != nil {
			return err
		}
		return tx.Edition.UpdateOneID(e.ID).SetState(edition.StatePUBLISHED).SetNumber(*e.Number).SetApprovedBy(e.ApprovedBy).
			SetPublishedAt(tx.Now).SetSeal(seal).Exec(ctx)
	})
	s.forget()
	return done, err
}

// Withdraw ends a draft or a proposal.
func (s *Service) Withdraw(ctx context.Context, in EditionInput) (*ent.Edition, error) {
	if _, err := auth.May(ctx, auth.DraftTerms); err != nil {
		return nil, err
	}
	return s.change(ctx, in.ID, func(ctx context.Context, tx store.Tx, e *ent.Edition) error {
		if e.State != edition.StateDRAFT && e.State != edition.StatePROPOSED {
			return fault.Clash(fault.CodeState, "What is %s is not withdrawn.", e.State)
		}
		return tx.Edition.UpdateOneID(e.ID).SetState(edition.StateWITHDRAWN).Exec(ctx)
	})
}

// change runs work on an edition that nobody else changes meanwhile.
func (s *Service) change(ctx context.Context, id string, work func(ctx context.Context, tx store.Tx, e *ent.Edition) error) (*ent.Edition, error) {
	err := s.DB.InTx(ctx, func(ctx context.Context, tx store.Tx) error {
		// All editions are held, in one order: what fits depends on the others.
		all, err := store.Hold(tx, tx.Edition.Query().Order(edition.ByID())).All(ctx)
		if err != nil {
			return err
		}
		at := slices.IndexFunc(all, func(e *ent.Edition) bool { return e.ID == id })
		if at < 0 {
			return fault.Missing("id", "edition of the terms")
		}
		return work(ctx, tx, all[at])
	})
	if err != nil {
		return nil, err
	}
	return s.DB.Client.Edition.Get(ctx, id)
}
