package terms

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	entsql "entgo.io/ent/dialect/sql"

	"github.com/vysero/returns/ent"
	"github.com/vysero/returns/ent/edition"
	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/chain"
)

// The editions that were published are a chain of their own. One never changes again, so that its row is its event: the seal
// in it is a digest of what was published, by whom and when, and of the seal of the edition before it.

// link is what a seal is made of.
type link struct {
	Before       string     `json:"before"`
	ID           string     `json:"id"`
	Number       *int       `json:"number"`
	Version      string     `json:"version"`
	Digest       string     `json:"digest"`
	Note         string     `json:"note"`
	InForceFrom  *time.Time `json:"inForceFrom"`
	Acknowledged []string   `json:"acknowledged"`
	DraftedBy    string     `json:"draftedBy"`
	DraftedAt    *time.Time `json:"draftedAt"`
	ProposedBy   string     `json:"proposedBy"`
	ProposedAt   *time.Time `json:"proposedAt"`
	ApprovedBy   string     `json:"approvedBy"`
	PublishedAt  *time.Time `json:"publishedAt"`
}

// sealOf is the seal of an edition behind that of the one before it, "" for the first.
func sealOf(e *ent.Edition, before string) (string, error) {
	return chain.Digest(link{
		Before: before, ID: e.ID, Number: e.Number, Version: e.Version, Digest: e.Digest, Note: e.Note, InForceFrom: inUTC(e.InForceFrom),
		Acknowledged: append([]string{}, e.Acknowledged...), DraftedBy: e.DraftedBy, DraftedAt: inUTC(&e.DraftedAt),
		ProposedBy: e.ProposedBy, ProposedAt: inUTC(e.ProposedAt), ApprovedBy: e.ApprovedBy, PublishedAt: inUTC(e.PublishedAt),
	})
}

// inUTC is an instant as every database keeps it.
func inUTC(at *time.Time) *time.Time {
	if at == nil {
		return nil
	}
	return new(at.UTC().Truncate(time.Microsecond))
}

// behind is the seal that the next edition stands behind. all are those that were published, in their order; what an edition
// of before there were seals would bear counts as its own.
func behind(all []*ent.Edition) (end string, err error) {
	for _, e := range all {
		if end, err = sealNow(e, end); err != nil {
			return "", err
		}
	}
	return end, nil
}

func sealNow(e *ent.Edition, before string) (string, error) {
	if e.Seal != "" {
		return e.Seal, nil
	}
	return sealOf(e, before)
}

// Audited counts what an audit of the editions looked at.
type Audited struct {
	Editions    int
	Unsealed    int // published before there were seals: nothing but the next one's seal says what they must be
	Differences int
}

// Audit holds the editions that were published against their seals and their digests: what is in force from when, by whose
// approval. Each difference is told as it is found. It changes nothing.
func (s *Service) Audit(ctx context.Context, found func(Difference)) (Audited, error) {
	var done Audited
	rows, err := s.DB.Client.Edition.Query().
		Where(edition.Or(edition.StateEQ(edition.StatePUBLISHED), edition.SealNEQ(""))).Order(edition.ByNumber(entsql.OrderNullsLast()), edition.ByID()).
		All(auth.AsSystem(ctx))
	if err != nil {
		return done, err
	}
	end, sealed := "", false
	for i, e := range rows {
		done.Editions++
		say, err := unlike(e, end, i+1)
		switch {
		case err != nil:
			return done, err
		case say == "" && e.Seal == "" && sealed:
			say = "it bears no seal, and one before it does"
		case say == "" && e.Seal == "":
			done.Unsealed++
		}
		if say != "" {
			done.Differences++
			found(Difference{Where: e.ID, Say: []string{say}})
		}
		sealed = sealed || e.Seal != ""
		if end, err = sealNow(e, end); err != nil {
			return done, err
		}
	}
	return done, nil
}

// unlike tells in what an edition is not the one that was published as the nth behind a seal; "" where it is.
func unlike(e *ent.Edition, before string, nth int) (string, error) {
	seal, err := sealOf(e, before)
	sum := sha256.Sum256([]byte(e.Canonical))
	switch {
	case err != nil:
		return "", err
	case e.State != edition.StatePUBLISHED:
		return fmt.Sprintf("it was published and is %s", e.State), nil
	case *e.Number != nth:
		return fmt.Sprintf("it is edition %d and stands in the place of edition %d", *e.Number, nth), nil
	case hex.EncodeToString(sum[:]) != e.Digest:
		return "its text is not what was published: its digest is another one", nil
	case e.Seal != "" && e.Seal != seal:
		return "it, or one before it that bears no seal, is not what was published", nil
	}
	return "", nil
}
