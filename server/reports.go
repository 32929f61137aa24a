package main

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/vysero/returns/graph/scalar"
	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/fault"
	"github.com/vysero/returns/internal/reports"
)

// reportWithin is how long a report may take, so that its answer can still be written.
const reportWithin = 50 * time.Second

// report is GET /reports/{section}.csv?from=…&to=…: one section of a report as a table, by the same tokens and rules as the
// report in GraphQL.
func (s *site) report(w http.ResponseWriter, r *http.Request) {
	name, text, err := s.table(r)
	if err != nil {
		refuse(w, r, s.log, err)
		return
	}
	send(w, "text/csv; charset=utf-8; header=present", name, int64(len(text)))
	_, _ = io.Copy(w, bytes.NewReader(text)) // a client that has gone away is nobody to tell
}

// table is the file that a request asks for, with its name.
func (s *site) table(r *http.Request) (name string, text []byte, err error) {
	if _, err := auth.May(r.Context(), auth.ViewReports); err != nil {
		return "", nil, err // before anything that was asked is looked at
	}
	section, isCSV := strings.CutSuffix(r.PathValue("file"), ".csv")
	if !isCSV || !slices.Contains(reports.Sections(), section) {
		return "", nil, fault.Missing("section", "section of a report")
	}
	from, err := instantIn(r.URL.Query(), "from")
	if err != nil {
		return "", nil, err
	}
	to, err := instantIn(r.URL.Query(), "to")
	if err != nil {
		return "", nil, err
	}
	ctx, cancel := context.WithTimeout(r.Context(), reportWithin)
	defer cancel()
	report, err := s.app.Reports.Report(ctx, reports.Input{From: from, To: to})
	if err != nil {
		return "", nil, err
	}
	text, err = report.CSV(section)
	return section + ".csv", text, err
}

// instantIn reads an instant as GraphQL reads it.
func instantIn(q url.Values, name string) (time.Time, error) {
	if !q.Has(name) {
		return time.Time{}, fault.Bad(fault.CodeRequired, name, "Give %s: an instant such as 2026-03-31T12:00:00Z.", name)
	}
	at, err := scalar.UnmarshalTime(q.Get(name))
	if err != nil {
		return at, fault.From(err).At(name)
	}
	return at, nil
}
