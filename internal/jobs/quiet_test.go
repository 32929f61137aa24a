package jobs

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestOfRiversOwnLinesOnlyErrorsAreKeptAndNoneOfAStop(t *testing.T) {
	t.Parallel()
	var kept bytes.Buffer
	log := quiet(slog.New(slog.NewTextHandler(&kept, nil)))
	told, stop := context.WithCancel(t.Context())
	stop()
	log.ErrorContext(told, "a transaction was cut off")
	log.WarnContext(t.Context(), "a queue is slow")
	assert.Empty(t, kept.String())
	log.ErrorContext(t.Context(), "a transaction failed")
	log.With("queue", "default").Error("another failed")
	late, end := context.WithDeadline(t.Context(), time.Unix(0, 0))
	defer end()
	log.ErrorContext(late, "one that took too long failed")
	assert.Equal(t, 3, strings.Count(kept.String(), "failed"), kept.String())
}
