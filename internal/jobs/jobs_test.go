package jobs_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/jobs"
	"github.com/vysero/returns/internal/store"
	"github.com/vysero/returns/internal/store/pgtest"
)

// count is a job that counts how often it was done, and fails as often as it is told.
type count struct {
	Name  string `json:"name"`
	Fails int    `json:"fails"`
}

// Kind names the job.
func (count) Kind() string { return "test.count" }

// each runs a test on every database that can be had.
func each(t *testing.T, test func(t *testing.T, url string)) {
	t.Helper()
	t.Run("SQLite", func(t *testing.T) {
		t.Parallel()
		test(t, "sqlite:"+filepath.Join(t.TempDir(), "shop.db"))
	})
	t.Run("PostgreSQL", func(t *testing.T) {
		t.Parallel()
		if url, ok := pgtest.Database(t); ok {
			test(t, url)
		}
	})
}

// desk is a database with a queue on it.
type desk struct {
	db    *store.DB
	queue *jobs.Queue
	done  chan string
	tried atomic.Int64
}

func open(t *testing.T, url string) *desk {
	t.Helper()
	db, err := store.Open(t.Context(), url, time.Now)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	_, err = db.Migrate(t.Context())
	require.NoError(t, err)
	d := &desk{db: db, done: make(chan string, 100)}
	d.queue, err = jobs.New(db, jobs.Config{Now: time.Now, Log: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	jobs.Handle(d.queue, func(_ context.Context, c count) error {
		if d.tried.Add(1) <= int64(c.Fails) {
			return errors.New("not today")
		}
		d.done <- c.Name
		return nil
	})
	return d
}

func (d *desk) start(t *testing.T) {
	t.Helper()
	require.NoError(t, d.queue.Start(t.Context()))
	t.Cleanup(func() { require.NoError(t, d.queue.Stop(context.Background())) })
}

// add adds a job in a transaction that ends as it is told.
func (d *desk) add(ctx context.Context, c count, end error) error {
	return d.db.InTx(ctx, func(ctx context.Context, tx store.Tx) error {
		if err := tx.Customer.Create().SetID("cus_" + c.Name).SetEmail(c.Name + "@example.com").Exec(ctx); err != nil {
			return err
		}
		return errors.Join(d.queue.Add(ctx, tx, c, 0), end)
	})
}

func TestAJobIsThereExactlyWhereTheRowsAreThatItIsAbout(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, url string) {
		d := open(t, url)
		undone := errors.New("undone")
		require.ErrorIs(t, d.add(t.Context(), count{Name: "lost"}, undone), undone)
		require.NoError(t, d.add(t.Context(), count{Name: "kept"}, nil))
		d.start(t)
		require.Equal(t, "kept", <-d.done)
		require.Equal(t, 1, d.db.Client.Customer.Query().CountX(auth.AsSystem(t.Context())))
		require.EqualValues(t, 1, d.tried.Load(), "the job of the transaction that was undone is not done")
	})
}

func TestAJobThatFailsIsTriedAgain(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, url string) {
		d := open(t, url)
		require.NoError(t, d.add(t.Context(), count{Name: "a", Fails: 1}, nil))
		d.start(t)
		require.Equal(t, "a", <-d.done)
		require.EqualValues(t, 2, d.tried.Load())
	})
}

// once is a job that is tried once only.
type poison struct{}

// Kind names the job.
func (poison) Kind() string { return "test.poison" }

func TestAPoisonJobIsPutAsideWhereItIsSeenAndHoldsNobodyUp(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, url string) {
		d := open(t, url)
		var healed atomic.Bool
		jobs.Handle(d.queue, func(context.Context, poison) error {
			if healed.Load() {
				d.done <- "healed"
				return nil
			}
			return jobs.Hopeless(errors.New("it is broken"))
		})
		require.NoError(t, d.db.InTx(t.Context(), func(ctx context.Context, tx store.Tx) error {
			return d.queue.Add(ctx, tx, poison{}, 0)
		}))
		d.start(t)
		require.NoError(t, d.add(t.Context(), count{Name: "after"}, nil))
		require.Equal(t, "after", <-d.done)
		var dead []jobs.Dead
		require.Eventually(t, func() bool {
			var err error
			dead, err = d.queue.Dead(t.Context())
			return err == nil && len(dead) == 1
		}, time.Minute, 10*time.Millisecond)
		require.Equal(t, "test.poison", dead[0].Kind)
		require.Contains(t, dead[0].Cause, "it is broken")
		require.ErrorIs(t, d.queue.Retry(t.Context(), 999), jobs.ErrNoJob)
		healed.Store(true)
		require.NoError(t, d.queue.Retry(t.Context(), dead[0].ID))
		require.Equal(t, "healed", <-d.done)
	})
}

func TestAnythingDueLaterWaits(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, url string) {
		d := open(t, url)
		require.NoError(t, d.db.InTx(t.Context(), func(ctx context.Context, tx store.Tx) error {
			return errors.Join(d.queue.Add(ctx, tx, count{Name: "tomorrow"}, 24*time.Hour), d.queue.Add(ctx, tx, count{Name: "now"}, 0))
		}))
		d.start(t)
		require.Equal(t, "now", <-d.done)
		require.Empty(t, d.done)
	})
}

func TestTwoServersOnOneDatabaseDoEachJobOnce(t *testing.T) {
	t.Parallel()
	url, ok := pgtest.Database(t)
	if !ok {
		return
	}
	one, other := open(t, url), open(t, url)
	other.done = one.done
	one.start(t)
	other.start(t)
	const all = 40
	for i := range all {
		require.NoError(t, one.add(t.Context(), count{Name: string(rune('A'+i/26)) + string(rune('a'+i%26))}, nil))
	}
	seen := map[string]bool{}
	for range all {
		seen[<-one.done] = true
	}
	require.Len(t, seen, all)
	require.Equal(t, int64(all), one.tried.Load()+other.tried.Load())
}

// leak is a job that fails with what nobody may read.
type leak struct {
	How string `json:"how"`
}

// Kind names the job.
func (leak) Kind() string { return "test.leak" }

func TestWhatAJobFailsWithIsKeptWithoutValues(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, url string) {
		d := open(t, url)
		var log bytes.Buffer
		var err error
		d.queue, err = jobs.New(d.db, jobs.Config{Now: time.Now, Log: slog.New(slog.NewTextHandler(&log, nil))})
		require.NoError(t, err)
		jobs.Handle(d.queue, func(_ context.Context, l leak) error {
			defer func() { d.done <- l.How }()
			if l.How == "panic" {
				panic("Ada of ada@example.com")
			}
			return jobs.Hopeless(errors.New(`no mail to ada@example.com: "Ada" is unknown`))
		})
		for _, how := range []string{"panic", "hopeless"} {
			require.NoError(t, d.db.InTx(t.Context(), func(ctx context.Context, tx store.Tx) error {
				return d.queue.Add(ctx, tx, leak{How: how}, 0)
			}))
		}
		require.NoError(t, d.queue.Start(t.Context()))
		<-d.done
		<-d.done
		require.NoError(t, d.queue.Stop(t.Context()))
		dead, err := d.queue.Dead(t.Context())
		require.NoError(t, err)
		require.Len(t, dead, 1)
		require.Contains(t, dead[0].Cause, "JobCancelError: no mail to … … is unknown")
		for _, text := range append(d.rows(t), log.String()) {
			require.NotContains(t, strings.ToLower(text), "ada")
		}
		require.Contains(t, log.String(), "panic with a value of type string")
	})
}

// rows are the queue's own rows, each as one text, with every error that is kept.
func (d *desk) rows(t *testing.T) []string {
	t.Helper()
	found, err := d.sql(t).QueryContext(t.Context(), "SELECT kind, args, errors FROM river_job WHERE kind = 'test.leak' ORDER BY id")
	require.NoError(t, err)
	defer func() { require.NoError(t, found.Close()) }()
	var all []string
	for found.Next() {
		var kind, args, failed any
		require.NoError(t, found.Scan(&kind, &args, &failed))
		all = append(all, fmt.Sprintf("%s %s %s", kind, args, failed))
	}
	require.NoError(t, found.Err())
	require.Len(t, all, 2)
	return all
}

// sql is a way to the database's tables.
func (d *desk) sql(t *testing.T) *sql.DB {
	t.Helper()
	db, pool := d.db.Native()
	if pool != nil {
		var err error
		db, err = sql.Open("pgx", pool.Config().ConnString())
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, db.Close()) })
	}
	return db
}

// knock is a job of which one is enough, whoever added it.
type knock struct {
	Door string `json:"door" river:"unique"`
	Who  string `json:"who"`
}

// Kind names the job.
func (knock) Kind() string { return "test.knock" }

func TestOfTheSameJobOneIsEnough(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, url string) {
		d := open(t, url)
		jobs.Handle(d.queue, func(_ context.Context, k knock) error { d.done <- k.Door + k.Who; return nil })
		add := func(k knock) {
			require.NoError(t, d.db.InTx(t.Context(), func(ctx context.Context, tx store.Tx) error { return d.queue.AddOnce(ctx, tx, k) }))
		}
		add(knock{Door: "a", Who: "1"})
		add(knock{Door: "a", Who: "2"})
		d.start(t)
		require.Equal(t, "a1", <-d.done)
		add(knock{Door: "a", Who: "3"})
		add(knock{Door: "b", Who: "4"})
		require.Equal(t, "b4", <-d.done, "it was done a moment ago")
	})
}

// heard is a log that hands each line on.
type heard chan string

// Write hands a line on.
func (h heard) Write(line []byte) (int, error) {
	h <- string(line)
	return len(line), nil
}

func TestAHopelessJobIsToldInTheLogAsAFailureForGood(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, url string) {
		d := open(t, url)
		said := make(heard, 10)
		q, err := jobs.New(d.db, jobs.Config{Now: time.Now, Log: slog.New(slog.NewTextHandler(said, nil))})
		require.NoError(t, err)
		jobs.Handle(q, func(context.Context, poison) error { return jobs.Hopeless(errors.New("it is broken")) })
		require.NoError(t, d.db.InTx(t.Context(), func(ctx context.Context, tx store.Tx) error { return q.Add(ctx, tx, poison{}, 0) }))
		require.NoError(t, q.Start(t.Context()))
		t.Cleanup(func() { require.NoError(t, q.Stop(context.Background())) })
		line := <-said
		require.Contains(t, line, "level=ERROR")
		require.Contains(t, line, "put aside")
		require.Contains(t, line, "test.poison")
		require.Contains(t, line, "it is broken")
	})
}
