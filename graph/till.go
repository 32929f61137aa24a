package graph

import (
	"context"
	"fmt"
	"time"

	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/fault"
	"github.com/vysero/returns/internal/throttle"
)

// Tolls say what operations are paid for with.
type Tolls struct {
	Throttle *throttle.Throttle
	Rates    throttle.Rates
	// Client is the address that a request came from, by which those are counted who ask in nobody's name.
	Client func(context.Context) string
}

// payer is who pays for an operation.
type payer struct {
	bucket, who string
	rate        throttle.Rate
	anonymous   bool
}

// payer is the principal; the client's address where there is none, or one whom the shop does not know.
func (t *Tolls) payer(ctx context.Context) payer {
	p := auth.From(ctx)
	switch {
	case p.Role == "":
		return payer{"anonymous", t.Client(ctx), t.Rates.Anonymous, true}
	case p.Staff():
		return payer{"staff", p.ID, t.Rates.Staff, false}
	case p.Role == auth.Service:
		return payer{"service", p.ID, t.Rates.Service, false}
	case p.CustomerID == "":
		return payer{"anonymous", t.Client(ctx), t.Rates.Anonymous, false}
	default:
		return payer{"customer", p.ID, t.Rates.Customer, false}
	}
}

func (p payer) draws(points float64) throttle.Draw {
	return throttle.Draw{Bucket: p.bucket, Who: p.who, Rate: p.rate, Points: points}
}

// hold is what was taken before an operation runs, and who paid.
type hold struct {
	payer

	bill  *bill
	level throttle.Level
}

// hold takes what was asked for. A nil refusal lets the operation run.
func (t *Tolls) hold(ctx context.Context, b *bill) (hold, *refusal) {
	h := hold{payer: t.payer(ctx), bill: b}
	asked := float64(b.asked)
	if h.level = t.Throttle.Draw(ctx, h.draws(asked)); !h.level.Taken {
		return h, h.over(h.rate.Wait(h.level.Left, asked), "This costs %d points, and there are %d left: try again in %d s.", b.asked, whole(h.level.Left))
	}
	if wait, over := t.lookups(ctx, h); over {
		back := h.draws(-asked)
		h.level = t.Throttle.Draw(ctx, back)
		return h, h.over(wait, "Too much was looked up by number: try again in %d s.")
	}
	return h, nil
}

// over is the answer where there are not enough points.
func (h hold) over(wait time.Duration, say string, args ...any) *refusal {
	seconds := int(wait.Seconds())
	no := &refusal{
		of: throttled, code: string(fault.CodeThrottled), say: fmt.Sprintf(say, append(args, seconds)...), retry: seconds,
		extensions: map[string]any{"cost": h.cost(nil)},
	}
	if h.anonymous {
		no.of = throttledAnonymous
	}
	return no
}

// lookups takes what is looked up by number, of the principal and of the client's address both: guesses cost the one who
// guesses, whoever they say they are.
func (t *Tolls) lookups(ctx context.Context, h hold) (wait time.Duration, over bool) {
	count := float64(h.bill.lookups)
	if p := auth.From(ctx); count == 0 || p.SeesAll() {
		return 0, false
	}
	draws := []throttle.Draw{{Bucket: "lookups", Who: "address " + t.Client(ctx), Rate: t.Rates.Lookups, Points: count}}
	if h.bucket != "anonymous" {
		draws = append(draws, throttle.Draw{Bucket: "lookups", Who: "principal " + h.who, Rate: t.Rates.Lookups, Points: count})
	}
	for _, d := range draws {
		if level := t.Throttle.Draw(ctx, d); !level.Taken {
			return d.Rate.Wait(level.Left, count), true
		}
	}
	return 0, false
}

// settle gives back what the answer did not take, or takes what it took more, and gives what clients are told.
func (t *Tolls) settle(ctx context.Context, h hold) map[string]any {
	actual := h.bill.actual()
	if actual != h.bill.asked {
		d := h.draws(float64(actual - h.bill.asked))
		d.Always = true
		h.level = t.Throttle.Draw(ctx, d)
	}
	return h.cost(actual)
}

// cost is extensions.cost. actual is null where nothing ran.
func (h hold) cost(actual any) map[string]any {
	return map[string]any{
		"requestedQueryCost": h.bill.asked, "actualQueryCost": actual,
		"throttleStatus": map[string]any{
			"maximumAvailable": h.rate.Most, "currentlyAvailable": whole(h.level.Left), "restoreRate": h.rate.PerSecond,
		},
	}
}
