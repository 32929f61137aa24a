package throttle

import (
	"fmt"
	"strconv"
	"strings"
)

// Rates are the buckets of this program. Points are costs of operations, except where it says otherwise.
type Rates struct {
	Anonymous Rate // of a client's address, for requests in nobody's name
	Customer  Rate // of a customer
	Staff     Rate // of a member of staff
	Service   Rate // of one of the shop's own systems
	// Lookups counts questions for something by its number, each occurrence: of a customer and of a client's address.
	Lookups Rate
	// Requests counts requests of any kind by a client's address, in each server for itself.
	Requests Rate
}

// DefaultRates are right for a shop with some thousand returns a month.
func DefaultRates() Rates {
	return Rates{
		Anonymous: Rate{1_000, 50}, Customer: Rate{2_000, 100}, Staff: Rate{10_000, 500}, Service: Rate{20_000, 1_000},
		Lookups: Rate{30, 0.5}, Requests: Rate{2_000, 100},
	}
}

// named are the rates by the names that operators write.
func (r *Rates) named() map[string]*Rate {
	return map[string]*Rate{
		"anonymous": &r.Anonymous, "customer": &r.Customer, "staff": &r.Staff, "service": &r.Service,
		"lookups": &r.Lookups, "requests": &r.Requests,
	}
}

// UnmarshalText reads "customer=2000/100,lookups=30/0.5"; what is left out keeps its default. A name that is unknown or
// written twice is an error, and so is a rate that is none (ErrRate).
func (r *Rates) UnmarshalText(text []byte) error {
	read := DefaultRates()
	names, seen := read.named(), map[string]bool{}
	for pair := range strings.SplitSeq(string(text), ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(pair), "=")
		rate, known := names[name]
		if !known || seen[name] {
			return fmt.Errorf("%q is no bucket, or is there twice: anonymous, customer, staff, service, lookups and requests are", name)
		}
		seen[name] = true
		var err error
		if *rate, err = readRate(value); err != nil {
			return fmt.Errorf("%s=%s: %w", name, value, err)
		}
	}
	*r = read
	return nil
}

func readRate(text string) (Rate, error) {
	most, perSecond, _ := strings.Cut(text, "/")
	points, first := strconv.ParseFloat(most, 64)
	back, second := strconv.ParseFloat(perSecond, 64)
	r := Rate{Most: points, PerSecond: back}
	if first != nil || second != nil || !r.sound() {
		return Rate{}, ErrRate
	}
	return r, nil
}
