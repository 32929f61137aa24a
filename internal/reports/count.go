package reports

import (
	"cmp"
	"context"
	"slices"
	"sort"
	"time"

	"entgo.io/ent/dialect/sql"

	"github.com/vysero/returns/ent"
	"github.com/vysero/returns/ent/item"
	"github.com/vysero/returns/ent/order"
	"github.com/vysero/returns/ent/override"
	"github.com/vysero/returns/ent/predicate"
	"github.com/vysero/returns/ent/returnline"
	"github.com/vysero/returns/ent/returnrequest"
	"github.com/vysero/returns/internal/calendar"
	"github.com/vysero/returns/internal/policy"
)

// count is a report while it is counted.
type count struct {
	in       Input
	client   *ent.Client // sees one instant
	pageSize int

	done    Report
	months  []window // of done.ByMonth, one each
	reasons map[policy.Reason]*ReasonRow
	skus    map[string]*ProductRow // the articles that are in the report
	pieces  map[piece]*PieceRow
	turned  map[turned]int // requests for one item
	spans   spans
}

// window is a month as far as the range reaches, half-open.
type window struct{ from, to time.Time }

func newCount(in Input, now time.Time, zone *time.Location) *count {
	c := &count{
		in:      in,
		done:    Report{From: in.From, To: in.To, AsOf: now, Zone: zone.String()},
		reasons: map[policy.Reason]*ReasonRow{}, skus: map[string]*ProductRow{}, pieces: map[piece]*PieceRow{},
		turned: map[turned]int{},
	}
	for _, r := range policy.Reasons() {
		c.done.ByReason = append(c.done.ByReason, ReasonRow{Reason: r})
	}
	for i := range c.done.ByReason {
		c.reasons[c.done.ByReason[i].Reason] = &c.done.ByReason[i]
	}
	for i := 0; ; i++ {
		begins, ends := calendar.MonthStart(in.From, i, zone), calendar.MonthStart(in.From, i+1, zone)
		w := window{from: later(begins, in.From), to: earlier(ends, in.To)}
		if !w.from.Before(w.to) {
			return c
		}
		c.months = append(c.months, w)
		c.done.ByMonth = append(c.done.ByMonth, MonthRow{Month: begins.Format("2006-01")})
	}
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// month is the row of an instant of the range.
func (c *count) month(at time.Time) *MonthRow {
	i := sort.Search(len(c.months), func(i int) bool { return at.Before(c.months[i].to) })
	return &c.done.ByMonth[i]
}

func (w window) requested() predicate.ReturnRequest {
	return returnrequest.And(returnrequest.RequestedAtGTE(w.from), returnrequest.RequestedAtLT(w.to))
}

func (c *count) requested() predicate.ReturnRequest { return window{c.in.From, c.in.To}.requested() }

// filed counts returns and units: month by month, since where a month ends is for no database to say.
func (c *count) filed(ctx context.Context) error {
	units := func(s *sql.Selector) string { // from the returns to their lines, which are many and long
		l := sql.Table(returnline.Table)
		s.Join(l).On(s.C(returnrequest.FieldID), l.C(returnline.FieldReturnID))
		return "COALESCE(SUM(" + l.C(returnline.FieldQuantity) + "), 0)"
	}
	for i, w := range c.months {
		m := &c.done.ByMonth[i]
		var err error
		if m.Requests, err = c.client.ReturnRequest.Query().Where(w.requested()).Count(ctx); err != nil {
			return err
		}
		if m.Units, err = c.client.ReturnRequest.Query().Where(w.requested()).Aggregate(ent.As(units, "units")).Int(ctx); err != nil {
			return err
		}
		c.done.Requests += m.Requests
	}
	return nil
}

// lines counts lines and units by their reasons.
func (c *count) lines(ctx context.Context) error {
	var rows []struct {
		Reason policy.Reason `json:"reason"`
		Lines  int           `json:"lines"`
		Units  int           `json:"units"`
	}
	err := c.client.ReturnLine.Query().Where(returnline.HasReturnWith(c.requested())).GroupBy(returnline.FieldReason).
		Aggregate(ent.As(ent.Count(), "lines"), ent.As(ent.Sum(returnline.FieldQuantity), "units")).Scan(ctx, &rows)
	for _, row := range rows {
		r := c.reasons[row.Reason]
		r.Lines, r.Units = row.Lines, row.Units
		c.done.Lines += row.Lines
	}
	return err
}

// article is what the database counts of one.
type article struct {
	Sku    string `json:"sku"`
	Units  int    `json:"units"`
	Latest string `json:"latest"` // the item that was recorded last
}

// products finds the articles with the most units.
func (c *count) products(ctx context.Context) error {
	var rows []article
	lines := func(s *sql.Selector) string {
		l, r := sql.Table(returnline.Table), sql.Table(returnrequest.Table)
		s.Join(l).On(s.C(item.FieldID), l.C(returnline.FieldItemID))
		s.Join(r).On(l.C(returnline.FieldReturnID), r.C(returnrequest.FieldID))
		s.Where(sql.And(sql.GTE(r.C(returnrequest.FieldRequestedAt), c.in.From), sql.LT(r.C(returnrequest.FieldRequestedAt), c.in.To)))
		return sql.Sum(l.C(returnline.FieldQuantity))
	}
	most := func(s *sql.Selector) { s.OrderBy(sql.Desc("units"), s.C(item.FieldSku)) }
	err := c.client.Item.Query().Order(most).Limit(MaxProducts).GroupBy(item.FieldSku).
		Aggregate(ent.As(lines, "units"), ent.As(ent.Max(item.FieldID), "latest")).Scan(ctx, &rows)
	if err != nil {
		return err
	}
	slices.SortStableFunc(rows, func(a, b article) int { return cmp.Or(b.Units-a.Units, cmp.Compare(a.Sku, b.Sku)) })
	ids := make([]string, len(rows))
	c.done.ByProduct = make([]ProductRow, len(rows))
	for i, row := range rows {
		ids[i], c.done.ByProduct[i] = row.Latest, ProductRow{Sku: row.Sku, Units: row.Units}
		c.skus[row.Sku] = &c.done.ByProduct[i]
	}
	named, err := c.client.Item.Query().Where(item.IDIn(ids...)).All(ctx)
	for _, it := range named {
		c.skus[it.Sku].Name = it.Name
	}
	return err
}

// sold counts what was sold of these articles in the range.
func (c *count) sold(ctx context.Context) error {
	skus := make([]string, len(c.done.ByProduct))
	for i, p := range c.done.ByProduct {
		skus[i] = p.Sku
	}
	var rows []struct {
		Sku   string `json:"sku"`
		Units int    `json:"units"`
	}
	bought := order.And(order.PurchasedAtGTE(c.in.From), order.PurchasedAtLT(c.in.To))
	err := c.client.Item.Query().Where(item.SkuIn(skus...), item.HasOrderWith(bought)).GroupBy(item.FieldSku).
		Aggregate(ent.As(ent.Sum(item.FieldQuantity), "units")).Scan(ctx, &rows)
	for _, row := range rows {
		c.skus[row.Sku].UnitsSold = row.Units
	}
	return err
}

// lowered counts the fees that staff lowered.
func (c *count) lowered(ctx context.Context) error {
	var rows []struct {
		Currency string `json:"currency"`
		Effect   int64  `json:"effect"`
		Count    int    `json:"count"`
	}
	inspections := func(s *sql.Selector) string { return "COUNT(DISTINCT " + s.C(override.FieldSubject) + ")" }
	lowered := []predicate.Override{
		override.KindEQ(override.KindFEE), override.StateEQ(override.StateIN_FORCE), override.HasReturnWith(c.requested()),
	}
	err := c.client.Override.Query().Where(lowered...).GroupBy(override.FieldCurrency).
		Aggregate(ent.As(inspections, "count"), ent.As(ent.Sum(override.FieldEffectMinor), "effect")).Scan(ctx, &rows)
	if err != nil {
		return err
	}
	fees := &c.done.Fees
	for _, row := range rows {
		fees.Lowered.Count += row.Count
		add(&fees.Lowered.Amount, row.Currency, row.Effect)
	}
	fees.Waived, err = c.client.Override.Query().Where(append(lowered, override.After("0"))...).
		Aggregate(ent.As(inspections, "count")).Int(ctx)
	return err
}

// report is the report once everything is counted.
func (c *count) report() *Report {
	r := &c.done
	r.TimeToRefund = c.spans.times()
	r.RefusedByClause = c.clauses()
	r.Promise.Broken = r.Promise.Late + r.Promise.Overdue
	for _, p := range c.pieces {
		r.Missing = append(r.Missing, *p)
	}
	slices.SortFunc(r.Missing, func(a, b PieceRow) int {
		return cmp.Or(b.Units-a.Units, cmp.Compare(a.Sku, b.Sku), cmp.Compare(a.Code, b.Code))
	})
	r.Missing = r.Missing[:min(len(r.Missing), MaxPieces)]
	return r
}
