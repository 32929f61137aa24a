package terms

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/internal/policy"
)

func TestEverySettingIsToldInWords(t *testing.T) {
	t.Parallel()
	for _, s := range policy.Default().Settings() {
		if s.Key == "version" {
			continue
		}
		require.Contains(t, words, s.Key, "a setting that is new needs a name, its values in words, and what is kinder")
	}
}
