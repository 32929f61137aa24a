package guests_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/ent"
	"github.com/vysero/returns/ent/event"
	"github.com/vysero/returns/internal/apptest"
	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/fault"
	"github.com/vysero/returns/internal/guests"
	"github.com/vysero/returns/internal/notify"
	"github.com/vysero/returns/internal/notify/notifytest"
	"github.com/vysero/returns/internal/orders"
	"github.com/vysero/returns/internal/returns"
	"github.com/vysero/returns/internal/store"
)

const ada = "ada@example.com"

// desk is an app, with the jobs that were done by hand.
type desk struct {
	*apptest.App

	done map[string]bool
}

func open(t *testing.T, options ...store.Option) *desk {
	t.Helper()
	return &desk{App: apptest.New(t, options...), done: map[string]bool{}}
}

// order records one more order of Ada's.
func (d *desk) order(t *testing.T, number string) *ent.Order {
	t.Helper()
	return d.Order(t, func(in *orders.RecordInput) { in.Number = number })
}

// ask asks for a link, as somebody who has no token.
func (d *desk) ask(t *testing.T, number, email string) {
	t.Helper()
	require.NoError(t, d.Guests.SendLink(t.Context(), guests.LinkInput{OrderNumber: number, Email: email}, "en"))
}

// waiting are the jobs that nobody has done yet, the first one first.
func (d *desk) waiting(t *testing.T) []guests.MailLink {
	t.Helper()
	var all []guests.MailLink
	for _, row := range d.rows(t, "args") {
		var job guests.MailLink
		require.NoError(t, json.Unmarshal([]byte(row), &job))
		if !d.done[job.ID] {
			all = append(all, job)
		}
	}
	return all
}

// rows is what the queue keeps in one column, the first job first.
func (d *desk) rows(t *testing.T, column string) []string {
	t.Helper()
	writer, pool := d.DB.Native()
	var all []string
	if pool != nil {
		found, err := pool.Query(t.Context(), "SELECT coalesce("+column+"::text, '') FROM river_job WHERE kind = 'guest.link' ORDER BY id")
		require.NoError(t, err)
		all, err = pgx.CollectRows(found, pgx.RowTo[string])
		require.NoError(t, err)
		return all
	}
	found, err := writer.QueryContext(t.Context(), "SELECT coalesce(json("+column+"), '') FROM river_job WHERE kind = 'guest.link' ORDER BY id")
	require.NoError(t, err)
	defer func() { require.NoError(t, found.Close()) }()
	for found.Next() {
		var text string
		require.NoError(t, found.Scan(&text))
		all = append(all, text)
	}
	require.NoError(t, found.Err())
	return all
}

// work does the jobs that wait, and tells how many they were.
func (d *desk) work(t *testing.T) int {
	t.Helper()
	all := d.waiting(t)
	for _, job := range all {
		require.NoError(t, d.Guests.Mail(t.Context(), job))
		d.done[job.ID] = true
	}
	return len(all)
}

func (d *desk) mails(t *testing.T) []notifytest.Mail {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(d.Mails, "*.eml"))
	require.NoError(t, err)
	var all []notifytest.Mail
	for _, file := range files {
		raw, err := os.ReadFile(file)
		require.NoError(t, err)
		all = append(all, notifytest.Read(t, raw))
	}
	return all
}

// links counts the events of an order's links.
func (d *desk) links(t *testing.T, o *ent.Order) int {
	t.Helper()
	return d.DB.Client.Event.Query().Where(event.OrderID(o.ID), event.Action("LINK_ISSUED"), event.ReturnIDIsNil()).CountX(auth.AsSystem(t.Context()))
}

func (d *desk) later(by time.Duration) { d.Clock.Set(d.Clock.Now().Add(by)) }

// token is the one in a mail's link.
func token(t *testing.T, m notifytest.Mail) string {
	t.Helper()
	found := regexp.MustCompile(`(?m)^https://shop\.example/returns#token=([\w.-]+)$`).FindStringSubmatch(m.Text)
	require.NotNil(t, found, m.Text)
	return found[1]
}

func TestALinkIsMailedToTheAddressOnRecordAndNamesTheOrder(t *testing.T) {
	t.Parallel()
	d := open(t)
	o := d.order(t, "1001")
	d.ask(t, " 1001 ", " Ada@EXAMPLE.com ")
	require.Equal(t, 1, d.work(t))
	mails := d.mails(t)
	require.Len(t, mails, 1)
	require.Equal(t, "Vysero: your link to order 1001", mails[0].Subject)
	to, err := mails[0].AddressList("To")
	require.NoError(t, err)
	require.Equal(t, ada, to[0].Address)
	require.Contains(t, mails[0].Text, "30 minutes")
	link, err := d.Guests.Offer.Links.Verify(token(t, mails[0]))
	require.NoError(t, err)
	require.Equal(t, auth.Link{OrderID: o.ID, CustomerID: o.CustomerID}, link)
	d.later(30 * time.Minute)
	_, err = d.Guests.Offer.Links.Verify(token(t, mails[0]))
	require.ErrorIs(t, err, auth.ErrToken)
}

func TestTheMailSpeaksTheLanguageOfTheRequest(t *testing.T) {
	t.Parallel()
	d := open(t)
	d.order(t, "1001")
	require.NoError(t, d.Guests.SendLink(t.Context(), guests.LinkInput{OrderNumber: "1001", Email: ada}, "es"))
	d.work(t)
	require.Equal(t, "Vysero: tu enlace al pedido 1001", d.mails(t)[0].Subject)
}

// Whatever is asked, the request does the same: nothing is read, and one job is written down.
func TestARequestDoesTheSameWhateverIsAskedAndTheJobFindsOut(t *testing.T) {
	t.Parallel()
	var reads []string
	var mu sync.Mutex
	d := open(t, store.Watched(func(statement string) {
		mu.Lock()
		defer mu.Unlock()
		reads = append(reads, statement)
	}))
	o := d.order(t, "1001")
	d.Order(t, func(in *orders.RecordInput) { in.Number, in.Customer.Email = "2001", "bob@example.com" })
	reads = nil
	for i, c := range [][2]string{{"1001", "eve@example.com"}, {"9999", ada}, {"1001", "bob@example.com"}, {"2001", ada}, {"ORD", "x@y"}} {
		d.ask(t, c[0], c[1])
		require.Empty(t, reads)
		require.Len(t, d.waiting(t), i+1)
		reads = nil
	}
	require.Equal(t, 5, d.work(t))
	require.Empty(t, d.mails(t))
	require.Zero(t, d.links(t, o))
	d.ask(t, "1001", ada)
	require.Equal(t, 1, d.work(t))
	require.Len(t, d.mails(t), 1)
}

func TestNoAddressRestsInTheRowOfAJobOrInAnEvent(t *testing.T) {
	t.Parallel()
	d := open(t)
	o := d.order(t, "1001")
	d.ask(t, "1001", ada)
	d.ask(t, "1001", "eve@example.com")
	require.Contains(t, d.rows(t, "args")[0], "1001")
	for _, column := range []string{"args", "errors", "metadata", "tags"} {
		for _, text := range d.rows(t, column) {
			require.NotRegexp(t, `@|example`, text)
		}
	}
	d.work(t)
	require.Equal(t, 1, d.links(t, o))
	e := d.DB.Client.Event.Query().Where(event.Action("LINK_ISSUED")).OnlyX(auth.AsSystem(t.Context()))
	require.NotContains(t, fmt.Sprint(e), "@")
	require.Equal(t, "system", e.Actor)
}

func TestAHundredQuestionsAreThreeMailsAnHour(t *testing.T) {
	t.Parallel()
	d := open(t)
	o := d.order(t, "1001")
	for range 100 { // fifty minutes
		d.ask(t, "1001", ada)
		d.work(t)
		d.later(30 * time.Second)
	}
	require.Len(t, d.mails(t), guests.PerOrder)
	require.Equal(t, guests.PerOrder, d.links(t, o))
	d.later(15 * time.Minute)
	d.ask(t, "1001", ada)
	d.work(t)
	require.Len(t, d.mails(t), guests.PerOrder+1, "the hour is over")
}

func TestAnAddressGetsSixMailsAnHourWhateverTheOrders(t *testing.T) {
	t.Parallel()
	d := open(t)
	for i := range 10 {
		number := fmt.Sprint(1001 + i)
		d.order(t, number)
		d.ask(t, number, ada)
	}
	require.Equal(t, 10, d.work(t))
	require.Len(t, d.mails(t), guests.PerAddress)
	d.Order(t, func(in *orders.RecordInput) { in.Number, in.Customer.Email = "2001", "bob@example.com" })
	d.ask(t, "2001", "bob@example.com")
	d.work(t)
	require.Len(t, d.mails(t), guests.PerAddress+1, "nobody else waits for that")
}

func TestQuestionsAtOnceAreOneMail(t *testing.T) {
	t.Parallel()
	d := open(t)
	o := d.order(t, "1001")
	mark := d.Guests.Offer.Links.Mark(ada)
	var all sync.WaitGroup
	errs := make([]error, 20)
	for i := range errs {
		all.Go(func() {
			errs[i] = d.Guests.Mail(t.Context(), guests.MailLink{ID: fmt.Sprintf("lnk_%d", i), Order: "1001", Address: mark, Locale: "en"})
		})
	}
	all.Wait()
	require.NoError(t, errors.Join(errs...))
	require.Len(t, d.mails(t), 1)
	require.Equal(t, 1, d.links(t, o))
}

func TestTheSameQuestionWithinAMinuteIsOneJob(t *testing.T) {
	t.Parallel()
	d := open(t)
	d.order(t, "1001")
	d.Clock.Set(d.Clock.Now().Truncate(time.Minute))
	for range 10 {
		d.ask(t, "1001", ada)
		d.ask(t, "1001", "eve@example.com")
	}
	require.Len(t, d.waiting(t), 2, "the one that matches and the one that does not alike")
	d.work(t)
	d.later(time.Minute)
	d.ask(t, "1001", ada)
	require.Equal(t, 1, d.work(t))
	require.Len(t, d.mails(t), 1, "another job, and no other mail yet")
	d.later(guests.Apart)
	d.ask(t, "1001", ada)
	d.work(t)
	require.Len(t, d.mails(t), 2)
}

// failing is a mail server that answers as a test wants it.
type failing struct{ error }

// Send fails.
func (f failing) Send(context.Context, notify.Envelope) error { return f.error }

func TestAMailThatIsNotSentIsTriedAgainUnderTheSameEvent(t *testing.T) {
	t.Parallel()
	d := open(t)
	o := d.order(t, "1001")
	works := d.Guests.Offer.Mail
	d.Guests.Offer.Mail = notifytest.Mailer(t, failing{notify.ErrNotSent})
	d.ask(t, "1001", ada)
	job := d.waiting(t)[0]
	for range 5 {
		err := d.Guests.Mail(t.Context(), job)
		require.ErrorIs(t, err, notify.ErrNotSent)
		require.NotContains(t, err.Error(), "@")
		d.later(10 * time.Minute)
	}
	require.Equal(t, 1, d.links(t, o))
	d.Guests.Offer.Mail = works
	require.NoError(t, d.Guests.Mail(t.Context(), job))
	require.NoError(t, d.Guests.Mail(t.Context(), job), "done again")
	require.Len(t, d.mails(t), 1)
	require.Equal(t, 1, d.links(t, o))
	_, err := d.Guests.Offer.Links.Verify(token(t, d.mails(t)[0]))
	require.NoError(t, err, "its time begins when it is sent")
}

func TestAMailThatIsRefusedIsPutAsideAtOnce(t *testing.T) {
	t.Parallel()
	d := open(t)
	d.order(t, "1001")
	d.Guests.Offer.Mail = notifytest.Mailer(t, failing{notify.ErrRefused})
	d.ask(t, "1001", ada)
	err := d.Guests.Mail(t.Context(), d.waiting(t)[0])
	var hopeless *river.JobCancelError
	require.ErrorAs(t, err, &hopeless)
	require.ErrorIs(t, err, notify.ErrRefused)
}

func TestLinksLeaveTheChainOfTheOrderWhole(t *testing.T) {
	t.Parallel()
	d := open(t)
	o := d.order(t, "1001")
	for range 3 {
		d.ask(t, "1001", ada)
		d.work(t)
		d.later(guests.Apart)
	}
	require.Equal(t, 3, d.links(t, o))
	done, err := d.Returns.Audit(d.As(t, auth.Admin), returns.AuditInput{Found: func(diff returns.Difference) { assert.Fail(t, fmt.Sprint(diff)) }})
	require.NoError(t, err)
	require.Zero(t, done.Differences)
	require.Equal(t, 4, done.Events)
}

func TestOnlyMalformedInputIsTold(t *testing.T) {
	t.Parallel()
	d := open(t)
	for _, c := range []struct {
		number, email string
		field         string
		code          fault.Code
	}{
		{"", ada, "orderNumber", fault.CodeRequired},
		{strings.Repeat("1", 65), ada, "orderNumber", fault.CodeInvalid},
		{"10\n01", ada, "orderNumber", fault.CodeInvalid},
		{"10\x0001", ada, "orderNumber", fault.CodeInvalid},
		{"10\xff01", ada, "orderNumber", fault.CodeInvalid},
		{ada, ada, "orderNumber", fault.CodeInvalid},
		{"1001", "", "email", fault.CodeRequired},
		{"1001", "ada", "email", fault.CodeInvalid},
		{"1001", "Ada <ada@example.com>", "email", fault.CodeInvalid},
		{"1001", "ada@example.com\r\nBcc: eve@example.com", "email", fault.CodeInvalid},
		{"1001", "ada@example.com,eve@example.com", "email", fault.CodeInvalid},
		{"1001", strings.Repeat("a", 250) + "@example.com", "email", fault.CodeInvalid},
	} {
		err := d.Guests.SendLink(t.Context(), guests.LinkInput{OrderNumber: c.number, Email: c.email}, "en")
		require.Error(t, err, "%q %q", c.number, c.email)
		f := fault.From(err)
		require.Equal(t, c.code, f.Code, "%q %q", c.number, c.email)
		require.Equal(t, []string{c.field}, f.Field)
	}
	require.Empty(t, d.waiting(t))
}

func TestWhereNoLinksAreSentItIsSaid(t *testing.T) {
	t.Parallel()
	d := open(t)
	d.order(t, "1001")
	d.ask(t, "1001", ada)
	job := d.waiting(t)[0]
	d.Guests.Offer = nil
	err := d.Guests.SendLink(t.Context(), guests.LinkInput{OrderNumber: "1001", Email: ada}, "en")
	require.Equal(t, fault.CodeNotOffered, fault.From(err).Code)
	require.Error(t, d.Guests.Mail(t.Context(), job), "another server may do it")
}
