package customers_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/ent/event"
	"github.com/vysero/returns/ent/returnrequest"
	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/chain"
	"github.com/vysero/returns/internal/customers"
	"github.com/vysero/returns/internal/fault"
	"github.com/vysero/returns/internal/lifecycle"
	"github.com/vysero/returns/internal/orders"
	"github.com/vysero/returns/internal/photo"
	"github.com/vysero/returns/internal/photo/disk"
	"github.com/vysero/returns/internal/photo/phototest"
	"github.com/vysero/returns/internal/policy"
	"github.com/vysero/returns/internal/returns"
	"github.com/vysero/returns/internal/terms"
)

// books are what must come out the same after an erasure: what the audit and the replay look at, and what they find.
type books struct {
	audited  returns.Audited
	replayed terms.Replayed
	journal  []string
	found    []string
}

func (s *shop) books(t *testing.T) books {
	t.Helper()
	b := books{journal: s.dump(t)["postings"]}
	tell := func(text string) { b.found = append(b.found, text) }
	var err error
	b.audited, err = s.Returns.Audit(t.Context(), returns.AuditInput{Provider: true, Found: func(d returns.Difference) { tell(d.String()) }})
	require.NoError(t, err)
	b.replayed, err = s.Terms.Replay(s.system(t), terms.ReplayInput{Found: func(d terms.Difference) { tell(d.String()) }})
	require.NoError(t, err)
	return b
}

func TestAnErasureLeavesNothingOfThePersonAndTheBooksWhole(t *testing.T) {
	t.Parallel()
	s := open(t)
	id, before := s.ada(t), s.books(t)
	require.Empty(t, before.found)
	require.NotZero(t, before.replayed.Judgements)
	others := s.marks[grace]
	theirs := len(holds(s.dump(t), others))
	done, err := s.erase(t)
	require.NoError(t, err)
	require.NoError(t, done.Files)
	require.Equal(t, customers.Erasure{CustomerID: id, Orders: 1, Returns: 2, Texts: 5, Photos: 3}, done)

	require.Empty(t, holds(s.dump(t), s.marks[ada]))
	require.Len(t, holds(s.dump(t), others), theirs, "somebody else's stay")
	after := s.books(t)
	require.Empty(t, after.found, "0 differences, and the chains of events still fit")
	require.Equal(t, before.audited.Events+3, after.audited.Events, "an event more in the order's chain and in each return's")
	require.Equal(t, before.journal, after.journal)
	require.Equal(t, before.replayed, after.replayed)
	after.audited.Events = before.audited.Events
	require.Equal(t, before.audited, after.audited)

	for _, lab := range s.DB.Client.Label.Query().AllX(s.system(t)) {
		require.Equal(t, lab.CustomerID == id, len(lab.Pdf) == 0, "a sheet shows an address, packed so that a search does not see it")
		_, err := s.Returns.LabelPDF(s.system(t), lab.ID)
		require.Equal(t, lab.CustomerID == id, err != nil)
	}
	row := s.DB.Client.Customer.GetX(s.system(t), id)
	require.Equal(t, "ticket-1", row.ErasedBy)
	require.NotNil(t, row.ErasedAt)
	for _, e := range s.DB.Client.Event.Query().Where(event.Action(chain.Erased)).AllX(s.system(t)) {
		require.Equal(t, "ticket-1", e.Actor)
		require.Equal(t, id, e.CustomerID)
	}
}

func TestNothingOfAnErasedPersonIsLeftInTheFileOfTheDatabase(t *testing.T) {
	t.Parallel()
	s := open(t)
	writer, _ := s.DB.Native()
	if writer == nil {
		t.Skip("PostgreSQL keeps rows until they are vacuumed: internal/docs/privacy.md")
	}
	file := func() []byte {
		var seq int
		var name, path string
		_, err := writer.ExecContext(t.Context(), "PRAGMA wal_checkpoint(TRUNCATE)")
		require.NoError(t, err)
		require.NoError(t, writer.QueryRowContext(t.Context(), "PRAGMA database_list").Scan(&seq, &name, &path))
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		return text
	}
	text := file()
	for _, mark := range s.marks[ada] {
		require.True(t, bytes.Contains(text, []byte(mark)), mark)
	}
	_, err := s.erase(t)
	require.NoError(t, err)
	text = file()
	for _, mark := range s.marks[ada] {
		assert.False(t, bytes.Contains(text, []byte(mark)), mark)
	}
}

func TestWhoeverComesAfterAnErasureIsSomebodyElse(t *testing.T) {
	t.Parallel()
	s := open(t)
	id := s.ada(t)
	was := s.DB.Client.Order.Query().Where().AllX(s.system(t))[0]
	_, err := s.erase(t)
	require.NoError(t, err)
	var out bytes.Buffer
	_, err = s.Customers.Export(s.system(t), customers.Who{Email: ada}, &out)
	require.Equal(t, fault.CodeNotFound, fault.From(err).Code)
	text, files := s.export(t, customers.Who{ID: id})
	require.Empty(t, files)
	for _, mark := range s.marks[ada] {
		require.NotContains(t, text, mark)
	}
	// The shop's systems send the old order again, as they do: it is on record, and brings nobody back.
	same := s.Order(t, func(in *orders.RecordInput) { in.Number = was.Number })
	require.Equal(t, was.ID, same.ID)
	require.Zero(t, s.DB.Client.Customer.Query().Where().CountX(s.system(t))-2)
	// A new order does: as another customer, whom the old rows do not belong to.
	fresh := s.Order(t, func(in *orders.RecordInput) { in.Number = "new" })
	require.NotEqual(t, id, fresh.CustomerID)
	require.Len(t, s.DB.Client.Order.Query().AllX(s.As(t, auth.Customer, ada)), 1, "she sees the new one alone")
}

func TestAnErasureWaitsForWhatIsOpen(t *testing.T) {
	t.Parallel()
	s := open(t)
	items := s.DB.Client.Item.Query().AllX(s.As(t, auth.Customer, ada))
	ret, _, err := s.Returns.Request(s.As(t, auth.Customer, ada), returns.RequestInput{Lines: []returns.LineInput{
		{ItemID: items[2].ID, Quantity: 1, Reason: policy.ChangeOfHeart},
	}})
	require.NoError(t, err)
	before := s.dump(t)
	_, err = s.erase(t)
	require.Equal(t, "The return no-ada-R3 is APPROVED, due before 2026-04-06T07:00:00Z: end it first.", fault.From(err).Say)
	require.Equal(t, fault.CodeState, fault.From(err).Code)
	require.Equal(t, before, s.dump(t), "nothing is changed")
	_, err = s.Returns.Cancel(s.As(t, auth.Customer, ada), returns.CancelInput{ID: ret.ID})
	require.NoError(t, err)
	_, err = s.erase(t)
	require.NoError(t, err)
}

func TestAnErasureWaitsForMoneyThatIsOwed(t *testing.T) {
	t.Parallel()
	s := open(t)
	require.NoError(t, s.write(t, `UPDATE refunds SET state = 'FAILED' WHERE customer_id = '`+s.ada(t)+`'`))
	_, err := s.erase(t)
	require.Contains(t, fault.From(err).Say, "its money is owed")
}

func TestARehearsalCountsAndChangesNothing(t *testing.T) {
	t.Parallel()
	s := open(t)
	before := s.dump(t)
	in := customers.EraseInput{Who: customers.Who{Email: ada}, By: "ticket-1", Rehearse: true}
	told, err := s.Customers.Erase(s.system(t), in)
	require.NoError(t, err)
	require.Equal(t, before, s.dump(t))
	in.Rehearse = false
	done, err := s.Customers.Erase(s.system(t), in)
	require.NoError(t, err)
	require.Equal(t, told, done)
	for _, by := range []string{"", "Ada Lovelace", "ada@example.com", "-x", "é", "x\n"} {
		in.By = by
		_, err := s.Customers.Erase(s.system(t), in)
		require.Equal(t, []string{"by"}, fault.From(err).Field, "%q", by)
	}
}

func TestErasingAgainChangesNothing(t *testing.T) {
	t.Parallel()
	s := open(t)
	id := s.ada(t)
	_, err := s.erase(t)
	require.NoError(t, err)
	before := s.dump(t)
	done, err := s.Customers.Erase(s.system(t), customers.EraseInput{Who: customers.Who{ID: id}, By: "ticket-2"})
	require.NoError(t, err)
	require.Zero(t, done.Texts+done.Photos)
	after := s.dump(t)
	for _, queue := range []string{"river_job", "sqlite_sequence"} { // a job that will find nothing to do
		delete(before, queue)
		delete(after, queue)
	}
	require.Equal(t, before, after)
}

func TestARequestAndAnErasureAtOnceLeaveNothingOpenOfNobody(t *testing.T) {
	t.Parallel()
	s := open(t)
	id, her := s.ada(t), s.As(t, auth.Customer, ada)
	item := s.DB.Client.Item.Query().AllX(her)[2].ID
	request := func() error {
		_, _, err := s.Returns.Request(her, returns.RequestInput{Lines: []returns.LineInput{{ItemID: item, Quantity: 1, Reason: policy.ChangeOfHeart}}, Note: new("own-late-ada")})
		return err
	}
	var all sync.WaitGroup
	var erased error
	for range 4 {
		all.Go(func() { _ = request() }) // whether it came first is what the rows tell
	}
	all.Go(func() {
		_, erased = s.Customers.Erase(s.system(t), customers.EraseInput{Who: customers.Who{ID: id}, By: "ticket-1"})
	})
	all.Wait()
	open := s.DB.Client.ReturnRequest.Query().Where(returnrequest.CustomerID(id), returnrequest.StateEQ(lifecycle.Approved)).CountX(s.system(t))
	if erased != nil {
		require.Contains(t, []fault.Code{fault.CodeState, fault.CodeUnavailable, fault.CodeStale}, fault.From(erased).Code)
		require.Equal(t, 1, open)
		return
	}
	require.Zero(t, open)
	require.Equal(t, fault.CodeNotFound, fault.From(request()).Code, "also where she was known when the request came")
	require.Empty(t, holds(s.dump(t), append(s.marks[ada], "own-late-ada")))
}

// stuck is a store that keeps its files.
type stuck struct{ photo.Driver }

// Remove does not.
func (stuck) Remove(context.Context, string) error { return errors.New("the disk hangs") }

// Forget finds nothing to forget.
func (stuck) Forget(context.Context, string) error { return nil }

func TestFilesThatCouldNotBeErasedAreErasedByAServer(t *testing.T) {
	t.Parallel()
	s := open(t)
	_, files := s.export(t, customers.Who{Email: ada})
	whole := s.Returns.Photos
	s.Returns.Photos = photo.New(stuck{}, phototest.Keys(t))
	done, err := s.erase(t)
	require.NoError(t, err)
	require.ErrorContains(t, done.Files, "3 files")
	require.Empty(t, holds(s.dump(t), s.marks[ada]), "the rows are erased all the same")
	left := func() int { return s.DB.Client.Photo.Query().CountX(s.system(t)) }
	require.Equal(t, 6, left(), "and what is left of the files can be found")

	s.Returns.Photos = whole
	require.NoError(t, s.Jobs.Start(t.Context()))
	require.Eventually(t, func() bool { return left() == 3 }, time.Minute, 20*time.Millisecond, "somebody else's stay")
	require.NoError(t, s.Jobs.Stop(t.Context()))
	for _, file := range files {
		err := s.Customers.Copy(s.system(t), file, io.Discard)
		require.Equal(t, fault.CodeNotFound, fault.From(err).Code, "%s is no empty file", file.Name)
	}
	again, err := s.Customers.Erase(s.system(t), customers.EraseInput{Who: customers.Who{ID: done.CustomerID}, By: "ticket-1"})
	require.NoError(t, err)
	require.Equal(t, customers.Erasure{CustomerID: done.CustomerID, Orders: 1, Returns: 2}, again)
}

func TestNothingIsErasedBesideAStoreThatHasNotThePhotos(t *testing.T) {
	t.Parallel()
	s := open(t)
	before := s.dump(t)
	elsewhere, err := disk.Open(t.TempDir(), rand.Text)
	require.NoError(t, err)
	s.Customers.Photos = phototest.Album(t, elsewhere)
	for _, rehearse := range []bool{true, false} {
		in := customers.EraseInput{Who: customers.Who{Email: ada}, By: "ticket-1", Rehearse: rehearse}
		_, err := s.Customers.Erase(s.system(t), in)
		require.ErrorContains(t, err, "3 of the customer's 3 photos are not in this store")
		require.Equal(t, before, s.dump(t))
		in.LostPhotos = true
		done, err := s.Customers.Erase(s.system(t), in)
		require.NoError(t, err, "whose photos are lost is erased where somebody says so")
		require.Equal(t, 3, done.Photos)
	}
	require.Empty(t, holds(s.dump(t), s.marks[ada]))
}

func TestAnErasureCoversUpNothingThatWasAlteredByHand(t *testing.T) {
	t.Parallel()
	s := open(t)
	require.NoError(t, s.write(t, `UPDATE inspections SET fee_at_most_minor = 0 WHERE customer_id = '`+s.ada(t)+`'`))
	_, err := s.erase(t)
	require.NoError(t, err)
	var said []string
	for _, say := range s.books(t).found {
		if strings.Contains(say, "had left was altered before event") {
			said = append(said, say)
		}
	}
	require.Len(t, said, 1)
	require.Regexp(t, `^ret_\d+: what event \d+ \(evt_\d+\) had left was altered before event \d+ \(evt_\d+\): inspections$`, said[0])
}
