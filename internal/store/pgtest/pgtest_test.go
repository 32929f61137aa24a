package pgtest

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// abandon is the variable that makes this test program start a cluster and die without a word.
const abandon = "PGTEST_ABANDON"

func TestMain(m *testing.M) {
	if os.Getenv(abandon) != "" {
		if err := startAndDie(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	os.Exit(Main(m))
}

// startAndDie prints the folder and the URL of a cluster and kills its own process.
func startAndDie() error {
	dir, err := Find()
	if err != nil {
		return err
	}
	c, err := start(context.Background(), dir, onDisk, durable)
	if err != nil {
		return err
	}
	_, _ = fmt.Fprintf(os.Stdout, "%s\n%s\n", c.root, c.URL(admin))
	self, err := os.FindProcess(os.Getpid())
	if err != nil {
		return err
	}
	if err := self.Kill(); err != nil {
		return err
	}
	select {}
}

func connect(t testing.TB, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close(context.Background()) }) // its server may be gone
	return conn
}

func execute(t testing.TB, conn *pgx.Conn, statement string, args ...any) {
	t.Helper()
	_, err := conn.Exec(t.Context(), statement, args...)
	require.NoError(t, err)
}

func count(t testing.TB, conn *pgx.Conn, query string, args ...any) int {
	t.Helper()
	var n int
	require.NoError(t, conn.QueryRow(t.Context(), query, args...).Scan(&n))
	return n
}

func setting(t testing.TB, conn *pgx.Conn, name string) string {
	t.Helper()
	var value string
	require.NoError(t, conn.QueryRow(t.Context(), "SELECT current_setting($1)", name).Scan(&value))
	return value
}

func TestADatabaseIsFreshAndGoneAfterTheTest(t *testing.T) { //nolint:tparallel // the second comes after the first
	t.Parallel()
	var urls []string
	for _, name := range []string{"first", "second"} {
		passed := t.Run(name, func(t *testing.T) {
			url, ok := Database(t)
			if !ok {
				return
			}
			conn, err := pgx.Connect(t.Context(), url) // stays open: the database goes all the same
			require.NoError(t, err)
			execute(t, conn, "CREATE TABLE refunds (id text PRIMARY KEY)")
			execute(t, conn, "INSERT INTO refunds VALUES ('re_1')")
			urls = append(urls, url)
		})
		require.True(t, passed)
	}
	for _, url := range urls {
		_, err := pgx.Connect(t.Context(), url)
		var refused *pgconn.PgError
		require.ErrorAs(t, err, &refused)
		assert.Equal(t, "3D000", refused.Code, "no such database")
	}
}

func TestTestsThatRunTogetherHaveDatabasesOfTheirOwn(t *testing.T) {
	t.Parallel()
	for i := range 8 {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			url, ok := Database(t)
			if !ok {
				return
			}
			conn := connect(t, url)
			execute(t, conn, "CREATE TABLE orders (id int)")
			execute(t, conn, "INSERT INTO orders VALUES ($1)", i)
			assert.Equal(t, i, count(t, conn, "SELECT sum(id) FROM orders"))
		})
	}
}

func TestTheSharedServerKnowsLettersAndIsQuick(t *testing.T) {
	t.Parallel()
	url, ok := Database(t)
	if !ok {
		return
	}
	conn := connect(t, url)
	assert.Equal(t, "UTF8", setting(t, conn, "server_encoding"))
	assert.Equal(t, "off", setting(t, conn, "fsync"))
	assert.Equal(t, "127.0.0.1", setting(t, conn, "listen_addresses"))
	assert.Empty(t, setting(t, conn, "unix_socket_directories"))
	assert.Equal(t, "UTC", setting(t, conn, "TimeZone"))
	var lower string
	require.NoError(t, conn.QueryRow(t.Context(), "SELECT lower('ÄÖ')").Scan(&lower))
	assert.Equal(t, "äö", lower)
}

func TestAKilledServerComesBackWithWhatItCommitted(t *testing.T) {
	t.Parallel()
	c, ok := Start(t, "work_mem = '3MB'")
	if !ok {
		return
	}
	url := c.CreateDatabase(t, "shop")
	conn := connect(t, url)
	assert.Equal(t, "on", setting(t, conn, "fsync"))
	assert.Equal(t, "3MB", setting(t, conn, "work_mem"), "the test's own settings hold")
	execute(t, conn, "CREATE TABLE refunds AS SELECT generate_series(1, 100) AS id")
	require.NoError(t, c.Kill())
	require.Error(t, conn.Ping(t.Context()))
	require.ErrorContains(t, c.Kill(), "pg_ctl", "the error names the program and carries what it said")
	require.NoError(t, c.Restart())
	assert.Equal(t, 100, count(t, connect(t, url), "SELECT count(*) FROM refunds"))
	require.NoError(t, c.Stop(Fast))
	require.NoError(t, c.Restart())
}

func TestAServerThatDoesNotStartSaysWhy(t *testing.T) {
	t.Parallel()
	dir, ok := programs(t)
	if !ok {
		return
	}
	_, err := start(t.Context(), dir, onDisk, []string{"no_such_setting = 1"})
	require.ErrorContains(t, err, "no_such_setting")
}

func TestAClusterIsGoneAfterItsProcessWasKilled(t *testing.T) {
	t.Parallel()
	if _, ok := programs(t); !ok {
		return
	}
	child := exec.CommandContext(t.Context(), os.Args[0])
	child.Env = append(os.Environ(), abandon+"=1")
	out, err := child.Output()
	require.ErrorContains(t, err, "killed")
	lines := bufio.NewScanner(strings.NewReader(string(out)))
	require.True(t, lines.Scan())
	root := lines.Text()
	require.True(t, lines.Scan())
	url := lines.Text()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	require.NoError(t, await(ctx, func(context.Context) error {
		if _, err := os.Stat(root); err == nil {
			return fmt.Errorf("%s is still there", root)
		}
		return nil
	}))
	_, err = pgx.Connect(ctx, url)
	require.ErrorContains(t, err, "refused")
}

func TestAnEndedClusterLeavesNoFolder(t *testing.T) { //nolint:tparallel // what it leaves is looked at afterwards
	t.Parallel()
	var root string
	t.Run("cluster", func(t *testing.T) {
		if c, ok := Start(t); ok {
			root = c.root
			require.DirExists(t, root)
		}
	})
	if root != "" {
		assert.NoDirExists(t, root)
	}
}

func TestTheNewestVersionComesFirst(t *testing.T) {
	t.Parallel()
	folder := func(version string) string { return filepath.Join("pg", version, "bin") }
	assert.Equal(t, []string{folder("100"), folder("15"), folder("9.6"), folder("old")},
		newestFirst([]string{folder("9.6"), folder("old"), folder("15"), folder("100")}))
}

func TestAFolderWithoutAllProgramsIsNotPostgreSQL(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, program := range needed {
		assert.False(t, complete(dir))
		require.NoError(t, os.WriteFile(filepath.Join(dir, program), []byte("#!/bin/sh\n"), 0o700))
	}
	assert.True(t, complete(dir))
}

func TestAWayThatIsClosedToOthersIsToldBeforeTheServerFails(t *testing.T) {
	t.Parallel()
	closed := filepath.Join(t.TempDir(), "closed")
	require.NoError(t, os.Mkdir(closed, 0o700))
	require.ErrorContains(t, enterable(filepath.Join(closed, "data")), "cannot enter")
}
