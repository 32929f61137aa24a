package returns

import (
	"context"
	"slices"
	"strconv"

	"github.com/vysero/returns/ent"
	"github.com/vysero/returns/ent/override"
	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/fault"
	"github.com/vysero/returns/internal/lifecycle"
	"github.com/vysero/returns/internal/money"
	"github.com/vysero/returns/internal/policy"
	"github.com/vysero/returns/internal/refund"
)

// Override puts another outcome in the place of a line's verdict, before approval, or of an inspection's judgement, before
// it is settled. The verdict and the judgement themselves stay on record, and the override is a record of its own. One that
// moves more money than one person may decide about, by itself or with those of this return that no second person has seen,
// takes effect when a second person approves it.
func (s *Service) Override(ctx context.Context, in OverrideInput) (*ent.ReturnRequest, error) {
	st := step{do: lifecycle.Override, id: in.ID, revision: in.Revision, reason: in.Reason}
	return s.change(ctx, st, func(ctx context.Context, c *change) error {
		reason, err := needed(in.Reason, maxText, "reason")
		if err != nil {
			return err
		}
		w := wish{code: in.Code, reason: reason}
		switch {
		case in.LineID != nil && in.Outcome != nil && in.InspectionID == nil && in.InspectionOutcome == nil:
			w.kind, w.subject, w.to = override.KindVERDICT, *in.LineID, string(*in.Outcome)
		case in.InspectionID != nil && in.InspectionOutcome != nil && in.LineID == nil && in.Outcome == nil:
			w.kind, w.subject, w.to = override.KindJUDGEMENT, *in.InspectionID, string(*in.InspectionOutcome)
		default:
			return fault.Bad(fault.CodeInvalid, "", "Give lineId with outcome, or inspectionId with inspectionOutcome.")
		}
		return c.wish(ctx, w)
	})
}

// ReduceFee lowers a restocking fee, per unit, or waives it: never raises it (A17). It is an override as any other.
func (s *Service) ReduceFee(ctx context.Context, in FeeInput) (*ent.ReturnRequest, error) {
	st := step{do: lifecycle.ReduceFee, id: in.ID, revision: in.Revision, reason: in.Reason}
	return s.change(ctx, st, func(ctx context.Context, c *change) error {
		reason, err := needed(in.Reason, maxText, "reason")
		if err != nil {
			return err
		}
		fee, err := in.Fee.In(c.ret.Edges.Order.Currency, "fee")
		if err != nil {
			return err
		}
		return c.wish(ctx, wish{kind: override.KindFEE, subject: in.InspectionID, to: strconv.FormatInt(fee, 10), code: in.Code, reason: reason})
	})
}

// wish is what staff want in the place of the terms' answer.
type wish struct {
	kind    override.Kind
	subject string
	to      string
	code    override.Code
	reason  string
}

// wish checks a wish, counts what it does to the money, and puts it in force, or on record for a second person.
func (c *change) wish(ctx context.Context, w wish) error {
	from, err := c.standing(w)
	if err != nil {
		return err
	}
	before, err := c.worth(ctx)
	if err != nil {
		return err
	}
	undo := c.pretend(w)
	after, err := c.worth(ctx)
	undo()
	if err != nil {
		return err
	}
	if w.code == "" {
		w.code = override.CodeOTHER
	}
	effect, state := after-before, override.StateIN_FORCE
	alone, err := c.alone(ctx)
	if err != nil {
		return err
	}
	if c.s.needsTwo(effect, c.ret.Edges.Order.Currency) || c.s.needsTwo(alone+effect, c.ret.Edges.Order.Currency) {
		state = override.StatePROPOSED
	}
	made, err := c.Client.Override.Create().SetID(c.s.NewID("ovr")).SetReturnID(c.ret.ID).SetKind(w.kind).SetSubject(w.subject).SetState(state).
		SetCode(w.code).SetReason(w.reason).SetBefore(from).SetAfter(w.to).SetCurrency(c.ret.Edges.Order.Currency).SetEffectMinor(effect).
		SetAskedBy(c.who.ID).SetAskedAt(c.Now).Save(ctx)
	if err != nil {
		return err
	}
	c.after["override"], c.after["effect"] = made.ID, made.Effect().String()
	if state == override.StatePROPOSED {
		c.after["waits"], c.after["together"] = "for a second person", c.amount(alone+effect).String()
		return nil
	}
	return c.apply(ctx, w, from)
}

// alone is what the overrides of the return do to the money that are in force without a second person, all together: a gift
// in many small parts is held against the limit as one, and what is taken back counts against it.
func (c *change) alone(ctx context.Context) (minor int64, err error) {
	all, err := c.Client.Override.Query().
		Where(override.ReturnID(c.ret.ID), override.StateEQ(override.StateIN_FORCE), override.DecidedBy("")).All(ctx)
	for _, o := range all {
		minor += o.EffectMinor
	}
	return minor, err
}

// needsTwo tells whether an effect is more than one person may decide about.
func (s *Service) needsTwo(effect int64, currency string) bool {
	if s.OverrideLimit == nil {
		return false
	}
	digits, err := money.Digits(currency)
	if err != nil {
		return true
	}
	limit := *s.OverrideLimit
	for range digits {
		limit *= 10
	}
	return effect > limit || effect < -limit
}

// standing is what stands in the place of the wish now, if the wish can be had at all.
func (c *change) standing(w wish) (string, error) {
	switch w.kind {
	case override.KindVERDICT:
		return c.standingVerdict(w.subject, policy.Outcome(w.to))
	case override.KindJUDGEMENT:
		return c.standingJudgement(w.subject, policy.InspectionOutcome(w.to))
	case override.KindFEE:
	}
	return c.standingFee(w.subject, w.to)
}

func (c *change) standingVerdict(lineID string, to policy.Outcome) (string, error) {
	if c.ret.State != lifecycle.Requested && c.ret.State != lifecycle.AwaitingEvidence {
		return "", fault.Clash(fault.CodeState, "The return is approved: its judgements can be replaced, its verdicts no more.")
	}
	line, err := c.line(lineID, "lineId")
	if err != nil {
		return "", err
	}
	if to != policy.Eligible && to != policy.NotEligible {
		return "", fault.Bad(fault.CodeInvalid, "outcome", "Staff decide for ELIGIBLE or NOT_ELIGIBLE.")
	}
	return string(line.Outcome), nil
}

func (c *change) standingJudgement(inspectionID string, to policy.InspectionOutcome) (string, error) {
	ins, err := c.unsettled(inspectionID)
	if err != nil {
		return "", err
	}
	choices := []policy.InspectionOutcome{policy.RefundInFull, policy.NoRefund, policy.WarrantyCase}
	if len(ins.Judgement.Fees) > 0 {
		choices = append(choices, policy.RefundLess)
	}
	if !slices.Contains(choices, to) {
		return "", fault.Bad(fault.CodeInvalid, "inspectionOutcome", "Staff decide for one of %v here.", choices)
	}
	return string(ins.Outcome), nil
}

func (c *change) standingFee(inspectionID, to string) (string, error) {
	ins, err := c.unsettled(inspectionID)
	if err != nil {
		return "", err
	}
	now := feeNow(ins)
	if fee, err := strconv.ParseInt(to, 10, 64); err != nil || ins.Outcome != policy.RefundLess || fee > now {
		return "", fault.Bad(fault.CodeAmount, "fee", "A fee can only be lowered: it is %s now.", c.amount(now)).Under("A17")
	}
	return strconv.FormatInt(now, 10), nil
}

// worth is what the return comes to as it stands: what is judged, as it would be settled, and what is not back yet, as if it
// came back complete and in time.
func (c *change) worth(ctx context.Context) (int64, error) {
	if c.ret.State == lifecycle.Requested || c.ret.State == lifecycle.AwaitingEvidence {
		return c.promised()
	}
	st, err := c.s.settlementOf(ctx, c.Client, c.ret, c.book, nil)
	return st.breakdown.Total, err
}

// promised is what the lines that may go on would come to.
func (c *change) promised() (int64, error) {
	var units []refund.Unit
	var items []*ent.Item
	for _, line := range c.ret.Edges.Lines {
		if open := line.Outcome == policy.Eligible || line.Outcome == policy.AwaitingEvidence || line.Outcome == policy.NeedsReview; !open {
			continue
		}
		in := LineInput{Quantity: line.Quantity, Reason: line.Reason, MissingOnArrival: line.MissingOnArrival, MissingPieces: line.MissingDeclared}
		unit := expectation(c.book, line.Edges.Item, in, line.Facts)
		unit.Pays = true // also where the terms would refuse it: that is what the override is about
		units, items = append(units, unit), append(items, line.Edges.Item)
	}
	if len(units) == 0 {
		return 0, nil
	}
	b, err := refund.Quote(saleOf(c.ret.Edges.Order, distinct(items)...), units)
	return b.Total, err
}

// pretend puts the wish into the records at hand, and gives what takes it out again.
func (c *change) pretend(w wish) (undo func()) {
	for _, line := range c.ret.Edges.Lines {
		if w.kind == override.KindVERDICT && line.ID == w.subject {
			was := line.Outcome
			line.Outcome = policy.Outcome(w.to)
			return func() { line.Outcome = was }
		}
		for _, ins := range line.Edges.Inspections {
			if ins.ID != w.subject {
				continue
			}
			was := *ins
			if w.kind == override.KindFEE {
				fee, _ := strconv.ParseInt(w.to, 10, 64) // standing has read it
				ins.FeeAtMostMinor = &fee
			} else {
				ins.Outcome, ins.Overridden = policy.InspectionOutcome(w.to), true
			}
			return func() { *ins = was }
		}
	}
	return func() {}
}

// apply puts a wish in force.
func (c *change) apply(ctx context.Context, w wish, from string) error {
	name := "outcome " + w.subject
	if w.kind == override.KindFEE {
		name = "fee " + w.subject
	}
	c.before[name], c.after[name] = from, w.to
	switch w.kind {
	case override.KindVERDICT:
		return c.ReturnLine.UpdateOneID(w.subject).SetOutcome(policy.Outcome(w.to)).SetOverridden(true).Exec(ctx)
	case override.KindFEE:
		fee, err := strconv.ParseInt(w.to, 10, 64)
		if err != nil {
			return err
		}
		return c.Inspection.UpdateOneID(w.subject).SetFeeAtMostMinor(fee).Exec(ctx)
	case override.KindJUDGEMENT:
	}
	ins, err := c.unsettled(w.subject)
	if err != nil {
		return err
	}
	c.owe(ins.InspectedAt, policy.InspectionOutcome(w.to))
	return c.Inspection.UpdateOneID(w.subject).SetOutcome(policy.InspectionOutcome(w.to)).SetOverridden(true).Exec(ctx)
}

// DecideOverride lets a second person put an override in force that waits for one, or reject it.
func (s *Service) DecideOverride(ctx context.Context, in DecideOverrideInput) (*ent.ReturnRequest, error) {
	if _, err := auth.May(ctx, auth.OverrideVerdict); err != nil {
		return nil, err
	}
	waiting, err := s.DB.Client.Override.Get(ctx, in.ID)
	if ent.IsNotFound(err) {
		return nil, fault.Missing("id", "override")
	}
	if err != nil {
		return nil, err
	}
	st := step{do: lifecycle.Override, id: waiting.ReturnID, reason: waiting.Reason}
	return s.change(ctx, st, func(ctx context.Context, c *change) error {
		o, err := c.Client.Override.Get(ctx, in.ID)
		if err != nil {
			return err
		}
		return c.decide(ctx, o, in.Approve)
	})
}

func (c *change) decide(ctx context.Context, o *ent.Override, approve bool) error {
	switch {
	case o.State != override.StatePROPOSED:
		return fault.Clash(fault.CodeState, "This override waits for nobody: it is %s.", o.State)
	case approve && o.AskedBy == c.who.ID:
		return fault.Clash(fault.CodeOwnWork, "Somebody else has to approve what you have asked for.")
	}
	state := override.StateREJECTED
	c.after["override"], c.after["approved"] = o.ID, approve
	if approve {
		state = override.StateIN_FORCE
		w := wish{kind: o.Kind, subject: o.Subject, to: o.After, code: o.Code, reason: o.Reason}
		from, err := c.standing(w)
		if err != nil {
			return err
		}
		if from != o.Before {
			return fault.Clash(fault.CodeStale, "What it would replace is %s by now, and was %s: reject it and ask anew.", from, o.Before)
		}
		if err := c.apply(ctx, w, from); err != nil {
			return err
		}
	}
	return c.Client.Override.UpdateOneID(o.ID).SetState(state).SetDecidedBy(c.who.ID).SetDecidedAt(c.Now).Exec(ctx)
}

// proposed are the inspections of a return under an override that waits for a second person. One of a verdict holds nothing
// back: goods that are back are past it.
func proposed(ctx context.Context, client *ent.Client, returnID string) (map[string]bool, error) {
	waiting, err := client.Override.Query().
		Where(override.ReturnID(returnID), override.StateEQ(override.StatePROPOSED), override.KindNEQ(override.KindVERDICT)).All(ctx)
	held := make(map[string]bool, len(waiting))
	for _, o := range waiting {
		held[o.Subject] = true
	}
	return held, err
}

// unsettled finds an inspection of the return whose units are not settled yet.
func (c *change) unsettled(id string) (*ent.Inspection, error) {
	for _, line := range c.ret.Edges.Lines {
		for _, ins := range line.Edges.Inspections {
			if ins.ID != id {
				continue
			}
			if ins.Settled {
				return nil, fault.Clash(fault.CodeState, "These units are settled already.")
			}
			return ins, nil
		}
	}
	return nil, fault.Missing("inspectionId", "inspection in this return")
}

// feeNow is the fee per unit as it stands, in minor units.
func feeNow(ins *ent.Inspection) int64 {
	if ins.FeeAtMostMinor != nil {
		return *ins.FeeAtMostMinor
	}
	var sum int64
	for _, fee := range ins.Judgement.Fees {
		sum += fee.Minor
	}
	return sum
}
