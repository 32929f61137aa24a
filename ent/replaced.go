package ent

import (
	"encoding/json"

	"github.com/vysero/returns/internal/policy"
)

// Decided is a verdict with the facts that it was made from. With both, and the terms that the verdict names, it can be made
// again.
type Decided struct {
	Facts   policy.Facts   `json:"facts"`
	Verdict policy.Verdict `json:"verdict"`
}

// Replaced is under what name an event keeps, in Before, the verdicts that others took the place of: by the line's id.
const Replaced = "verdicts"

// Replaced gives the verdicts that others took the place of, by the line's id; empty where the event says nothing of any. It is
// an error where what it says cannot be read.
func (e *Event) Replaced() (map[string]Decided, error) {
	if len(e.Before) == 0 {
		return map[string]Decided{}, nil
	}
	var before struct {
		Verdicts map[string]Decided `json:"verdicts"` // Replaced
	}
	err := json.Unmarshal(e.Before, &before)
	return before.Verdicts, err
}
