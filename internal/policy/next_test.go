package policy_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/internal/policy"
)

func TestBeforeItIsShippedAnItemIsNotShippedAndTheAnswerChangesThen(t *testing.T) {
	t.Parallel()
	f := request(t, policy.ChangeOfHeart, "2026-03-10T12:00:00Z")
	shipped := f.PurchasedAt.AddDate(0, 0, 1)
	f.ShippedAt, f.AsOf = &shipped, f.PurchasedAt
	book := policy.Only(policy.Default())
	require.Equal(t, policy.NotYet, book.Decide(f).Outcome)
	require.Equal(t, &shipped, book.NextChange(f))
	f.AsOf = shipped
	require.Equal(t, policy.Eligible, book.Decide(f).Outcome)
}
