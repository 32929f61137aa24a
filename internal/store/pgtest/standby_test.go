package pgtest

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// pair is a primary with the database "shop" and the table refunds, and its synchronous standby.
func pair(t *testing.T) (primary, standby *Cluster, ok bool) {
	t.Helper()
	if primary, ok = Start(t); !ok {
		return nil, nil, false
	}
	execute(t, connect(t, primary.CreateDatabase(t, "shop")), "CREATE TABLE refunds (id int PRIMARY KEY)")
	standby = primary.Standby(t)
	primary.Synchronous(t, standby)
	return primary, standby, true
}

// insertUntilItBreaks adds rows one by one and gives the last id that was acknowledged. It closes half before the row
// that it names.
func insertUntilItBreaks(ctx context.Context, conn *pgx.Conn, half int, reached chan<- struct{}) int {
	for id := 1; ; id++ {
		if id == half {
			close(reached)
		}
		if _, err := conn.Exec(ctx, "INSERT INTO refunds VALUES ($1)", id); err != nil {
			return id - 1
		}
	}
}

func TestAPromotedStandbyHasEveryAcknowledgedRowAndTakesWrites(t *testing.T) {
	t.Parallel()
	primary, standby, ok := pair(t)
	if !ok {
		return
	}
	writer := connect(t, primary.URL("shop"))
	reached, acknowledged := make(chan struct{}), make(chan int, 1)
	go func() { acknowledged <- insertUntilItBreaks(context.Background(), writer, 200, reached) }()
	<-reached
	require.NoError(t, primary.Kill()) // in the middle of the writing
	last := <-acknowledged
	standby.Promote(t)
	conn := connect(t, standby.URL("shop"))
	assert.Equal(t, last, count(t, conn, "SELECT count(*) FROM refunds WHERE id <= $1", last))
	assert.LessOrEqual(t, count(t, conn, "SELECT max(id) FROM refunds"), last+1, "at most the unanswered one more")
	execute(t, conn, "INSERT INTO refunds VALUES (-1)") // would hang if it waited for a standby
	assert.Empty(t, setting(t, conn, "synchronous_standby_names"))
}

func TestASecondStandbyIsPromotedWithoutWaitingForTheFirst(t *testing.T) {
	t.Parallel()
	primary, _, ok := pair(t)
	if !ok {
		return
	}
	second := primary.Standby(t) // its copy names the first as synchronous
	second.Promote(t)
	execute(t, connect(t, second.URL("shop")), "INSERT INTO refunds VALUES (1)")
}

func TestACommitWaitsForItsSynchronousStandby(t *testing.T) {
	t.Parallel()
	primary, standby, ok := pair(t)
	if !ok {
		return
	}
	conn := connect(t, primary.URL("shop"))
	require.NoError(t, standby.Kill())
	committed := make(chan error, 1)
	go func() {
		_, err := conn.Exec(context.Background(), "INSERT INTO refunds VALUES (1)")
		committed <- err
	}()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	require.NoError(t, await(ctx, func(ctx context.Context) error { return primary.commitHangs(ctx) }))
	require.Empty(t, committed)
	require.NoError(t, standby.Restart())
	select {
	case err := <-committed:
		require.NoError(t, err)
	case <-time.After(patience):
		t.Fatal("the commit still waits for a standby that is back")
	}
}

// commitHangs fails until some backend waits for a synchronous standby.
func (c *Cluster) commitHangs(ctx context.Context) error {
	return c.connected(ctx, func(conn *pgx.Conn) error {
		var one int
		return conn.QueryRow(ctx, "SELECT 1 FROM pg_stat_activity WHERE wait_event = 'SyncRep'").Scan(&one)
	})
}

func TestAMultiURLFindsTheServerThatTakesWrites(t *testing.T) {
	t.Parallel()
	primary, standby, ok := pair(t)
	if !ok {
		return
	}
	for _, url := range []string{MultiURL(primary, standby, "shop"), MultiURL(standby, primary, "shop")} {
		config, err := pgconn.ParseConfig(url)
		require.NoError(t, err)
		assert.Len(t, config.Fallbacks, 1)
		assert.Equal(t, primary.port, servedAt(t, url))
	}
	require.NoError(t, primary.Kill())
	standby.Promote(t)
	for _, url := range []string{MultiURL(primary, standby, "shop"), MultiURL(standby, primary, "shop")} {
		assert.Equal(t, standby.port, servedAt(t, url))
	}
}

// servedAt is the port of the server that a connection to the URL ends up at.
func servedAt(t *testing.T, url string) int {
	t.Helper()
	return count(t, connect(t, url), "SELECT inet_server_port()")
}
