package returns_test

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"entgo.io/ent/dialect/sql/schema"
	"entgo.io/ent/schema/field"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/ent"
	"github.com/vysero/returns/ent/event"
	"github.com/vysero/returns/ent/migrate"
	"github.com/vysero/returns/internal/apptest"
	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/chain"
	"github.com/vysero/returns/internal/lifecycle"
	"github.com/vysero/returns/internal/orders"
	"github.com/vysero/returns/internal/policy"
	"github.com/vysero/returns/internal/returns"
	"github.com/vysero/returns/internal/store"
)

// byHand changes rows as somebody does who has the database.
func (s shop) byHand(t *testing.T, statements ...string) {
	t.Helper()
	require.NoError(t, s.DB.InTx(auth.AsSystem(t.Context()), func(ctx context.Context, tx store.Tx) (err error) {
		for _, statement := range statements {
			if native := tx.SQLite(); native != nil {
				_, err = native.ExecContext(ctx, statement)
			} else {
				_, err = tx.Postgres().Exec(ctx, statement)
			}
			if err != nil {
				return fmt.Errorf("%s: %w", statement, err)
			}
		}
		return nil
	}))
}

// story is a return with something in every part: it was paid less, and not as much less as the terms say.
func (s shop) story(t *testing.T) *ent.ReturnRequest {
	t.Helper()
	ret := s.back(t, s.request(t, s.line(policy.ChangeOfHeart, 1)), returns.FoundInput{Packaging: true, Missing: []string{"usb-cable"}})
	ins := ret.QueryLines().QueryInspections().OnlyX(auth.AsSystem(t.Context()))
	_, err := s.Returns.ReduceFee(s.person(t, "eva"), returns.FeeInput{ID: ret.ID, InspectionID: ins.ID, Fee: apptest.USD("5.00"), Reason: "goodwill"})
	require.NoError(t, err)
	ret, _ = s.settle(t, ret)
	require.Equal(t, lifecycle.Refunded, ret.State)
	s.balanced(t)
	return ret
}

// notSealed are the columns of a return's records that its events are not sealed with, and why.
var notSealed = map[string]string{
	"returns.id": "what the rest stands under", "return_lines.id": "as above", "inspections.id": "as above", "overrides.id": "as above", "refunds.id": "as above",
	"returns.note": "words", "returns.instructions": "words", "returns.outcome_note": "words", "return_lines.comment": "words", "inspections.note": "words",
	"overrides.reason": "words, which the event has as well", "returns.carrier": "leads to a person", "returns.tracking": "leads to a person",
	"returns.events_seq": "the chain itself", "returns.events_digest": "the chain itself", "returns.revision": "counts changes, and nothing else",
	"refunds.state": "held against the transfers", "refunds.succeeded_at": "goes with the state", "refunds.accepted_at": "held against the transfers",
}

// alter is how a column is altered by hand where the rule of its type does not do: rows hang together.
var alter = map[string]string{
	"returns.state": "state = 'CLOSED'", "inspections.fate": "fate = 'LOST'", "inspections.refund_id": "refund_id = NULL", "overrides.state": "state = 'PROPOSED'",
	"return_lines.return_id":    "return_id = 'OTHER returns', position = 9",
	"return_lines.units_back":   "units_back = 0, units_judged = 0",
	"return_lines.units_judged": "units_judged = 0", "inspections.line_id": "line_id = 'OTHER return_lines'", "return_lines.item_id": "item_id = 'OTHER items'",
}

// byType is how a column of a type is altered by hand; words get one more letter.
var byType = map[field.Type]string{
	field.TypeJSON: `%q = '{"outcome":"ELIGIBLE"}'`, field.TypeTime: `%q = '2026-03-09 10:00:00+00:00'`,
	field.TypeBool: `%[1]q = COALESCE(NOT %[1]q, TRUE)`,
	field.TypeInt:  `%[1]q = COALESCE(%[1]q, 0) + 1`, field.TypeInt64: `%[1]q = COALESCE(%[1]q, 0) + 1`,
}

// altered gives the assignment that alters a column.
func altered(table *schema.Table, c *schema.Column) string {
	if set, special := alter[table.Name+"."+c.Name]; special {
		return set
	}
	if at, found := strings.CutSuffix(c.Name, "_id"); found {
		return fmt.Sprintf(`%q = 'OTHER %ss'`, c.Name, at)
	}
	if how, special := byType[c.Type]; special {
		return fmt.Sprintf(how, c.Name)
	}
	return fmt.Sprintf(`%[1]q = %[1]q || 'x'`, c.Name)
}

func TestAnAuditSeesEveryColumnOfADecisionThatIsAlteredByHand(t *testing.T) {
	t.Parallel()
	s := open(t)
	foreign := s.Order(t, func(in *orders.RecordInput) { in.Number, in.Customer.Email = "1002", "grace@example.com" })
	item := s.Items(t, foreign)[0]
	other, _, err := s.Returns.Request(s.As(t, auth.Customer, "grace@example.com"), returns.RequestInput{
		Lines: []returns.LineInput{{ItemID: item.ID, Quantity: 1, Reason: policy.ChangeOfHeart}},
	})
	require.NoError(t, err)
	ids := strings.NewReplacer("OTHER orders", foreign.ID, "OTHER customers", foreign.CustomerID, "OTHER items", item.ID,
		"OTHER returns", other.ID, "OTHER return_lines", s.lines(t, other)[0].ID)
	ret := s.story(t)
	parts := []struct {
		name  string
		table *schema.Table
		mine  string
	}{
		{"return", migrate.ReturnsTable, "id = '" + ret.ID + "'"},
		{"lines", migrate.ReturnLinesTable, "return_id = '" + ret.ID + "'"},
		{"inspections", migrate.InspectionsTable, "customer_id = '" + ret.CustomerID + "'"},
		{"overrides", migrate.OverridesTable, "return_id = '" + ret.ID + "'"},
		{"refunds", migrate.RefundsTable, "return_id = '" + ret.ID + "'"},
	}
	for _, p := range parts {
		s.byHand(t, fmt.Sprintf(`CREATE TABLE "kept_%[1]s" AS SELECT * FROM %[1]q`, p.table.Name)) //nolint:unqueryvet // whatever columns there are
		var back []string
		for _, c := range p.table.Columns {
			back = append(back, fmt.Sprintf(`%[1]q = (SELECT %[1]q FROM "kept_%[2]s" k WHERE k.id = %[2]q.id)`, c.Name, p.table.Name))
		}
		// A return that is put into another order has left its events behind.
		told := regexp.MustCompile(fmt.Sprintf(`^%s: (what event %d \(evt_\d+\) left was altered: .*\b%s\b|the log of its events was altered)`,
			ret.ID, ret.EventsSeq, p.name))
		for _, c := range p.table.Columns {
			name := p.table.Name + "." + c.Name
			if notSealed[name] != "" {
				continue
			}
			s.byHand(t, ids.Replace(fmt.Sprintf("UPDATE %q SET %s WHERE %s", p.table.Name, altered(p.table, c), p.mine)))
			found := s.audit(t, false)
			assert.True(t, slices.ContainsFunc(found, told.MatchString), "%s: %q", name, found)
			s.byHand(t, fmt.Sprintf("UPDATE %q SET %s", p.table.Name, strings.Join(back, ", ")))
			require.Empty(t, s.audit(t, false), "%s is as it was", name)
		}
	}
}

func TestAnAuditSeesARowThatIsTakenOutOrPutIn(t *testing.T) {
	t.Parallel()
	copied := `INSERT INTO overrides (id, return_id, kind, subject, state, code, reason, before, after, currency, effect_minor, asked_by, asked_at, decided_by)
		SELECT 'ovr_x', return_id, kind, subject, 'REJECTED', code, reason, before, after, currency, effect_minor, asked_by, asked_at, 'max' FROM overrides`
	for name, c := range map[string]struct {
		tamper string
		say    []string
	}{
		"an override":            {"DELETE FROM overrides", []string{"left was altered: overrides$", "the fee of inspection ins_.* has 500 of staff, and no override says who gave it"}},
		"one more":               {copied, []string{"left was altered: overrides$"}},
		"an inspection":          {"DELETE FROM inspections", []string{"left was altered: inspections$", "override ovr_.* is about ins_.*, which is not in it"}},
		"the words of a refusal": {"UPDATE overrides SET reason = 'bribed'", []string{"the reason of override ovr_.* is not the one that its event gives"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := open(t)
			s.story(t)
			s.byHand(t, c.tamper)
			told := s.audit(t, false)
			require.Len(t, told, len(c.say))
			for i, say := range c.say {
				require.Regexp(t, say, told[i])
			}
		})
	}
}

func TestWhatWasAlteredIsToldForEverWhateverIsDoneWithItLater(t *testing.T) {
	t.Parallel()
	s := open(t)
	ret := s.back(t, s.request(t, s.line(policy.ChangeOfHeart, 1)), returns.FoundInput{Packaging: true, Missing: []string{"usb-cable"}})
	s.byHand(t, "UPDATE inspections SET fee_at_most_minor = 0")
	ret, paid := s.settle(t, ret)
	require.EqualValues(t, 10000, paid.TotalMinor)
	s.byHand(t, "UPDATE inspections SET fee_at_most_minor = NULL")
	told := s.audit(t, false)
	require.Len(t, told, 2)
	require.Regexp(t, "^"+ret.ID+`: what event 4 \(evt_\d+\) had left was altered before event 5 \(evt_\d+\): inspections$`, told[0])
	require.Regexp(t, "^"+ret.ID+`: what event 6 \(evt_\d+\) left was altered: inspections$`, told[1])
}

// unseal makes the events of a return those of a time before there were seals.
func (s shop) unseal(t *testing.T, ret *ent.ReturnRequest) {
	t.Helper()
	var head chain.Head
	for _, e := range ret.QueryEvents().Order(event.BySeq()).AllX(auth.AsSystem(t.Context())) {
		e.Sealed = nil
		var err error
		head, err = head.Next(e)
		require.NoError(t, err)
		s.byHand(t, fmt.Sprintf("UPDATE events SET sealed = NULL, salt = '%s', prev = '%s', digest = '%s' WHERE id = '%s'", e.Salt, e.Prev, e.Digest, e.ID))
	}
	s.byHand(t, fmt.Sprintf("UPDATE returns SET events_digest = '%s' WHERE id = '%s'", head.Digest, ret.ID))
}

func TestAReturnOfBeforeThereWereSealsIsCountedAndSealedByItsNextEvent(t *testing.T) {
	t.Parallel()
	s := open(t)
	ret := s.back(t, s.request(t, s.line(policy.ChangeOfHeart, 1)), returns.FoundInput{Packaging: true})
	s.unseal(t, ret)
	audited := func() (returns.Audited, []string) {
		var told []string
		done, err := s.Returns.Audit(t.Context(), returns.AuditInput{Found: func(d returns.Difference) { told = append(told, d.String()) }})
		require.NoError(t, err)
		return done, told
	}
	done, told := audited()
	require.Empty(t, told)
	require.Equal(t, 1, done.Unsealed)
	s.settle(t, ret)
	done, told = audited()
	require.Empty(t, told)
	require.Zero(t, done.Unsealed)
}

func TestAnAuditHoldsTheAnswersOfStaffAgainstTheirRecords(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ tamper, say string }{
		"a line that is overridden by nobody":        {"UPDATE return_lines SET overridden = TRUE", "^%s: the outcome of line rln_.* has ELIGIBLE of staff, and no override says who gave it$"},
		"an inspection that is overridden by nobody": {"UPDATE inspections SET overridden = TRUE", "^%s: the outcome of inspection ins_.* has REFUND_WITH_DEDUCTION of staff, and no override"},
		"a fee that the override does not give":      {"UPDATE inspections SET fee_at_most_minor = 0", "^%s: the fee of inspection ins_.* has 0 of staff, and override ovr_.* is for 500$"},
		"a fee that stands beside its override":      {"UPDATE inspections SET fee_at_most_minor = NULL", "^%s: the fee of inspection ins_.* has nothing of staff, and override ovr_.* is in force$"},
		"an override that nobody decided":            {"UPDATE overrides SET state = 'PROPOSED'", "^%s: the fee of inspection ins_.* has 500 of staff, and no override"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := open(t)
			ret := s.story(t)
			s.unseal(t, ret) // else the seal tells of it as well
			s.balanced(t)
			s.byHand(t, c.tamper)
			told := s.audit(t, false)
			require.Len(t, told, 1)
			require.Regexp(t, fmt.Sprintf(c.say, ret.ID), told[0])
		})
	}
}

func TestADateThatMovesByItselfIsAnEvent(t *testing.T) {
	t.Parallel()
	s := open(t, func(in *orders.RecordInput) {
		in.Items[0].Delivery, in.Items[0].DeliveredAt = new(policy.InTransit), nil
	})
	ret := s.request(t, s.line(policy.ChangeOfHeart, 1))
	arrive := orders.DeliveredInput{OrderNumber: "1001", DeliveredAt: new(apptest.At("2026-03-09T12:00:00-07:00"))}
	_, err := s.Orders.Delivered(s.As(t, auth.Service), arrive)
	require.NoError(t, err)
	_, err = s.Orders.Delivered(s.As(t, auth.Service), arrive)
	require.NoError(t, err)
	var actions []string
	for _, e := range ret.QueryEvents().Order(event.BySeq()).AllX(auth.AsSystem(t.Context())) {
		actions = append(actions, e.Action)
	}
	require.Equal(t, []string{"REQUEST", "DATES_MOVED"}, actions)
	s.balanced(t)
}
