package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/ent/order"
	"github.com/vysero/returns/internal/auth"
)

// fresh is the URL of a database that is at this program's version and empty.
func fresh(t *testing.T) string {
	t.Helper()
	url := "sqlite:" + filepath.Join(t.TempDir(), "shop.db")
	status, out, errs := run(t, "", "migrate", "--database-url", url)
	require.Zero(t, status, errs)
	require.Regexp(t, `(?s)^took .*ok: \d+ steps taken\n$`, out)
	return url
}

// orderLine is one line of an import.
func orderLine(number int) string {
	return fmt.Sprintf(`{"number":"I-%05d","customer":{"email":"c%d@example.com"},"currency":"USD","purchasedAt":"2026-01-10T15:04:05Z",`+
		`"shipToCountry":"US","shipping":{"amount":"5.00","currency":"USD"},"items":[{"sku":"A-1","name":"Article","quantity":2,`+
		`"paid":{"amount":"40.00","currency":"USD"}}],"payments":[{"ref":"ch_%d","captured":{"amount":"45.00","currency":"USD"}}]}`+"\n",
		number, number%50, number)
}

func TestImportingTheSameFileTwiceChangesNothing(t *testing.T) {
	t.Parallel()
	url := fresh(t)
	example := filepath.Join("..", "internal", "orders", "testdata", "orders.jsonl")
	content, err := os.ReadFile(example)
	require.NoError(t, err)
	n := len(strings.Split(strings.TrimSpace(string(content)), "\n"))

	status, out, errs := run(t, "", "import", "--database-url", url, example)
	assert.Zero(t, status, errs)
	assert.Equal(t, fmt.Sprintf("imported: %d orders read, %d recorded, 0 unchanged, 0 bad\n", n, n), out)
	assert.Empty(t, errs, "no bar without a terminal")

	status, out, _ = run(t, string(content), "import", "--database-url", url, "-")
	assert.Zero(t, status)
	assert.Equal(t, fmt.Sprintf("imported: %d orders read, 0 recorded, %d unchanged, 0 bad\n", n, n), out)
}

func TestABadLineIsToldByNumberAndFieldAndTheRestGoesOn(t *testing.T) {
	t.Parallel()
	url := fresh(t)
	bad := strings.Replace(orderLine(2), `"quantity":2`, `"quantity":0`, 1)
	file := orderLine(1) + bad + "\n" + "not JSON\n" + orderLine(3)

	status, out, errs := run(t, file, "import", "--database-url", url, "-")
	assert.Equal(t, exitFailed, status)
	assert.Equal(t, "imported: 4 orders read, 2 recorded, 0 unchanged, 2 bad\n", out)
	assert.Regexp(t, `(?m)^line 2: items\.0\.quantity: The quantity must be`, errs)
	assert.Regexp(t, `(?m)^line 4: `, errs)
	assert.Len(t, strings.Split(strings.TrimSpace(errs), "\n"), 2, "everything is said once")
}

func TestStrictStopsAtTheFirstBadLine(t *testing.T) {
	t.Parallel()
	url := fresh(t)
	status, out, errs := run(t, orderLine(1)+"not JSON\n"+orderLine(3), "import", "--strict", "--database-url", url, "-")
	assert.Equal(t, exitFailed, status)
	assert.Equal(t, "imported: 2 orders read, 1 recorded, 0 unchanged, 1 bad\n", out)
	assert.Contains(t, errs, "server: stopped at line 2")
}

func TestImportRefusesADatabaseThatIsBehind(t *testing.T) {
	t.Parallel()
	url := "sqlite:" + filepath.Join(t.TempDir(), "shop.db")
	status, _, errs := run(t, orderLine(1), "import", "--database-url", url, "-")
	assert.Equal(t, exitFailed, status)
	assert.Contains(t, errs, "run server migrate first")
	status, _, errs = run(t, "", "import", "--database-url", fresh(t), "no-such-file.jsonl")
	assert.Equal(t, exitFailed, status)
	assert.Contains(t, errs, "no-such-file.jsonl")
}

func TestAnImportThatIsStoppedSaysHowToGoOn(t *testing.T) {
	t.Parallel()
	var out, errs bytes.Buffer
	p := program{in: strings.NewReader(orderLine(1)), out: &out, err: &errs, env: noEnv, now: time.Now}
	url := fresh(t)
	ctx, cancel := context.WithCancel(t.Context())
	p.in = io.MultiReader(strings.NewReader(orderLine(1)), stopping{cancel})
	assert.Equal(t, exitFailed, p.run(ctx, []string{"import", "--database-url", url, "-"}))
	assert.Equal(t, "imported: 1 orders read, 1 recorded, 0 unchanged, 0 bad\n", out.String(), "a batch that has begun is finished")
	assert.Contains(t, errs.String(), "run the import again to go on")
}

// stopping is a stretch of a file during which somebody stops the import.
type stopping struct{ stop func() }

func (s stopping) Read(into []byte) (int, error) {
	s.stop()
	return copy(into, strings.Repeat("\n", 1<<10)), nil
}

func TestAKilledImportCanBeRunAgain(t *testing.T) {
	t.Parallel()
	path, err := binary()
	require.NoError(t, err)
	url := fresh(t)
	const all = 3000
	var file bytes.Buffer
	for n := range all {
		file.WriteString(orderLine(n))
	}
	cmd := exec.Command(path, "import", "--database-url", url, "-")
	in, err := cmd.StdinPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	// The program has taken all that was written here but what fits into a pipe and its own buffer, so batches of it are
	// recorded; the end of the file has not come.
	_, err = io.Copy(in, bytes.NewReader(file.Bytes()[:file.Len()*2/3]))
	require.NoError(t, err)
	require.NoError(t, cmd.Process.Kill())
	require.Error(t, cmd.Wait())

	before := countOrders(t, url)
	assert.Positive(t, before)
	assert.Less(t, before, all)
	status, out, errs := run(t, file.String(), "import", "--database-url", url, "-")
	assert.Zero(t, status, errs)
	assert.Equal(t, fmt.Sprintf("imported: %d orders read, %d recorded, %d unchanged, 0 bad\n", all, all-before, before), out)
	assert.Equal(t, all, countOrders(t, url))
}

// countOrders counts the orders of an import, and holds each of them to be whole.
func countOrders(t *testing.T, url string) int {
	t.Helper()
	app, err := openRecords(t.Context(), place{DatabaseURL: url}, time.Now)
	require.NoError(t, err)
	defer func() { assert.NoError(t, app.Close()) }()
	ctx := auth.AsSystem(t.Context())
	n, err := app.DB.Client.Order.Query().Count(ctx)
	require.NoError(t, err)
	whole, err := app.DB.Client.Order.Query().Where(order.HasItems(), order.HasPayments(), order.HasCustomer()).Count(ctx)
	require.NoError(t, err)
	assert.Equal(t, n, whole)
	return n
}
