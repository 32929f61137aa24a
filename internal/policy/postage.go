package policy

// PrepaidLabel tells whether the merchant gives a prepaid label for the reason once the return is approved (S1, S2).
func PrepaidLabel(r Reason) bool { return r.DOA() }
