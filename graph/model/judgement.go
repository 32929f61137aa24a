// Package model holds what the API has that is neither a record nor a value: payloads, which are generated, and views.
package model

import (
	"github.com/vysero/returns/ent"
	"github.com/vysero/returns/internal/policy"
)

// Judgement is what follows from an inspection, with the inspection itself: whose currency and lowered fee it is told in.
type Judgement struct {
	policy.Judgement

	Of *ent.Inspection
}
