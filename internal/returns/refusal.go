package returns

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"github.com/vysero/returns/ent"
	"github.com/vysero/returns/ent/item"
	"github.com/vysero/returns/ent/order"
	entrefusal "github.com/vysero/returns/ent/refusal"
	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/fault"
	"github.com/vysero/returns/internal/policy"
	"github.com/vysero/returns/internal/store"
)

// refused is a line that cannot be filed, with what whoever asked is told.
type refused struct {
	asked

	say *fault.Error
}

// refusals are the lines that cannot be filed. Units that are not there cannot be filed by anybody.
func refusals(lines []asked, anyway bool) []refused {
	var all []refused
	for i, l := range lines {
		if requestable(l.verdict) {
			continue
		}
		e := refusal(l.verdict)
		if l.facts.Quantity > l.facts.UnitsLeft {
			e = fault.Bad(fault.CodeQuantity, "quantity", "Of this item %d units are left to be sent back.", max(l.facts.UnitsLeft, 0)).Under(policy.A37)
		} else if anyway {
			continue
		}
		all = append(all, refused{asked: l, say: e.At("lines", strconv.Itoa(i))})
	}
	return all
}

// told is the refusals as one error; nil where there are none.
func told(all []refused) error {
	var errs []error
	for _, r := range all {
		errs = append(errs, r.say)
	}
	return errors.Join(errs...)
}

// refusal puts a verdict into words: the clause that decided, and its sentence.
func refusal(v policy.Verdict) *fault.Error {
	code := map[policy.Outcome]fault.Code{
		policy.NotEligible: fault.CodeRefused, policy.NotYet: fault.CodeNotYet, policy.Warranty: fault.CodeWarranty,
		policy.NeedsReview: fault.CodeReview, policy.AwaitingEvidence: fault.CodeEvidence,
	}[v.Outcome]
	e := fault.Clash(code, "The terms do not allow it.")
	for _, f := range v.Findings {
		if slices.Contains(v.Deciding(), f.ID()) && f.Effect != policy.Passes && f.Effect != policy.Silent {
			e.Say, e.Clause = f.Say, f.ID()
			break
		}
	}
	return e
}

// keepRefusals leaves a record of each line that was refused, for reports: the request itself is rolled back. The same
// question with the same answer on the same day is on record once, whoever asks it.
func (s *Service) keepRefusals(ctx context.Context, who auth.Principal, all []refused) error {
	if len(all) == 0 {
		return nil
	}
	return s.DB.InTx(auth.AsSystem(ctx), func(ctx context.Context, tx store.Tx) error { // a customer may not see what is on record
		first := all[0]
		held := store.Hold(tx, tx.Order.Query().Where(order.HasItemsWith(item.ID(first.item.ID)))) // two at once are one after the other
		if _, err := held.OnlyID(ctx); err != nil {
			return err
		}
		known, err := tx.Refusal.Query().
			Where(entrefusal.OrderID(first.item.OrderID), entrefusal.AskedOn(dayOf(first.facts.AsOf))).All(ctx)
		if err != nil {
			return err
		}
		seen := map[question]bool{}
		for _, k := range known {
			seen[question{k.ItemID, k.Reason, k.Outcome, k.Clause}] = true
		}
		var rows []*ent.RefusalCreate
		for _, r := range all {
			if q := r.question(); !seen[q] {
				seen[q] = true
				rows = append(rows, s.refusalRow(tx, who, r))
			}
		}
		return tx.Refusal.CreateBulk(rows...).Exec(ctx)
	})
}

// question is what tells refusals of one day apart.
type question struct {
	itemID  string
	reason  policy.Reason
	outcome policy.Outcome
	clause  string
}

func (r refused) question() question {
	return question{r.item.ID, r.in.Reason, r.verdict.Outcome, r.say.Clause}
}

func (s *Service) refusalRow(tx store.Tx, who auth.Principal, r refused) *ent.RefusalCreate {
	return tx.Refusal.Create().SetID(s.NewID("rfs")).SetOrderID(r.item.OrderID).SetCustomerID(r.item.CustomerID).SetItemID(r.item.ID).
		SetReason(r.in.Reason).SetQuantity(r.in.Quantity).SetOutcome(r.verdict.Outcome).SetClause(r.say.Clause).
		SetVerdict(r.verdict).SetFacts(r.facts).SetTermsVersion(r.verdict.TermsVersion).SetTermsDigest(r.verdict.TermsDigest).
		SetAskedAt(r.facts.AsOf).SetAskedOn(dayOf(r.facts.AsOf)).SetAskedBy(who.ID)
}

// dayOf is an instant's day in UTC.
func dayOf(at time.Time) string { return at.UTC().Format(time.DateOnly) }
