package terms

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/vysero/returns/ent"
	"github.com/vysero/returns/ent/simulation"
	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/fault"
	"github.com/vysero/returns/internal/policy"
	"github.com/vysero/returns/internal/store"
)

// SimulateInput asks what returns and orders would have been answered by an edition, whatever its state.
type SimulateInput struct {
	EditionID string
	// Returns and refusals by their request, orders by their purchase: from an instant on, and before another. Where they are the
	// same, nothing is in the range.
	From, To time.Time
}

// atOnce is how many returns, refusals and orders are replayed while the caller waits. More are a job.
const atOnce = 2_000

// Simulate replays the returns, the refusals and the orders of a range by an edition as if it had been the shop's only terms at every
// purchase, and compares the answers with those of the book as it stands. A small range comes back DONE, a larger one
// QUEUED. It changes nothing but its own record.
// Errors: NOT_FOUND for the edition; INVALID_INPUT for a range that ends before it begins.
func (s *Service) Simulate(ctx context.Context, in SimulateInput) (*ent.Simulation, error) {
	who, err := auth.May(ctx, auth.SimulateTerms)
	if err != nil {
		return nil, err
	}
	within, err := spanOf(in.From, in.To, s.DB.Now())
	if err != nil {
		return nil, err
	}
	draft, err := s.edition(ctx, in.EditionID)
	if err != nil {
		return nil, err
	}
	total, err := within.count(ctx, s.DB.Client)
	if err != nil {
		return nil, err
	}
	asked := simulationAsked{id: s.NewID("tsm"), by: who.ID, edition: in.EditionID, total: total, span: within}
	if total > atOnce {
		return s.enqueue(ctx, asked)
	}
	w, err := s.walk(ctx, draft, within)
	if err != nil {
		return nil, err
	}
	if err := w.whole(ctx, nil); err != nil {
		return nil, err
	}
	return s.conclude(ctx, asked, w)
}

// simulationAsked is a simulation that is to be written down.
type simulationAsked struct {
	span

	id, by, edition string
	total           int
}

func (a simulationAsked) create(tx store.Tx) *ent.SimulationCreate {
	return tx.Simulation.Create().SetID(a.id).SetEditionID(a.edition).SetRangeFrom(a.from).SetRangeTo(a.to).
		SetTotal(a.total).SetRequestedBy(a.by).SetRequestedAt(a.at)
}

// enqueue writes a simulation down with the job that does it.
func (s *Service) enqueue(ctx context.Context, asked simulationAsked) (*ent.Simulation, error) {
	err := s.DB.InTx(ctx, func(ctx context.Context, tx store.Tx) error {
		if err := asked.create(tx).SetState(simulation.StateQUEUED).Exec(ctx); err != nil {
			return err
		}
		return s.Jobs.Add(ctx, tx, RunSimulation{SimulationID: asked.id}, 0)
	})
	if err != nil {
		return nil, err
	}
	return s.DB.Client.Simulation.Get(ctx, asked.id)
}

// conclude writes a simulation down that is done.
func (s *Service) conclude(ctx context.Context, asked simulationAsked, w *walk) (*ent.Simulation, error) {
	text, err := json.Marshal(w.Report)
	if err != nil {
		return nil, err
	}
	err = s.DB.InTx(ctx, func(ctx context.Context, tx store.Tx) error {
		return asked.create(tx).SetState(simulation.StateDONE).SetDone(w.done).SetPlace(w.place.String()).SetReport(text).
			SetFinishedAt(tx.Now).Exec(ctx)
	})
	if err != nil {
		return nil, err
	}
	return s.DB.Client.Simulation.Get(ctx, asked.id)
}

// edition reads the terms of an edition, whatever its state.
func (s *Service) edition(ctx context.Context, id string) (*policy.Terms, error) {
	row, err := s.DB.Client.Edition.Get(ctx, id)
	if ent.IsNotFound(err) {
		return nil, fault.Missing("editionId", "edition of the terms")
	}
	if err != nil {
		return nil, err
	}
	return termsOf(row)
}

func termsOf(row *ent.Edition) (*policy.Terms, error) {
	t, err := policy.Parse([]byte(row.Canonical))
	if err != nil {
		return nil, fmt.Errorf("edition %s of the terms: %w", row.ID, err)
	}
	return t, nil
}

// walk begins a walk through a range.
func (s *Service) walk(ctx context.Context, draft *policy.Terms, in span) (*walk, error) {
	book, err := s.Book(ctx)
	if err != nil {
		return nil, err
	}
	return &walk{simulator: simulate(book, draft, &Report{}), client: s.DB.Client, in: in, place: place{part: partReturns}}, nil
}

// whole goes to the end and tells progress after each page, where somebody wants to know.
func (w *walk) whole(ctx context.Context, progress func(done int)) error {
	for over := false; !over; {
		var err error
		if over, err = w.page(ctx); err != nil {
			return err
		}
		if progress != nil {
			progress(w.done)
		}
	}
	return nil
}

// TryInput is a simulation that nobody writes down.
type TryInput struct {
	Terms    *policy.Terms
	From, To time.Time
	// Progress is told, now and then, how many returns, refusals and orders of all were replayed; nil for nobody.
	Progress func(done, total int)
}

// Try simulates terms that are in no record and gives the report. It writes nothing, and holds few rows at once.
// Error: INVALID_INPUT for a range that ends before it begins.
func (s *Service) Try(ctx context.Context, in TryInput) (*Report, error) {
	if _, err := auth.May(ctx, auth.SimulateTerms); err != nil {
		return nil, err
	}
	within, err := spanOf(in.From, in.To, s.DB.Now())
	if err != nil {
		return nil, err
	}
	w, err := s.walk(ctx, in.Terms, within)
	if err != nil {
		return nil, err
	}
	total := 0
	if in.Progress != nil {
		if total, err = within.count(ctx, s.DB.Client); err != nil {
			return nil, err
		}
	}
	err = w.whole(ctx, func(done int) {
		if in.Progress != nil {
			in.Progress(done, total)
		}
	})
	w.sort()
	return w.Report, err
}

// Simulation finds a simulation by its id, for whoever may ask for one; nil where there is none.
func (s *Service) Simulation(ctx context.Context, id string) (*ent.Simulation, error) {
	if _, err := auth.May(ctx, auth.SimulateTerms); err != nil {
		return nil, err
	}
	row, err := s.DB.Client.Simulation.Get(ctx, id)
	return row, ent.MaskNotFound(err)
}

// ReportOf is what a simulation found; nil until it is DONE.
func ReportOf(row *ent.Simulation) (*Report, error) {
	if row.State != simulation.StateDONE {
		return nil, nil //nolint:nilnil // not yet is an answer
	}
	var r Report
	if err := json.Unmarshal(row.Report, &r); err != nil {
		return nil, fmt.Errorf("the report of simulation %s: %w", row.ID, err)
	}
	r.sort()
	return &r, nil
}
