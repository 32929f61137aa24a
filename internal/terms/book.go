// Package terms keeps the editions of the merchant's terms: drafts, proposals, and what was published, which never changes
// again. Whoever decides about a return asks for the book of all that was published; which edition answers is the policy's
// to say (A39).
package terms

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"sync"
	"time"

	entsql "entgo.io/ent/dialect/sql"

	"github.com/vysero/returns/ent"
	"github.com/vysero/returns/ent/edition"
	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/fault"
	"github.com/vysero/returns/internal/jobs"
	"github.com/vysero/returns/internal/policy"
	"github.com/vysero/returns/internal/store"
)

// Service holds what the use cases work with. Every field is needed, but for Jobs where nobody simulates by Simulate.
type Service struct {
	DB *store.DB
	// NewID makes an id with the prefix of its record.
	NewID func(prefix string) string
	// Wall is the machine's clock, by which the book is read anew; records go by the store's.
	Wall func() time.Time
	// Jobs does the simulations that nobody can wait for.
	Jobs *jobs.Queue

	mu   sync.Mutex
	book *policy.Book
	read time.Time
}

// fresh is how long a book that was read is taken for what is on record. Terms are published earlier than that before
// they are in force (Lead), so that no server decides by an old book.
const fresh = 10 * time.Second

// Book is every edition that was published. Where the database does not answer, it is the one that was read last.
func (s *Service) Book(ctx context.Context) (*policy.Book, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	age := s.Wall().Sub(s.read)
	if s.book != nil && age >= 0 && age < fresh {
		return s.book, nil
	}
	book, err := s.load(ctx)
	switch {
	case err == nil:
		s.book, s.read = book, s.Wall()
	case s.book == nil:
		return nil, err
	}
	return s.book, nil
}

// forget makes the next question read the book anew.
func (s *Service) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.read = time.Time{}
}

func (s *Service) load(ctx context.Context) (*policy.Book, error) {
	rows, err := s.DB.Client.Edition.Query().Where(edition.StateEQ(edition.StatePUBLISHED)).
		Order(edition.ByNumber()).All(auth.AsSystem(ctx))
	if err != nil {
		return nil, err
	}
	return bind(rows)
}

// bind makes a book of published rows.
func bind(rows []*ent.Edition) (*policy.Book, error) {
	editions := make([]policy.Edition, len(rows))
	for i, row := range rows {
		t, err := asPublished(row)
		if err != nil {
			return nil, fmt.Errorf("edition %s of the terms %w", row.ID, err)
		}
		editions[i] = policy.Edition{From: *row.InForceFrom, Terms: t}
	}
	return policy.NewBook(editions...)
}

// asPublished reads an edition's document, which has to be the very one that was published: the digest that is kept beside it
// is the SHA-256 of its bytes, and of what they are read as.
func asPublished(row *ent.Edition) (*policy.Terms, error) {
	sum := sha256.Sum256([]byte(row.Canonical))
	if digest := hex.EncodeToString(sum[:]); digest != row.Digest {
		return nil, fmt.Errorf("is not what was published: digest %s on record, %s of its document", row.Digest, digest)
	}
	t, err := policy.Parse([]byte(row.Canonical))
	switch {
	case err != nil:
		return nil, fmt.Errorf("cannot be read: %w", err)
	case t.Digest() != row.Digest:
		return nil, fmt.Errorf("is read as other terms than were published: digest %s on record, %s as it is read", row.Digest, t.Digest())
	}
	return t, nil
}

// beginning is from when the first edition is in force: there was no order before it.
var beginning = time.Date(1970, time.January, 1, 0, 0, 0, 0, time.UTC)

// Found publishes terms as the first edition where there is none yet. Where there is one, it changes nothing, and tells
// whether these terms are the ones in force. Nobody is there who could take the blame for what the first edition leaves unset:
// it is on record as acknowledged by nobody (A41), and Placeholders tells.
func (s *Service) Found(ctx context.Context, t *policy.Terms) (inForce bool, err error) {
	ctx = auth.AsSystem(ctx)
	who := auth.From(ctx)
	err = s.DB.InTx(ctx, func(ctx context.Context, tx store.Tx) error {
		known, err := tx.Edition.Query().Where(edition.StateEQ(edition.StatePUBLISHED)).Exist(ctx)
		if err != nil || known {
			return err
		}
		e := &ent.Edition{
			ID: s.NewID("ted"), Number: new(1), Version: t.Version, Digest: t.Digest(), Note: "The terms of the first start.", InForceFrom: &beginning,
			DraftedBy: who.ID, DraftedAt: tx.Now, ProposedBy: who.ID, ProposedAt: &tx.Now, ApprovedBy: who.ID, PublishedAt: &tx.Now,
		}
		seal, err := sealOf(e, "")
		if err != nil {
			return err
		}
		return tx.Edition.Create().SetID(e.ID).SetVersion(e.Version).SetState(edition.StatePUBLISHED).SetNumber(*e.Number).
			SetCanonical(string(t.Canonical())).SetDigest(e.Digest).SetNote(e.Note).
			SetInForceFrom(*e.InForceFrom).SetDraftedBy(e.DraftedBy).SetDraftedAt(e.DraftedAt).
			SetProposedBy(e.ProposedBy).SetProposedAt(*e.ProposedAt).SetApprovedBy(e.ApprovedBy).SetPublishedAt(*e.PublishedAt).SetSeal(seal).Exec(ctx)
	})
	if f := fault.From(err); f != nil && f.Kind != fault.Conflict { // a conflict: another server was faster
		return false, err
	}
	s.forget()
	book, err := s.Book(ctx)
	if err != nil {
		return false, err
	}
	return book.At(s.DB.Now()).Terms.Digest() == t.Digest(), nil
}

// Placeholder is a key of the terms in force that is unset, so that customers see that it is (A41).
type Placeholder struct {
	Key          string
	Acknowledged bool // by whoever proposed the edition
}

// Placeholders are those of the terms in force, in the order of the file. For the program itself, which reports them.
func (s *Service) Placeholders(ctx context.Context) ([]Placeholder, error) {
	book, err := s.Book(ctx)
	if err != nil {
		return nil, err
	}
	in := book.At(s.DB.Now()).Terms
	row, err := s.DB.Client.Edition.Query().Where(edition.StateEQ(edition.StatePUBLISHED), edition.Digest(in.Digest())).
		Order(edition.ByNumber(entsql.OrderDesc())).First(auth.AsSystem(ctx))
	if err != nil {
		return nil, err
	}
	var open []Placeholder
	for _, key := range in.Unset() {
		open = append(open, Placeholder{Key: key, Acknowledged: slices.Contains(row.Acknowledged, key)})
	}
	return open, nil
}

// InForce is the terms as of an instant, which anybody may read; nil is now.
func (s *Service) InForce(ctx context.Context, asOf *time.Time) (*policy.Terms, error) {
	book, err := s.Book(ctx)
	if err != nil {
		return nil, err
	}
	at := s.DB.Now()
	if asOf != nil {
		at = *asOf
	}
	return book.At(at).Terms, nil
}

// List is every edition, in the order in which they were written. For staff.
func (s *Service) List(ctx context.Context) ([]*ent.Edition, error) {
	if _, err := auth.May(ctx, auth.ViewTerms); err != nil {
		return nil, err
	}
	return s.DB.Client.Edition.Query().Order(edition.ByDraftedAt(), edition.ByID()).All(ctx)
}
