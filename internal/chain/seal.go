package chain

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"
	"entgo.io/ent/dialect/sql/schema"
	"entgo.io/ent/schema/field"

	"github.com/vysero/returns/ent"
	"github.com/vysero/returns/ent/migrate"
	"github.com/vysero/returns/ent/returnrequest"
	"github.com/vysero/returns/internal/auth"
)

// Content is what a return says in all of its rows: by part ("return", "lines", "inspections", "overrides", "refunds") the
// SHA-256, in hexadecimal, of whatever decides about money or rights. Words that an erasure takes out are not in it, so that
// it is the same before and after. nil is a return that there is not yet.
type Content map[string]string

// part is one kind of rows that a return says something in.
type part struct {
	name    string
	table   *schema.Table
	mine    string // which rows x are those of the return
	columns []string
}

// parts are all of them. What is not named is the row's id, which each stands under, words, what only counts changes, or a
// state that the books of money are held against.
var parts = []part{
	{"return", migrate.ReturnsTable, `x."id" = "returns"."id"`, []string{
		"number", "order_id", "customer_id", "state", "requested_at", "filed_at", "filed_by", "photos_waived", "instructions_at", "hand_over_before",
		"handed_over_at", "hand_over_entered_at", "received_at", "inspected_at", "refund_before", "due_before",
	}},
	{"lines", migrate.ReturnLinesTable, `x."return_id" = "returns"."id"`, []string{
		"return_id", "item_id", "customer_id", "position", "reason", "quantity", "ever_worked", "missing_on_arrival", "missing_declared",
		"outcome", "overridden", "verdict", "facts", "terms_version", "terms_digest", "units_back", "units_judged",
	}},
	{"inspections", migrate.InspectionsTable, `x."line_id" IN (SELECT "id" FROM "return_lines" WHERE "return_id" = "returns"."id")`, []string{
		"line_id", "customer_id", "refund_id", "settled", "units", "fate", "inspected_at", "inspector", "facts", "judgement", "outcome", "overridden",
		"fee_at_most_minor", "terms_version", "terms_digest",
	}},
	{"overrides", migrate.OverridesTable, `x."return_id" = "returns"."id"`, []string{
		"return_id", "kind", "subject", "state", "code", "before", "after", "currency", "effect_minor", "asked_by", "asked_at", "decided_by", "decided_at",
	}},
	{"refunds", migrate.RefundsTable, `x."return_id" = "returns"."id"`, []string{
		"return_id", "order_id", "customer_id", "currency", "total_minor", "breakdown", "due_before", "created_at", "created_by",
	}},
}

// spelling is how a database writes JSON.
type spelling struct{ object, gather, json, instant string }

// gathered are the expressions of both databases. An instant comes out of either in the same form, in UTC without a zone.
var gathered = map[string]string{
	dialect.SQLite:   spelling{"json_object", "json_group_object", `json(x.%q)`, `replace(replace(x.%q, ' ', 'T'), '+00:00', '')`}.rows(),
	dialect.Postgres: spelling{"jsonb_build_object", "jsonb_object_agg", `x.%q`, `x.%q AT TIME ZONE 'UTC'`}.rows(),
}

// rows is the expression that gathers the whole content of a return as one JSON text: by part, by id, by column.
func (s spelling) rows() string {
	var all []string
	for _, p := range parts {
		var row []string
		for _, name := range p.columns {
			row = append(row, fmt.Sprintf("'%s', %s", name, s.value(p.table, name)))
		}
		all = append(all, fmt.Sprintf(`'%s', (SELECT %s(x."id", %s(%s)) FROM %q x WHERE %s)`,
			p.name, s.gather, s.object, strings.Join(row, ", "), p.table.Name, p.mine))
	}
	return fmt.Sprintf("CAST(%s(%s) AS TEXT)", s.object, strings.Join(all, ", "))
}

// value is the expression for a column.
func (s spelling) value(of *schema.Table, name string) string {
	at := slices.IndexFunc(of.Columns, func(c *schema.Column) bool { return c.Name == name })
	how, special := map[field.Type]string{
		field.TypeJSON: s.json, field.TypeTime: s.instant, field.TypeBool: `CASE WHEN x.%[1]q THEN 1 WHEN NOT x.%[1]q THEN 0 END`,
	}[of.Columns[at].Type]
	if !special {
		how = `x.%q`
	}
	return fmt.Sprintf(how, name)
}

// ContentOf reads the content of returns in one query, whoever asks: by the return's id. A return that there is not is left
// out. JSON counts as it is on record and not as this program understands it.
func ContentOf(ctx context.Context, client *ent.Client, ids ...string) (map[string]Content, error) {
	var rows []struct {
		ID      string `sql:"id"`
		Content string `sql:"content"`
	}
	content := func(s *entsql.Selector) string { return entsql.As(gathered[s.Dialect()], "content") }
	err := client.ReturnRequest.Query().Where(returnrequest.IDIn(ids...)).
		Select(returnrequest.FieldID).Aggregate(content).Scan(auth.AsSystem(ctx), &rows)
	if err != nil {
		return nil, err
	}
	all := make(map[string]Content, len(rows))
	for _, row := range rows {
		if all[row.ID], err = contentOf(row.Content); err != nil {
			return nil, fmt.Errorf("return %s: %w", row.ID, err)
		}
	}
	return all, nil
}

func contentOf(text string) (Content, error) {
	said, err := read(json.RawMessage(text))
	if err != nil {
		return nil, err
	}
	whole, _ := said.(map[string]any) // as rows wrote it
	wordless(whole)
	c := make(Content, len(parts))
	for _, p := range parts {
		if c[p.name], err = Digest(whole[p.name]); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// wordless leaves of the inspector's note in the facts of a judgement that there is one (A33): that is what an erasure leaves.
func wordless(whole map[string]any) {
	rows, _ := whole["inspections"].(map[string]any)
	for _, row := range rows {
		columns, _ := row.(map[string]any)
		if facts, _ := columns["facts"].(map[string]any); facts["note"] != nil {
			facts["note"] = facts["note"] != ""
		}
	}
}

// unlike names the parts in which a content is not another one, of those that the other one has.
func (c Content) unlike(other Content) []string {
	var names []string
	for name, digest := range other {
		if c[name] != digest {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// Seal is what an event says of the content of its return.
type Seal struct {
	Left Content `json:"left"`          // as the event leaves it
	Was  Content `json:"was,omitempty"` // as the event found it, of the parts that it changes
}

// SealOf is the seal of an event, as the event keeps it, from the content before everything that it is about and after it.
// was is nil for the event that a return begins with.
func SealOf(was, left Content) (json.RawMessage, error) {
	s := Seal{Left: left, Was: Content{}}
	if was != nil {
		for _, name := range was.unlike(left) {
			s.Was[name] = was[name]
		}
	}
	return json.Marshal(s)
}

// Sealed is what the seals in a log of events say.
type Sealed struct {
	Say []string // what does not fit, each in words; none where all does
	// Open tells that the last event bears no seal: it is of before there were seals, and nothing says what it left.
	Open bool
}

// VerifySeals holds the seals of a return's events, in the order of their places, against each other and against the content
// that the return has now. Each event found what the one before it had left, and the last one left what is there: else
// somebody altered rows beside the program, and no later event covers that up. Events are taken as they are: see Verify.
func VerifySeals(events []*ent.Event, now Content) (Sealed, error) {
	var last *ent.Event
	var left Content
	done := Sealed{}
	for _, e := range events {
		if len(e.Sealed) == 0 {
			last, left = nil, nil
			continue
		}
		var s Seal
		if err := json.Unmarshal(e.Sealed, &s); err != nil {
			return done, fmt.Errorf("the seal of event %s cannot be read: %w", e.ID, err)
		}
		found := maps.Clone(s.Left)
		maps.Copy(found, s.Was)
		if names := found.unlike(left); len(names) > 0 {
			done.Say = append(done.Say, fmt.Sprintf("what event %d (%s) had left was altered before event %d (%s): %s",
				last.Seq, last.ID, e.Seq, e.ID, strings.Join(names, ", ")))
		}
		last, left = e, s.Left
	}
	if names := now.unlike(left); len(names) > 0 {
		done.Say = append(done.Say, fmt.Sprintf("what event %d (%s) left was altered: %s", last.Seq, last.ID, strings.Join(names, ", ")))
	}
	done.Open = last == nil
	return done, nil
}
