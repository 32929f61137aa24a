package policy

import "time"

func Parse(file []byte) (*Terms, error) { return nil, nil }
func Default() *Terms { return nil }
func (t *Terms) Digest() string { return t.digest }
func (t *Terms) Unset() []string { return nil }
func (t *Terms) Canonical() []byte { return nil }
func (t *Terms) RefundsShipping(track Reason) bool { return false }
func Decide(t *Terms, f Facts) Verdict { return Verdict{} }
func ClearCut(t *Terms, v Verdict, f Facts) bool { return false }
func Judge(t *Terms, i Inspection) Judgement { return Judgement{} }
func HandOverBefore(t *Terms, f Facts) *Deadline { return nil }
func RefundBefore(t *Terms, receivedAt, inspectedAt time.Time) Deadline { return Deadline{} }
func (d Deadline) LastDay() string { return "" }
func (d Deadline) DaysLeft(now time.Time) int { return 0 }
type Clause struct { ID string `json:"id"`; Text string `json:"text"` }
func Clauses() []Clause { return nil }
func Readings() []Clause { return nil }
func deciding(f []Finding) []string { return nil }
