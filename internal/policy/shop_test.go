package policy_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/internal/policy"
)

// The shop of these tests: bought on 1 March 2026, arrived on the 6th, in the zone of the shipped terms.
const (
	bought  = "2026-03-01T10:00:00-08:00"
	arrived = "2026-03-06T15:00:00-08:00"
)

func instant(t require.TestingT, text string) time.Time {
	at, err := time.Parse(time.RFC3339Nano, text)
	require.NoError(t, err)
	return at
}

func moment(t require.TestingT, text string) *time.Time {
	at := instant(t, text)
	return &at
}

// terms are the shipped ones with some settings changed, each as "key: value".
func terms(t require.TestingT, changes ...string) *policy.Terms {
	file := []byte("version: test\n")
	for _, change := range changes {
		file = fmt.Appendf(file, "%s\n", change)
	}
	parsed, err := policy.Parse(file)
	require.NoError(t, err)
	return parsed
}

// request is one that nothing speaks against.
func request(t require.TestingT, reason policy.Reason, at string) policy.Facts {
	return policy.Facts{
		AsOf: instant(t, at), Reason: reason, PurchasedAt: instant(t, bought), ShipToCountry: "US",
		Delivery: policy.Delivered, DeliveredAt: moment(t, arrived), Proof: policy.AccountOrder, Photos: 1,
		Quantity: 1, UnitsLeft: 1,
	}
}

// said finds what the rule of a clause or reading found.
func said(t *testing.T, findings []policy.Finding, id string) policy.Finding {
	t.Helper()
	for _, f := range findings {
		if f.ID() == id {
			return f
		}
	}
	require.Fail(t, "nothing was said about "+id)
	return policy.Finding{}
}

func ids(findings []policy.Finding) []string {
	var all []string
	for _, f := range findings {
		all = append(all, f.ID())
	}
	return all
}

func sameEnd(t *testing.T, want string, got *policy.Deadline) {
	t.Helper()
	if want == "" {
		assert.Nil(t, got)
		return
	}
	require.NotNil(t, got)
	assert.Equal(t, want, got.Before.Format(time.RFC3339Nano))
}
