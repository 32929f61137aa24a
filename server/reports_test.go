package main

import (
	"bytes"
	"encoding/csv"
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/reports"
)

// rangeOf is the query of a report's address.
func rangeOf(from, to string) string { return url.Values{"from": {from}, "to": {to}}.Encode() }

var spring = rangeOf("2026-03-01T00:00:00-08:00", "2026-06-01T00:00:00-07:00")

func TestEverySectionOfAReportIsDownloadedAsATable(t *testing.T) {
	t.Parallel()
	s := startHere(t, "", "--demo", "--now", start)
	finance := s.token(t, auth.Finance, "")
	for _, section := range reports.Sections() {
		answer, body := s.call(t, "GET /reports/"+section+".csv?"+spring, finance, nil)
		require.Equal(t, http.StatusOK, answer.StatusCode, string(body))
		assert.Equal(t, "text/csv; charset=utf-8; header=present", answer.Header.Get("Content-Type"))
		assert.Equal(t, "attachment; filename="+section+".csv", answer.Header.Get("Content-Disposition"))
		assert.Equal(t, "private, no-store", answer.Header.Get("Cache-Control"))
		assert.Equal(t, int64(len(body)), answer.ContentLength)
		rows, err := csv.NewReader(bytes.NewReader(body)).ReadAll()
		require.NoError(t, err)
		assert.Greater(t, len(rows), 1, section)
		answer, none := s.call(t, "HEAD /reports/"+section+".csv?"+spring, finance, nil)
		assert.Equal(t, http.StatusOK, answer.StatusCode)
		assert.Empty(t, none)
	}
	_, body := s.call(t, "GET /reports/refusals.csv?"+spring, s.token(t, auth.Admin, ""), nil)
	assert.Equal(t, "stage,outcome,clause,refused,share\r\nREQUEST,NOT_ELIGIBLE,T1,1,0.1000\r\n", string(body), "nine returns of the demo shop were filed, and one was refused")
	_, body = s.call(t, "GET /reports/months.csv?"+rangeOf("2026-03-01T00:00:00-08:00", "2026-04-01T00:00:00-07:00"), finance, nil)
	assert.Equal(t, "month,requests,units,refunds,currency,refunded,fees\r\n2026-03,9,9,0,,,\r\n", string(body))
}

func TestAReportIsDownloadedByThoseWhoMayReadIt(t *testing.T) {
	t.Parallel()
	s := startHere(t, "", "--demo", "--now", start)
	for _, path := range []string{"/reports/months.csv?" + spring, "/reports/months.csv", "/reports/customers.csv", "/reports/months"} {
		answer, body := s.call(t, "GET "+path, "", nil)
		assert.Equal(t, http.StatusUnauthorized, answer.StatusCode, path)
		assert.Equal(t, "UNAUTHENTICATED", reply{t: t, whole: decoded(t, body)}.at("errors.0.code"))
		for role, customer := range map[auth.Role]string{auth.Customer: ada, auth.Agent: "", auth.Inspector: "", auth.Service: ""} {
			answer, body = s.call(t, "GET "+path, s.token(t, role, customer), nil)
			assert.Equal(t, http.StatusForbidden, answer.StatusCode, "%s %s", role, path)
			assert.Equal(t, "FORBIDDEN", reply{t: t, whole: decoded(t, body)}.at("errors.0.code"))
			assert.Empty(t, answer.Header.Get("Content-Disposition"))
		}
	}
}

func TestAReportThatCannotBeGivenSaysWhy(t *testing.T) {
	t.Parallel()
	s := startHere(t, "", "--demo", "--now", start)
	finance := s.token(t, auth.Finance, "")
	for line, want := range map[string]struct {
		status int
		code   string
	}{
		"GET /reports/months.csv":                                                            {http.StatusUnprocessableEntity, "REQUIRED"},
		"GET /reports/months.csv?from=2026-03-01T00:00:00Z":                                  {http.StatusUnprocessableEntity, "REQUIRED"},
		"GET /reports/months.csv?from=yesterday&to=2026-03-01T00:00:00Z":                     {http.StatusUnprocessableEntity, "INVALID_INPUT"},
		"GET /reports/months.csv?from=2026-03-01&to=2026-04-01":                              {http.StatusUnprocessableEntity, "INVALID_INPUT"},
		"GET /reports/months.csv?" + rangeOf("2026-04-01T00:00:00Z", "2026-03-01T00:00:00Z"): {http.StatusUnprocessableEntity, "INVALID_INPUT"},
		"GET /reports/months.csv?" + rangeOf("2026-04-01T00:00:00Z", "2031-04-01T00:00:01Z"): {http.StatusUnprocessableEntity, "INVALID_INPUT"},
		"GET /reports/customers.csv?" + spring:                                               {http.StatusNotFound, "NOT_FOUND"},
		"GET /reports/months?" + spring:                                                      {http.StatusNotFound, "NOT_FOUND"},
		"GET /reports/months.csv/more?" + spring:                                             {http.StatusNotFound, "NOT_FOUND"},
		"POST /reports/months.csv?" + spring:                                                 {http.StatusMethodNotAllowed, "INVALID_INPUT"},
		"DELETE /reports/months.csv?" + spring:                                               {http.StatusMethodNotAllowed, "INVALID_INPUT"},
	} {
		answer, body := s.call(t, line, finance, nil)
		assert.Equal(t, want.status, answer.StatusCode, line)
		assert.Equal(t, want.code, reply{t: t, whole: decoded(t, body)}.at("errors.0.code"), line)
		if want.status == http.StatusMethodNotAllowed {
			assert.Equal(t, "GET, HEAD", answer.Header.Get("Allow"))
		}
	}
	answer, body := s.call(t, "GET /reports/months.csv?"+rangeOf("2026-03-01T00:00:00Z", "2026-03-01T00:00:00Z"), finance, nil)
	assert.Equal(t, http.StatusOK, answer.StatusCode)
	assert.Equal(t, "month,requests,units,refunds,currency,refunded,fees\r\n", string(body), "an empty range")
}
