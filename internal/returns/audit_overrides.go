package returns

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/vysero/returns/ent"
	"github.com/vysero/returns/ent/override"
	"github.com/vysero/returns/internal/lifecycle"
)

// place is where an override can be in force.
type place struct {
	kind    override.Kind
	subject string
}

// held is what a row has in such a place: staff's answer, where it says that there is one.
type held struct {
	taken bool
	value string
}

// overrides holds the answers of staff that are in force against the records of who gave them: none without a record, no
// record in force without its answer, and of several records for one place the latest is the answer. The words of each are
// those of the event by which it was asked for.
func (a *audit) overrides(r *ent.ReturnRequest, events []*ent.Event) error {
	places := placesOf(r)
	said := map[place]*ent.Override{}
	for _, o := range r.Edges.Overrides {
		if o.State != override.StateIN_FORCE {
			continue
		}
		at := place{o.Kind, o.Subject}
		if _, known := places[at]; !known {
			a.differf(r.ID, "override %s is about %s, which is not in it", o.ID, o.Subject)
		}
		if before := said[at]; before == nil || !inForceSince(o).Before(inForceSince(before)) {
			said[at] = o
		}
	}
	for _, at := range slices.SortedFunc(maps.Keys(places), func(a, b place) int { return cmp.Compare(a.String(), b.String()) }) {
		switch o, has := said[at], places[at]; {
		case has.taken && o == nil:
			a.differf(r.ID, "%s has %s of staff, and no override says who gave it", at, has.value)
		case o != nil && !has.taken:
			a.differf(r.ID, "%s has nothing of staff, and override %s is in force", at, o.ID)
		case o != nil && o.After != has.value:
			a.differf(r.ID, "%s has %s of staff, and override %s is for %s", at, has.value, o.ID, o.After)
		}
	}
	return a.words(r, events)
}

// inForceSince is when an override that is in force came into force.
func inForceSince(o *ent.Override) time.Time {
	if o.DecidedAt != nil {
		return *o.DecidedAt
	}
	return o.AskedAt
}

// String names the place.
func (p place) String() string {
	return map[override.Kind]string{
		override.KindVERDICT: "the outcome of line ", override.KindJUDGEMENT: "the outcome of inspection ", override.KindFEE: "the fee of inspection ",
	}[p.kind] + p.subject
}

// placesOf are all places of a return.
func placesOf(r *ent.ReturnRequest) map[place]held {
	all := map[place]held{}
	for _, line := range r.Edges.Lines {
		all[place{override.KindVERDICT, line.ID}] = held{line.Overridden, string(line.Outcome)}
		for _, ins := range line.Edges.Inspections {
			all[place{override.KindJUDGEMENT, ins.ID}] = held{ins.Overridden, string(ins.Outcome)}
			fee := held{}
			if ins.FeeAtMostMinor != nil {
				fee = held{true, strconv.FormatInt(*ins.FeeAtMostMinor, 10)}
			}
			all[place{override.KindFEE, ins.ID}] = fee
		}
	}
	return all
}

// words holds the reason of each override against the event by which it was asked for. An erasure takes both out.
func (a *audit) words(r *ent.ReturnRequest, events []*ent.Event) error {
	asked := map[string]string{}
	for _, e := range events {
		if e.Action != string(lifecycle.Override) && e.Action != string(lifecycle.ReduceFee) {
			continue
		}
		var said struct {
			Override string `json:"override"`
		}
		if err := json.Unmarshal(e.After, &said); err != nil {
			return fmt.Errorf("event %s cannot be read: %w", e.ID, err)
		}
		if _, before := asked[said.Override]; !before {
			asked[said.Override] = e.Reason
		}
	}
	for _, o := range r.Edges.Overrides {
		if reason, known := asked[o.ID]; known && reason != "" && reason != o.Reason {
			a.differf(r.ID, "the reason of override %s is not the one that its event gives", o.ID)
		}
	}
	return nil
}
