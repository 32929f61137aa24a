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

// enough is room for what the rules say, on the stack; beyond it things only get slower.
const enough = 16

// Ask answers as Decide does, by the same rules, but for those that only inform, and writes no verdict down: a simulation
// asks hundreds of thousands of times a second.
func Ask(t *Terms, f Facts) Answer {
	var room [enough]Finding
	said, q := room[:0], ask(t, f)
	for _, rule := range requestRules {
		if rule.weight == decides {
			said = append(said, rule.speak(q))
		}
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
