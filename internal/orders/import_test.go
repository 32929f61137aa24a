package orders_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/internal/apptest"
	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/fault"
	"github.com/vysero/returns/internal/orders"
	"github.com/vysero/returns/internal/store"
)

// shelf is an import under test, and what it told.
type shelf struct {
	orders.Importer

	bad []orders.LineError
}

func (s *shop) importer() *shelf {
	i := &shelf{Importer: orders.Importer{Orders: s.Service}}
	i.Bad = func(b orders.LineError) { i.bad = append(i.bad, b) }
	return i
}

// told is each bad line as a person reads it.
func (i *shelf) told() []string {
	var all []string
	for _, b := range i.bad {
		all = append(all, b.Error())
	}
	return all
}

// row is one line of a file: a mug for 12 dollars.
func row(number string) string {
	return fmt.Sprintf(`{"number":%q,"customer":{"email":"c%s@example.com"},"currency":"USD","purchasedAt":"2026-01-10T12:00:00Z",`+
		`"shipToCountry":"US","shipping":{"amount":"0","currency":"USD"},"items":[{"sku":"MUG","name":"Mug","quantity":1,`+
		`"paid":{"amount":"12.00","currency":"USD"}}],"payments":[{"ref":"ch_%s","captured":{"amount":"12.00","currency":"USD"}}]}`,
		number, number, number)
}

// rows is a file of orders numbered from 1.
func rows(n int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = row(fmt.Sprint(i + 1))
	}
	return all
}

func file(rows ...string) io.Reader { return strings.NewReader(strings.Join(rows, "\n") + "\n") }

func system(t testing.TB) context.Context { t.Helper(); return auth.AsSystem(t.Context()) }

func TestTheShippedExamplesAreImported(t *testing.T) {
	t.Parallel()
	s := open(t)
	examples, err := os.Open("testdata/orders.jsonl")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, examples.Close()) })
	i := s.importer()
	got, err := i.Import(system(t), examples)
	require.NoError(t, err)
	require.Equal(t, orders.Result{Read: 3, Recorded: 3}, got)
	require.Empty(t, i.told())
	require.Equal(t, counts{Customers: 2, Orders: 3, Items: 4, Payments: 3, Events: 3}, s.counts(t))
	require.Equal(t, []string{"DELIVERED 01-11 01-14", "IN_TRANSIT 01-12 -"}, s.deliveries(t, "E-1001"))
}

func TestAnImportedOrderIsTheOrderThatTheAPIRecords(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.record(t, lamps())
	text, err := json.Marshal(lamps())
	require.NoError(t, err)
	got, err := s.importer().Import(system(t), bytes.NewReader(text))
	require.NoError(t, err)
	require.Equal(t, orders.Result{Read: 1, Unchanged: 1}, got)
}

func TestImportingTheSameFileTwiceChangesNothing(t *testing.T) {
	t.Parallel()
	s := open(t)
	all := rows(450)
	got, err := s.importer().Import(system(t), file(all...))
	require.NoError(t, err)
	require.Equal(t, orders.Result{Read: 450, Recorded: 450}, got)
	before := s.counts(t)
	got, err = s.importer().Import(system(t), file(all...))
	require.NoError(t, err)
	require.Equal(t, orders.Result{Read: 450, Unchanged: 450}, got)
	require.Equal(t, before, s.counts(t))
}

func TestAnOrderTwiceInAFileIsRecordedOnce(t *testing.T) {
	t.Parallel()
	s := open(t)
	i := s.importer()
	other := strings.Replace(row("1"), `"sku":"MUG"`, `"sku":"CUP"`, 1)
	got, err := i.Import(system(t), file(row("1"), row("1"), other))
	require.NoError(t, err)
	require.Equal(t, orders.Result{Read: 3, Recorded: 1, Unchanged: 1, Bad: 1}, got)
	require.Len(t, i.bad, 1)
	require.Equal(t, 3, i.bad[0].Line)
	require.Equal(t, fault.CodeDiffers, i.bad[0].Fault.Code)
	require.Equal(t, 1, s.counts(t).Orders)
}

func TestCustomersOfOneBatchAreOnePersonEach(t *testing.T) {
	t.Parallel()
	s := open(t)
	shout := strings.Replace(row("2"), "c2@example.com", "C1@EXAMPLE.COM", 1)
	_, err := s.importer().Import(system(t), file(row("1"), shout))
	require.NoError(t, err)
	require.Equal(t, 1, s.counts(t).Customers)
}

func TestALineErrorIsToldByNumberAndFieldAndTheRestGoesOn(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.record(t, func() orders.RecordInput { in := lamps(); in.Number = "4"; return in }())
	all := rows(7)
	all[1] = strings.Replace(all[1], `"quantity":1`, `"quantity":0`, 1)
	all[2] = all[2][:50]
	all[5] = strings.Replace(all[5], "2026-01-10", "2026-03-02", 1)
	i := s.importer()
	got, err := i.Import(system(t), file(all...))
	require.NoError(t, err)
	require.Equal(t, orders.Result{Read: 7, Recorded: 3, Bad: 4}, got)
	require.Equal(t, []string{
		"line 2, items.0.quantity: The quantity must be from 1 to 10000.",
		"line 3: The line is not JSON: it goes wrong at byte 50.",
		"line 4, number: An order with this number is on record with other contents. An order is recorded once; " +
			"deliveries are told by itemsShipped and itemsDelivered.",
		"line 6, purchasedAt: This instant is in the future.",
	}, i.told())
	require.Equal(t, 4, s.counts(t).Orders)
}

func TestStrictStopsAtTheFirstLineErrorAndKeepsWhatStandsBefore(t *testing.T) {
	t.Parallel()
	for about, spoil := range map[string]func(string) string{
		"wrong by itself": func(r string) string { return r[:20] },
		"wrong by what is on record": func(string) string {
			return strings.Replace(row("1"), `"sku":"MUG"`, `"sku":"CUP"`, 1)
		},
		"wrong by the clock": func(r string) string { return strings.Replace(r, "2026-01-10", "2026-03-02", 1) },
	} {
		t.Run(about, func(t *testing.T) {
			t.Parallel()
			s := open(t)
			all := rows(300)
			all[249], all[255] = spoil(all[249]), "{"
			i := s.importer()
			i.Strict = true
			got, err := i.Import(system(t), file(all...))
			require.Equal(t, orders.Result{Read: 250, Recorded: 249, Bad: 1}, got)
			bad := new(orders.LineError)
			require.ErrorAs(t, err, &bad)
			require.Equal(t, 250, bad.Line)
			require.Len(t, i.bad, 1)
			require.Equal(t, 249, s.counts(t).Orders)
		})
	}
}

func TestStrictStopsAtTheFirstLineOfAFile(t *testing.T) {
	t.Parallel()
	s := open(t)
	i := s.importer()
	i.Strict = true
	got, err := i.Import(system(t), file(strings.Replace(row("1"), "2026", "2027", 1), row("2")))
	require.Error(t, err)
	require.Equal(t, orders.Result{Read: 1, Bad: 1}, got)
	require.Equal(t, counts{}, s.counts(t))
}

// An id that is there already is a conflict that no check foresees: as if somebody else were faster.
func TestAnUnforeseenConflictTakesOneLineAndNotItsBatch(t *testing.T) {
	t.Parallel()
	for _, strict := range []bool{false, true} {
		s := open(t)
		s.record(t, lamps())
		taken := s.items(t, "1001")[0].ID
		made := 0
		s.Service.NewID = func(prefix string) string {
			if prefix == "itm" {
				made++
				if made <= 50 && made%10 == 3 || made >= 53 && made < 58 { // in five tries of the batch, and of its line alone
					return taken
				}
			}
			return s.newID(prefix)
		}
		i := s.importer()
		i.Strict = strict
		got, err := i.Import(system(t), file(rows(10)...))
		require.Len(t, i.bad, 1)
		require.Equal(t, fault.Conflict, i.bad[0].Fault.Kind)
		require.NotContains(t, i.bad[0].Error(), "constraint")
		if !strict {
			require.NoError(t, err)
			require.Equal(t, orders.Result{Read: 10, Recorded: 9, Bad: 1}, got)
			require.Equal(t, 10, s.counts(t).Orders)
			continue
		}
		require.Error(t, err)
		require.Equal(t, orders.Result{Read: 3, Recorded: 2, Bad: 1}, got)
		require.Equal(t, 3, s.counts(t).Orders)
	}
}

func TestALineMayBeLongButNotEndless(t *testing.T) {
	t.Parallel()
	s := open(t)
	i := s.importer()
	fits := row("1") + strings.Repeat(" ", 1<<20-len(row("1")))
	got, err := i.Import(system(t), file(fits, fits+" ", row("2")))
	require.NoError(t, err)
	require.Equal(t, orders.Result{Read: 3, Recorded: 2, Bad: 1}, got)
	require.Equal(t, []string{"line 2: The line is longer than 1048576 bytes."}, i.told())
}

func TestLinesMayEndAsTheyDoElsewhere(t *testing.T) {
	t.Parallel()
	s := open(t)
	i := s.importer()
	text := "\ufeff" + row("1") + "\r\n\r\n  \n" + row("2") + "\n" + row("3") // the last line does not end
	got, err := i.Import(system(t), strings.NewReader(text))
	require.NoError(t, err)
	require.Empty(t, i.told())
	require.Equal(t, orders.Result{Read: 3, Recorded: 3}, got)
	bad, err := i.Import(system(t), strings.NewReader(text+"x"))
	require.NoError(t, err)
	require.Equal(t, orders.Result{Read: 3, Unchanged: 2, Bad: 1}, bad)
	require.Equal(t, 5, i.bad[0].Line)
}

func TestAnEmptyFileIsNoError(t *testing.T) {
	t.Parallel()
	s := open(t)
	got, err := s.importer().Import(system(t), strings.NewReader(""))
	require.NoError(t, err)
	require.Zero(t, got)
}

func TestAnImportThatIsCutOffKeepsWhatItRecordedAndCanBeRunAgain(t *testing.T) {
	t.Parallel()
	s := open(t)
	all := rows(1000)
	ctx, cancel := context.WithCancel(system(t))
	i := s.importer()
	i.Progress = func(p orders.Progress) {
		if p.Lines == 400 {
			cancel()
		}
	}
	got, err := i.Import(ctx, file(all...))
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, orders.Result{Read: 400, Recorded: 400}, got)
	require.Equal(t, 400, s.counts(t).Orders)
	got, err = s.importer().Import(system(t), file(all...))
	require.NoError(t, err)
	require.Equal(t, orders.Result{Read: 1000, Recorded: 600, Unchanged: 400}, got)
}

func TestProgressReachesTheEndOfTheFile(t *testing.T) {
	t.Parallel()
	s := open(t)
	text := strings.Join(rows(450), "\n")
	i := s.importer()
	var seen []orders.Progress
	i.Progress = func(p orders.Progress) { seen = append(seen, p) }
	_, err := i.Import(system(t), strings.NewReader(text))
	require.NoError(t, err)
	require.Len(t, seen, 3)
	require.Equal(t, orders.Progress{Bytes: int64(len(text)), Lines: 450}, seen[2])
	require.Equal(t, 200, seen[0].Lines)
}

// torn is a file whose reading fails after some bytes.
type torn struct {
	io.Reader
}

var errTorn = errors.New("torn")

func (f torn) Read(p []byte) (int, error) {
	n, err := f.Reader.Read(p)
	if errors.Is(err, io.EOF) {
		err = errTorn
	}
	return n, err
}

func TestAFileThatCannotBeReadOnIsAnErrorAndCanBeImportedAgain(t *testing.T) {
	t.Parallel()
	s := open(t)
	got, err := s.importer().Import(system(t), torn{file(rows(300)...)})
	require.ErrorIs(t, err, errTorn)
	require.Equal(t, 200, got.Recorded)
	got, err = s.importer().Import(system(t), file(rows(300)...))
	require.NoError(t, err)
	require.Equal(t, orders.Result{Read: 300, Recorded: 100, Unchanged: 200}, got)
}

func TestADatabaseThatIsGoneStopsTheImport(t *testing.T) {
	t.Parallel()
	s := open(t)
	i := s.importer()
	i.Orders = &orders.Service{DB: closed(t), NewID: s.newID}
	got, err := i.Import(system(t), file(rows(3)...))
	require.Error(t, err)
	require.Zero(t, got)
	require.Empty(t, i.bad)
}

func closed(t *testing.T) *store.DB {
	t.Helper()
	s := open(t)
	db, err := store.Open(t.Context(), apptest.DatabaseURL(t, t.TempDir()), s.DB.Now)
	require.NoError(t, err)
	require.NoError(t, db.Close())
	return db
}

func TestOnlyThoseWhoMayRecordOrdersMayImportThem(t *testing.T) {
	t.Parallel()
	s := open(t)
	_, err := s.importer().Import(as(t, auth.Customer), file(row("1")))
	requireFault(t, err, fault.CodeForbidden)
	_, err = s.importer().Import(t.Context(), file(row("1")))
	requireFault(t, err, fault.CodeUnauthenticated)
	require.Equal(t, counts{}, s.counts(t))
}

// stream makes a file while it is read, and remembers how far it was read ahead of what is done with.
type stream struct {
	left        int
	made, ahead int64
	done        int64
	rest        []byte
}

func (f *stream) Read(p []byte) (int, error) {
	if len(f.rest) == 0 {
		if f.left == 0 {
			return 0, io.EOF
		}
		f.rest = []byte(row(fmt.Sprint(f.left)) + "\n")
		f.left--
	}
	n := copy(p, f.rest)
	f.rest = f.rest[n:]
	f.made += int64(n)
	f.ahead = max(f.ahead, f.made-f.done)
	return n, nil
}

func TestAnImportNeverHoldsMoreThanABatch(t *testing.T) {
	t.Parallel()
	s := open(t)
	f := &stream{left: 5000}
	i := s.importer()
	i.Progress = func(p orders.Progress) { f.done = p.Bytes }
	got, err := i.Import(system(t), f)
	require.NoError(t, err)
	require.Equal(t, 5000, got.Recorded)
	require.Greater(t, f.made, int64(1<<20))
	require.Less(t, f.ahead, int64(201*len(row("5000"))+64<<10), "200 lines and one buffer")
}

func TestABatchOfLongLinesIsShort(t *testing.T) {
	t.Parallel()
	s := open(t)
	i := s.importer()
	var most, last int
	i.Progress = func(p orders.Progress) { most, last = max(most, p.Lines-last), p.Lines }
	all := rows(12)
	for n := range all {
		all[n] += strings.Repeat(" ", 1<<20-1000)
	}
	got, err := i.Import(system(t), file(all...))
	require.NoError(t, err)
	require.Equal(t, 12, got.Recorded)
	require.LessOrEqual(t, most, 5)
}
