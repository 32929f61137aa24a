package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"time"

	"github.com/vysero/returns/graph"
	"github.com/vysero/returns/internal/throttle"
	"github.com/vysero/returns/internal/throttle/memory"
	"github.com/vysero/returns/internal/throttle/postgres"
)

// boundFlags are the settings of how much may be asked, and what.
type boundFlags struct {
	Limits      graph.Limits   `env:"LIMITS" placeholder:"NAME=N,…" help:"Bounds of one operation, such as cost=500,depth=12. (${env})"`
	Rates       throttle.Rates `env:"RATES" placeholder:"NAME=POINTS/PER-SECOND,…" help:"Who may ask how much, such as customer=1000/50. (${env})"`
	Proxies     []netip.Prefix `name:"trusted-proxies" env:"TRUSTED_PROXIES" placeholder:"CIDR" help:"Whose X-Forwarded-For is believed. (${env})"`
	Origins     []origin       `name:"allowed-origins" env:"ALLOWED_ORIGINS" placeholder:"ORIGIN,…" help:"Sites whose pages may call from a browser. (${env})"`
	Documents   []string       `name:"trusted-documents" env:"TRUSTED_DOCUMENTS" placeholder:"FILE" help:"Manifests of operations for clients. (${env})"`
	TrustedOnly bool           `env:"TRUSTED_ONLY" help:"Customers and guests may send those operations only. (${env})"`
}

// bounds are those settings as they are used.
type bounds struct {
	limits      graph.Limits
	rates       throttle.Rates
	proxies     []netip.Prefix
	origins     []origin
	documents   *graph.Documents
	trustedOnly bool
}

// read refuses settings that would let nobody in.
func (f boundFlags) read() (bounds, error) {
	r := bounds{limits: f.Limits, rates: f.Rates, proxies: f.Proxies, origins: f.Origins, trustedOnly: f.TrustedOnly}
	if r.limits == (graph.Limits{}) {
		r.limits = graph.DefaultLimits()
	}
	if r.rates == (throttle.Rates{}) {
		r.rates = throttle.DefaultRates()
	}
	for _, rate := range []throttle.Rate{r.rates.Anonymous, r.rates.Customer, r.rates.Staff, r.rates.Service} {
		if rate.Most < float64(r.limits.Cost) {
			return bounds{}, fmt.Errorf("an operation may cost %d points, and a bucket holds %v: it could never be paid for", r.limits.Cost, rate.Most)
		}
	}
	if f.TrustedOnly && len(f.Documents) == 0 {
		return bounds{}, errors.New("--trusted-only needs --trusted-documents: without them customers could ask nothing at all")
	}
	var err error
	if len(f.Documents) > 0 {
		r.documents, err = readManifests(r.limits, f.Documents)
	}
	return r, err
}

// readManifests holds every document of the files to the schema. What is wrong is told for all files at once.
func readManifests(limits graph.Limits, files []string) (*graph.Documents, error) {
	documents := graph.NewDocuments(limits)
	var wrong []error
	for _, file := range files {
		text, err := os.ReadFile(file) //nolint:gosec // the operator names the files
		if err != nil {
			return nil, fmt.Errorf("a manifest cannot be read: %w", err)
		}
		if err := documents.Read(text); err != nil {
			wrong = append(wrong, fmt.Errorf("%s:\n%w", file, err))
		}
	}
	return documents, errors.Join(wrong...)
}

// throttle is where the buckets of points are: in the database that servers share, else in this process.
func (s *site) throttle() *throttle.Throttle {
	own := memory.New(memory.Room, s.now)
	_, pool := s.app.DB.Native()
	if pool == nil {
		return throttle.New(own, own, nil)
	}
	return throttle.New(postgres.New(pool), own, func(ctx context.Context, err error) {
		s.log.LogAttrs(ctx, slog.LevelWarn, "the buckets of all servers cannot be asked: this one goes by its own", slog.Any("cause", err))
	})
}

// gate is what stands before every route.
func (r bounds) gate(log *slog.Logger, now func() time.Time) *gate {
	own := memory.New(memory.Room, now)
	return &gate{proxies: r.proxies, rate: r.rates.Requests, requests: throttle.New(own, own, nil), log: log, now: now}
}
