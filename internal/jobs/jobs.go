// Package jobs is the queue of work that outlives a process. A job is added in the transaction of the rows that it is
// about: both are there or neither. Any server on the database may do it, once or more often: what a job does must bear
// being done again. A job that keeps failing is put aside, where Dead finds it, and holds nobody else up.
//
// It is River underneath, with its tables beside the records: on SQLite as on PostgreSQL.
package jobs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"github.com/vysero/returns/internal/fault"
	"github.com/vysero/returns/internal/store"
)

// Args are what a job is told: a struct of ids. Kind names the work, in lower case with dots: "refund.submit".
type Args = river.JobArgs

// Comparable is Args of which two are the same when they name the same ids.
type Comparable interface {
	comparable
	Args
}

// Config of a Queue.
type Config struct {
	// Now is the wall clock, by which jobs are due: the queue's tables live by the machine's time, whatever a demo says.
	Now func() time.Time
	Log *slog.Logger
	// Workers is how many jobs run at once in this process; 4 where it is zero.
	Workers int
}

// The bounds of one job. One that died with its process is taken up again after rescueAfter.
const (
	poll        = 500 * time.Millisecond // how often the queue is looked into
	within      = 45 * time.Second
	rescueAfter = time.Minute
	// refetch is how long a process waits at least before it fetches jobs again: with River's own 100 ms a queue of few
	// workers would do few jobs a second, however quick they are.
	refetch = 10 * time.Millisecond
	// Attempts is how often a job is tried before it is put aside, with pauses that grow to hours.
	Attempts = 8
	keepDead = 90 * 24 * time.Hour
	keepDone = time.Hour
)

// Queue takes jobs and, once it is started, does them.
type Queue struct {
	config  Config
	workers *river.Workers
	regular []*river.PeriodicJob
	open    func(*river.Config) (engine, error)
	adding  engine
	working engine // nil unless it is started
}

// engine is River's client for one of the databases.
type engine interface {
	add(ctx context.Context, tx store.Tx, args Args, opts *river.InsertOpts) error
	Start(ctx context.Context) error
	StopAndCancel(ctx context.Context) error
	Stop(ctx context.Context) error
	JobList(ctx context.Context, params *river.JobListParams) (*river.JobListResult, error)
	JobRetry(ctx context.Context, id int64) (*rivertype.JobRow, error)
}

// New makes a queue on the database. Tell it what it can do with Handle and Every before Start.
func New(db *store.DB, c Config) (*Queue, error) {
	if c.Workers == 0 {
		c.Workers = 4
	}
	q := &Queue{config: c, workers: river.NewWorkers(), open: func(rc *river.Config) (engine, error) { return engineOn(db, rc) }}
	var err error
	q.adding, err = q.open(&river.Config{Logger: quiet(c.Log)})
	return q, err
}

// quiet keeps River's own lines out of the log, but for its errors. What it could not end because it was told to stop is none:
// whoever watches the log would take every stop for a failure.
func quiet(log *slog.Logger) *slog.Logger { return slog.New(atLeast{log.Handler(), slog.LevelError}) }

type atLeast struct {
	slog.Handler

	level slog.Level
}

// Enabled leaves out what is below the level, and what was told to stop.
func (h atLeast) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= h.level && !errors.Is(ctx.Err(), context.Canceled)
}

// Later is the wish of a job to be done again after a while, which is no failure.
func Later(d time.Duration) error { return river.JobSnooze(max(d, time.Second)) }

// Hopeless is a failure that no repetition can mend: the job is put aside at once.
func Hopeless(err error) error { return river.JobCancel(err) }

// Handle says how the jobs of one kind are done. An error is a failure: the job is tried again, and put aside after Attempts.
func Handle[T Args](q *Queue, work func(ctx context.Context, args T) error) {
	river.AddWorker(q.workers, &worker[T]{work: work, told: told{q.config.Log}})
}

type worker[T Args] struct {
	river.WorkerDefaults[T]

	work func(ctx context.Context, args T) error
	told told
}

// Work does one job. A panic becomes an error here: the queue would keep its value, which may be anybody's, with the job.
// River tells its error handler nothing of a job that is hopeless, so it is told here.
func (w *worker[T]) Work(ctx context.Context, job *river.Job[T]) (err error) {
	defer func() {
		if value := recover(); value != nil {
			err = fmt.Errorf("panic with a value of type %T: %s", value, debug.Stack())
		}
	}()
	err = masked(w.work(ctx, job.Args))
	if hopeless(err) {
		w.told.tell(ctx, job.JobRow, err)
	}
	return err
}

// masked is a failure as it may be kept with the job and logged: what it means to the queue stays.
func masked(err error) error {
	var later *river.JobSnoozeError
	var given *river.JobCancelError
	switch {
	case err == nil, errors.As(err, &later):
		return err
	case errors.As(err, &given):
		return river.JobCancel(errors.New(fault.Masked(given.Unwrap())))
	}
	return errors.New(fault.Masked(err))
}

func hopeless(err error) bool {
	_, is := errors.AsType[*rivertype.JobCancelError](err)
	return is
}

// Every adds the job regularly, on one of the servers, and once when that one begins to be in charge; never while one is
// waiting or at work. One that is done holds none up: by a clock that was put back it is a job of the future.
func (q *Queue) Every(d time.Duration, args Args) {
	q.regular = append(q.regular, river.NewPeriodicJob(river.PeriodicInterval(d), func() (Args, *river.InsertOpts) {
		q.hasten(args.Kind())
		return args, &river.InsertOpts{
			MaxAttempts: 3, ScheduledAt: q.config.Now(), // River's own instant is counted from a clock that may have been put back
			UniqueOpts: river.UniqueOpts{ByArgs: true, ByState: unfinished},
		}
	}, &river.PeriodicJobOpts{RunOnStart: true}))
}

// unfinished are the states of a job that waits or is at work.
var unfinished = []rivertype.JobState{
	rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRetryable, rivertype.JobStateRunning, rivertype.JobStateScheduled,
}

// hasten makes the regular jobs of a kind due that wait for an instant from before the clock was put back. Where that fails
// the next time will do: it is told in the log.
func (q *Queue) hasten(kind string) {
	ctx, cancel := context.WithTimeout(context.Background(), within)
	defer cancel()
	found, err := q.adding.JobList(ctx, river.NewJobListParams().Kinds(kind).
		States(rivertype.JobStateAvailable, rivertype.JobStateRetryable, rivertype.JobStateScheduled).First(mostWaiting))
	if err == nil {
		late := q.config.Now().Add(within)
		for _, job := range found.Jobs {
			if job.ScheduledAt.After(late) { // no pause of a regular job is as long
				_, failed := q.adding.JobRetry(ctx, job.ID)
				err = errors.Join(err, failed)
			}
		}
	}
	if err != nil {
		q.config.Log.LogAttrs(ctx, slog.LevelWarn, "regular jobs were not looked at", slog.String("kind", kind), slog.String("cause", fault.Masked(err)))
	}
}

// Add adds a job in the transaction, to be done in a while; at once where that is zero.
func (q *Queue) Add(ctx context.Context, tx store.Tx, args Args, in time.Duration) error {
	opts := &river.InsertOpts{MaxAttempts: Attempts}
	if in > 0 {
		opts.ScheduledAt = q.config.Now().Add(in)
	}
	return q.adding.add(ctx, tx, args, opts)
}

// AddOnce adds a job in the transaction, to be done at once, unless the same one is waiting, at work, or was done within the
// last hour. Args are the same where their fields that are tagged `river:"unique"` are. It does as much work either way.
func (q *Queue) AddOnce(ctx context.Context, tx store.Tx, args Args) error {
	return q.adding.add(ctx, tx, args, &river.InsertOpts{MaxAttempts: Attempts, UniqueOpts: river.UniqueOpts{ByArgs: true}})
}

// mostWaiting is how many jobs Waiting looks at: all that River lists at once.
const mostWaiting = 10_000

// Waiting gives the jobs of one kind that are due and that nobody has taken up: what such a job is about need not be given
// another one.
func Waiting[T Comparable](ctx context.Context, q *Queue) (map[T]bool, error) {
	var kind T
	found, err := q.adding.JobList(ctx, river.NewJobListParams().Kinds(kind.Kind()).States(rivertype.JobStateAvailable).First(mostWaiting))
	if err != nil {
		return nil, err
	}
	all := make(map[T]bool, len(found.Jobs))
	late := q.config.Now().Add(within)
	for _, job := range found.Jobs {
		if job.ScheduledAt.After(late) {
			continue // the clock was put back since it was added: nobody takes it up before then
		}
		var args T
		if err := json.Unmarshal(job.EncodedArgs, &args); err != nil {
			return nil, fmt.Errorf("job %d: %w", job.ID, err)
		}
		all[args] = true
	}
	return all, nil
}

// Start begins to do jobs, until Stop.
func (q *Queue) Start(ctx context.Context) error {
	client, err := q.open(&river.Config{
		Logger: quiet(q.config.Log), Workers: q.workers, PeriodicJobs: q.regular, ErrorHandler: told{q.config.Log},
		Queues:     map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: q.config.Workers}},
		JobTimeout: within, RescueStuckJobsAfter: rescueAfter, FetchPollInterval: poll, FetchCooldown: refetch,
		CompletedJobRetentionPeriod: keepDone, DiscardedJobRetentionPeriod: keepDead, CancelledJobRetentionPeriod: keepDead,
	})
	if err != nil {
		return err
	}
	if err := client.Start(context.WithoutCancel(ctx)); err != nil {
		return fmt.Errorf("the queue cannot be started: %w", err)
	}
	q.working = client
	return nil
}

// Stop takes no more jobs and waits for those under way as long as ctx says; then it ends them, and they are done again
// later. Stopping a queue that does not work does nothing.
func (q *Queue) Stop(ctx context.Context) error {
	working := q.working
	if working == nil {
		return nil
	}
	q.working = nil
	err := working.Stop(ctx)
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		hard, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		return working.StopAndCancel(hard)
	}
	return err
}

// Dead is a job that was put aside: it failed too often, or for good.
type Dead struct {
	ID       int64
	Kind     string
	Args     json.RawMessage
	Attempts int
	At       time.Time
	Cause    string // of the last attempt, for people who run the program
}

// mostDead is how many jobs Dead lists.
const mostDead = 1000

// Dead lists the jobs that were put aside, the latest first, at most a thousand.
func (q *Queue) Dead(ctx context.Context) ([]Dead, error) {
	found, err := q.adding.JobList(ctx, river.NewJobListParams().States(rivertype.JobStateDiscarded, rivertype.JobStateCancelled).
		OrderBy(river.JobListOrderByID, river.SortOrderDesc).First(mostDead))
	if err != nil {
		return nil, err
	}
	all := make([]Dead, len(found.Jobs))
	for i, job := range found.Jobs {
		all[i] = Dead{ID: job.ID, Kind: job.Kind, Args: job.EncodedArgs, Attempts: job.Attempt}
		if job.FinalizedAt != nil {
			all[i].At = job.FinalizedAt.UTC()
		}
		if n := len(job.Errors); n > 0 {
			all[i].Cause = job.Errors[n-1].Error
		}
	}
	return all, nil
}

// ErrNoJob is the answer to Retry for a number that no job has.
var ErrNoJob = errors.New("there is no such job")

// Retry takes a job that was put aside up again.
func (q *Queue) Retry(ctx context.Context, id int64) error {
	_, err := q.adding.JobRetry(ctx, id)
	if errors.Is(err, rivertype.ErrNotFound) {
		return ErrNoJob
	}
	return err
}

// told writes failures into the log: each attempt as a warning, the last one as an error.
type told struct{ log *slog.Logger }

// HandleError writes a job's failure down.
func (h told) HandleError(ctx context.Context, job *rivertype.JobRow, err error) *river.ErrorHandlerResult {
	h.tell(ctx, job, err)
	return nil
}

// HandlePanic writes a job's panic down, without the value, which may be anybody's.
func (h told) HandlePanic(ctx context.Context, job *rivertype.JobRow, _ any, trace string) *river.ErrorHandlerResult {
	h.tell(ctx, job, errors.New("panic: "+trace))
	return nil
}

func (h told) tell(ctx context.Context, job *rivertype.JobRow, err error) {
	level, say := slog.LevelWarn, "a job failed and will be tried again"
	if job.Attempt >= job.MaxAttempts || hopeless(err) {
		level, say = slog.LevelError, "a job was put aside: see server jobs"
	}
	h.log.LogAttrs(ctx, level, say, slog.String("kind", job.Kind), slog.Int64("job", job.ID),
		slog.Int("attempt", job.Attempt), slog.String("cause", err.Error()))
}
