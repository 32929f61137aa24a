package store_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/ent"
	"github.com/vysero/returns/ent/privacy"
	"github.com/vysero/returns/ent/rule"
	"github.com/vysero/returns/internal/apptest"
	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/fault"
	"github.com/vysero/returns/internal/store"
)

func fixed() time.Time { return time.Date(2026, 3, 1, 10, 0, 0, 123456789, time.FixedZone("", 3600)) }

func open(t *testing.T) *store.DB {
	t.Helper()
	db, err := store.Open(t.Context(), apptest.DatabaseURL(t, t.TempDir()), fixed)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	_, err = db.Migrate(t.Context())
	require.NoError(t, err)
	return db
}

func addCustomer(ctx context.Context, db *store.DB, id, email string) error {
	return db.InTx(ctx, func(ctx context.Context, tx store.Tx) error {
		return tx.Customer.Create().SetID(id).SetEmail(email).Exec(ctx)
	})
}

func TestMigratingTwiceDoesNothingTheSecondTime(t *testing.T) {
	t.Parallel()
	db := open(t)
	pending, err := db.Pending(t.Context())
	require.NoError(t, err)
	require.Zero(t, pending)
	steps, err := db.Migrate(t.Context())
	require.NoError(t, err)
	require.Empty(t, steps)
}

// Whatever others may do in the folder: customers' data are for whoever runs the program.
func TestTheFilesOfSQLiteAreForTheirOwnerAlone(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "shop.db")
	for range 2 { // made, and found
		db, err := store.Open(t.Context(), "sqlite:"+path, fixed)
		require.NoError(t, err)
		_, err = db.Migrate(t.Context())
		require.NoError(t, err)
		for _, ending := range []string{"", "-wal", "-shm"} {
			about, err := os.Stat(path + ending)
			require.NoError(t, err)
			assert.Equal(t, os.FileMode(0o600), about.Mode(), ending)
		}
		require.NoError(t, db.Close())
	}
}

func TestATransactionThatFailsLeavesNothing(t *testing.T) {
	t.Parallel()
	db, ctx := open(t), auth.AsSystem(t.Context())
	boom := errors.New("boom")
	err := db.InTx(ctx, func(ctx context.Context, tx store.Tx) error {
		require.NoError(t, tx.Customer.Create().SetID("cus_1").SetEmail("a@example.com").Exec(ctx))
		return boom
	})
	require.ErrorIs(t, err, boom)
	require.Zero(t, db.Client.Customer.Query().CountX(ctx))
}

// A statement that cannot be sent any more ends the connection of its transaction, which nobody may touch then.
func TestATransactionWhoseCallerHasLeftIsUndoneAndLeavesItsConnectionAlone(t *testing.T) {
	t.Parallel()
	db := open(t)
	var all sync.WaitGroup
	for g := range 8 {
		all.Go(func() {
			for i := range 25 {
				id := fmt.Sprintf("cus_%d_%d", g, i)
				err := leave(t.Context(), db, id, i%2 == 0)
				assert.Equal(t, fault.Unavailable, fault.From(err).Kind, "%v", err)
			}
		})
	}
	all.Wait()
	require.Zero(t, db.Client.Customer.Query().CountX(auth.AsSystem(t.Context())))
	require.NoError(t, addCustomer(t.Context(), db, "cus_1", "a@example.com"))
}

// leave writes two customers, but leaves in between; ignored says whether the use case overlooks that the second failed.
func leave(ctx context.Context, db *store.DB, id string, ignored bool) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	return db.InTx(ctx, func(ctx context.Context, tx store.Tx) error {
		if err := tx.Customer.Create().SetID(id).SetEmail(id + "@example.com").Exec(ctx); err != nil {
			return err
		}
		cancel()
		err := tx.Customer.Create().SetID(id + "_2").SetEmail(id + "_2@example.com").Exec(ctx)
		if ignored {
			return nil
		}
		return err
	})
}

func TestAPanicInATransactionLeavesNothingAndTheWriterFree(t *testing.T) {
	t.Parallel()
	db, ctx := open(t), auth.AsSystem(t.Context())
	require.Panics(t, func() {
		_ = db.InTx(ctx, func(ctx context.Context, tx store.Tx) error {
			require.NoError(t, tx.Customer.Create().SetID("cus_1").SetEmail("a@example.com").Exec(ctx))
			panic("boom")
		})
	})
	require.NoError(t, addCustomer(ctx, db, "cus_1", "a@example.com"))
}

func TestTheClockOfATransactionIsUTCInWholeMicroseconds(t *testing.T) {
	t.Parallel()
	db := open(t)
	require.NoError(t, db.InTx(t.Context(), func(_ context.Context, tx store.Tx) error {
		require.Equal(t, time.Date(2026, 3, 1, 9, 0, 0, 123456000, time.UTC), tx.Now)
		return nil
	}))
}

func TestRowsAreWrittenInAUseCaseOnly(t *testing.T) {
	t.Parallel()
	db, ctx := open(t), auth.AsSystem(t.Context())
	require.Error(t, db.Client.Customer.Create().SetID("cus_1").SetEmail("a@example.com").Exec(ctx))
}

func TestNobodySeesNothing(t *testing.T) {
	t.Parallel()
	db := open(t)
	require.NoError(t, addCustomer(auth.AsSystem(t.Context()), db, "cus_1", "a@example.com"))
	_, err := db.Client.Customer.Query().All(t.Context())
	require.Error(t, err)
}

func TestCustomersSeeThemselvesOnly(t *testing.T) {
	t.Parallel()
	db := open(t)
	system := auth.AsSystem(t.Context())
	require.NoError(t, addCustomer(system, db, "cus_1", "a@example.com"))
	require.NoError(t, addCustomer(system, db, "cus_2", "b@example.com"))
	as := func(id string) context.Context {
		return auth.With(t.Context(), auth.Principal{ID: "x", Role: auth.Customer, CustomerID: id})
	}
	require.Equal(t, []string{"cus_1"}, db.Client.Customer.Query().IDsX(as("cus_1")))
	require.Empty(t, db.Client.Customer.Query().IDsX(as("")))
	_, err := db.Client.Customer.Get(as("cus_1"), "cus_2")
	require.True(t, ent.IsNotFound(err))
	require.Len(t, db.Client.Customer.Query().IDsX(system), 2)
}

func TestALostRaceIsAConflictWithoutADatabaseWord(t *testing.T) {
	t.Parallel()
	db, ctx := open(t), auth.AsSystem(t.Context())
	require.NoError(t, addCustomer(ctx, db, "cus_1", "a@example.com"))
	f := fault.From(addCustomer(ctx, db, "cus_2", "a@example.com"))
	require.Equal(t, fault.Conflict, f.Kind)
	require.NotContains(t, f.Say, "constraint")
}

func TestManyReadersAndWritersDoNotStepOnEachOther(t *testing.T) {
	t.Parallel()
	db, ctx := open(t), auth.AsSystem(t.Context())
	done := make(chan error, 8)
	for g := range 8 {
		go func() {
			for i := range 20 {
				id := string(rune('a'+g)) + "_" + string(rune('a'+i))
				if err := addCustomer(ctx, db, id, id+"@example.com"); err != nil {
					done <- err
					return
				}
				if _, err := db.Client.Customer.Query().Count(ctx); err != nil {
					done <- err
					return
				}
			}
			done <- nil
		}()
	}
	for range 8 {
		require.NoError(t, <-done)
	}
	require.Equal(t, 160, db.Client.Customer.Query().CountX(ctx))
}

func TestAViewIsOfOneInstantHoldsNobodyUpAndCannotWrite(t *testing.T) {
	t.Parallel()
	db, ctx := open(t), auth.AsSystem(t.Context())
	require.NoError(t, addCustomer(ctx, db, "cus_1", "a@example.com"))
	require.NoError(t, db.View(ctx, func(ctx context.Context, client *ent.Client) error {
		require.Equal(t, 1, client.Customer.Query().CountX(ctx))
		require.NoError(t, addCustomer(ctx, db, "cus_2", "b@example.com"), "others write meanwhile")
		require.Equal(t, 1, client.Customer.Query().CountX(ctx), "and are not seen")
		require.Error(t, client.Customer.Create().SetID("cus_3").SetEmail("c@example.com").Exec(rule.InUseCase(ctx)))
		return nil
	}))
	require.Equal(t, 2, db.Client.Customer.Query().CountX(ctx))
	err := db.View(t.Context(), func(ctx context.Context, client *ent.Client) error {
		_, err := client.Customer.Query().Count(ctx)
		return err
	})
	require.ErrorIs(t, err, privacy.Deny, "whose rows are seen is as everywhere")
	gone, cancel := context.WithCancel(ctx)
	cancel()
	err = db.View(gone, func(context.Context, *ent.Client) error { return nil })
	require.Equal(t, fault.Unavailable, fault.From(err).Kind)
}

func TestOnlyAFileIsADatabaseURL(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{"", "sqlite:", "mysql://localhost/shop", "postgres:shop", "shop.db?mode=memory"} {
		_, err := store.Open(t.Context(), bad, fixed)
		require.Error(t, err, bad)
	}
}
