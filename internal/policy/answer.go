package policy

// Answer is what a verdict comes to: all of it that is needed to compare terms.
type Answer struct {
	Outcome  Outcome
	Deciding []string // as Verdict.Deciding gives it
}

// Answer is the outcome of the verdict with what decided it.
func (v Verdict) Answer() Answer {
	outcome, ids := decided(v.Findings)
	return Answer{Outcome: outcome, Deciding: ids}
}

// enough is room for what every rule says, on the stack; beyond it things only get slower.
const enough = 24

// Ask answers as Decide does, by the same rules, and writes no verdict down: a simulation asks a hundred thousand times a
// second.
func Ask(t *Terms, f Facts) Answer {
	var room [enough]Finding
	said, q := room[:0], ask(t, f)
	for _, rule := range requestRules {
		said = append(said, rule(q))
	}
	outcome, ids := decided(said)
	return Answer{Outcome: outcome, Deciding: ids}
}

// Ask answers as the book's Decide does.
func (b *Book) Ask(f Facts) Answer {
	if editions := b.applicable(f.PurchasedAt, f.AsOf); len(editions) == 1 {
		return Ask(editions[0].Terms, f)
	}
	return b.Decide(f).Answer()
}
