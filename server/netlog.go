package main

import (
	"context"
	"log" //nolint:depguard // what net/http takes, to be turned into slog
	"log/slog"
	"strings"
)

// netLog takes what net/http itself has to say: of handshakes, of connections, of panics past every handler. Its lines name
// the other side's address and the panic's value, so that only what happened is passed on: the words before either.
func netLog(to *slog.Logger) *log.Logger { return log.New(netLines{to}, "", 0) }

type netLines struct{ to *slog.Logger }

// Write passes one line on.
func (l netLines) Write(line []byte) (int, error) {
	l.to.LogAttrs(context.Background(), slog.LevelWarn, "the HTTP server", slog.String("says", told(string(line))))
	return len(line), nil
}

// told are the line's first words: letters alone, as in "http: TLS handshake error from".
func told(line string) string {
	var words []string
	for word := range strings.FieldsSeq(line) {
		if strings.Trim(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ:'/-") != "" || len(words) == 8 {
			break
		}
		words = append(words, word)
	}
	return strings.Join(words, " ")
}
