package archtest_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/internal/archtest"
)

func TestTheHouseStandsAsPlanned(t *testing.T) {
	t.Parallel()
	root, err := archtest.Root(".")
	require.NoError(t, err)
	tree, err := archtest.Read(root)
	require.NoError(t, err)
	require.NotEmpty(t, tree.Files)

	breaches := map[string][]archtest.Breach{}
	for _, breach := range archtest.Check(tree, archtest.House()) {
		breaches[breach.Rule] = append(breaches[breach.Rule], breach)
	}
	for _, rule := range archtest.Rules() {
		t.Run(rule.Name, func(t *testing.T) {
			t.Parallel()
			for _, breach := range breaches[rule.Name] {
				t.Errorf("%s: %s", breach.Where, breach.Say)
			}
			if t.Failed() {
				t.Logf("why: %s", rule.Why)
			}
		})
	}
}

func TestEveryRowHasItsReasonAndStandsOnce(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, row := range archtest.House().Rows {
		require.False(t, seen[row.Package], "%s stands twice", row.Package)
		seen[row.Package] = true
		require.NotEmpty(t, row.Why, row.Package)
	}
	for _, row := range archtest.House().Rows {
		for _, name := range append(row.May, row.Only...) {
			require.True(t, seen[name], "%s may import %s, which has no row", row.Package, name)
		}
	}
}
