package terms

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/vysero/returns/ent"
	"github.com/vysero/returns/ent/simulation"
	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/fault"
	"github.com/vysero/returns/internal/jobs"
	"github.com/vysero/returns/internal/store"
)

// RunSimulation goes on with a simulation until it is done.
type RunSimulation struct {
	SimulationID string `json:"simulationId"`
}

// Kind names the job.
func (RunSimulation) Kind() string { return "terms.simulate" }

// Work tells the queue how the jobs of terms are done. Call it once, before the queue starts.
func (s *Service) Work(q *jobs.Queue) {
	jobs.Handle(q, func(ctx context.Context, job RunSimulation) error {
		over, err := s.Continue(ctx, job.SimulationID)
		switch {
		case ent.IsNotFound(err), errors.Is(err, errOdd):
			return jobs.Hopeless(err)
		case err != nil || over:
			return err
		}
		return jobs.Later(time.Second)
	})
}

const (
	// slice is how long a simulation works at a stretch: well below what a job may take, so that other jobs get their turn.
	slice = 20 * time.Second
	// keeping is how often it is written down how far it has come: so much is done again after a process died.
	keeping = 5 * time.Second
)

// Continue works on a simulation for a while and tells whether it is over. It goes on from where the last run was written
// down, whoever that was; of several at once, one is counted. A row that cannot be replayed makes it FAILED, everything
// else may be tried again.
func (s *Service) Continue(ctx context.Context, id string) (over bool, err error) {
	ctx = auth.AsSystem(ctx)
	row, err := s.DB.Client.Simulation.Query().Where(simulation.ID(id)).WithEdition().Only(ctx)
	if err != nil || row.State == simulation.StateDONE {
		return true, err
	}
	w, err := s.resume(ctx, row)
	if err == nil {
		over, err = s.stretch(ctx, row, w)
	}
	if errors.Is(err, errOdd) {
		return true, errors.Join(err, s.fail(ctx, row.ID, err))
	}
	return over, err
}

// resume takes a walk up where it was written down.
func (s *Service) resume(ctx context.Context, row *ent.Simulation) (*walk, error) {
	draft, err := termsOf(row.Edges.Edition)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errOdd, err)
	}
	w, err := s.walk(ctx, draft, span{from: row.RangeFrom, to: row.RangeTo, at: row.RequestedAt})
	if err != nil || row.Place == "" {
		return w, err
	}
	var so Report
	if err := json.Unmarshal(row.Report, &so); err != nil {
		return nil, fmt.Errorf("%w: %w", errOdd, err)
	}
	if w.place, err = placeAt(row.Place); err != nil {
		return nil, fmt.Errorf("%w: %w", errOdd, err)
	}
	w.simulator, w.done = simulate(w.book, draft, &so), row.Done
	return w, nil
}

// stretch replays pages until the walk is over or the slice is, and keeps what it has.
func (s *Service) stretch(ctx context.Context, row *ent.Simulation, w *walk) (over bool, err error) {
	began := s.Wall()
	kept, at := began, row.Place
	for {
		if over, err = w.page(ctx); err != nil {
			return false, err
		}
		now := s.Wall()
		ended := over || now.Sub(began) >= slice
		if !ended && now.Sub(kept) < keeping {
			continue
		}
		mine, err := s.keep(ctx, row.ID, at, w)
		if err != nil || !mine || ended {
			return over && mine, err // where it was not ours, whoever it is may still die: look again
		}
		kept, at = now, w.place.String()
	}
}

// keep writes down how far a walk has come since a place, and tells whether that was still the last one that was known:
// where it was not, somebody else works on it.
func (s *Service) keep(ctx context.Context, id, since string, w *walk) (mine bool, err error) {
	text, err := json.Marshal(w.Report)
	if err != nil {
		return false, err
	}
	err = s.DB.InTx(ctx, func(ctx context.Context, tx store.Tx) error {
		update := tx.Simulation.Update().Where(simulation.ID(id), simulation.Place(since), simulation.StateNEQ(simulation.StateDONE)).
			SetDone(w.done).SetPlace(w.place.String()).SetReport(text).SetFailure("")
		if w.place.part == partOver {
			update.SetState(simulation.StateDONE).SetFinishedAt(tx.Now)
		} else {
			update.SetState(simulation.StateRUNNING).ClearFinishedAt()
		}
		n, err := update.Save(ctx)
		mine = n == 1
		return err
	})
	return mine, err
}

// fail writes down that a simulation cannot be done.
func (s *Service) fail(ctx context.Context, id string, cause error) error {
	return s.DB.InTx(ctx, func(ctx context.Context, tx store.Tx) error {
		return tx.Simulation.Update().Where(simulation.ID(id), simulation.StateNEQ(simulation.StateDONE)).
			SetState(simulation.StateFAILED).SetFailure(fault.From(cause).Say).SetFinishedAt(tx.Now).Exec(ctx)
	})
}
