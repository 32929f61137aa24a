package model

import (
	"github.com/vysero/returns/ent"
	"github.com/vysero/returns/internal/policy"
)

// Verdict is the answer to a request, with the line that was filed with it; nil where it is a preview's, or nothing was filed.
type Verdict struct {
	policy.Verdict

	Of *ent.ReturnLine
}
