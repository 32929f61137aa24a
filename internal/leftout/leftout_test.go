package leftout_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/internal/leftout"
)

func TestWhatIsLeftOutIsOnTheListALineForEach(t *testing.T) {
	path := filepath.Join(t.TempDir(), "list")
	t.Setenv(leftout.List, path)
	t.Setenv("REQUIRE_MOON", "")
	leftout.Say(t, "REQUIRE_MOON", "the moon", errors.New("it is new\nand more of it"))
	leftout.Say(t, "", "the sun", errors.New("it is night"))
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, "NOT TESTED: the moon: it is new\nNOT TESTED: the sun: it is night\n", string(text))
}
