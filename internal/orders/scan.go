package orders

import (
	"bytes"
	"encoding/json"
)

// scanner walks over a text that json.Valid has approved of. That spares it every question of form: commas and colons
// can only be where they belong, so it passes over them like spaces, and a string or a word always ends.
type scanner struct {
	text []byte
	at   int
}

// peek is the first byte of what comes next, and 0 at the end.
func (s *scanner) peek() byte {
	for ; s.at < len(s.text); s.at++ {
		switch c := s.text[s.at]; c {
		case ' ', '\t', '\r', '\n', ',', ':':
		default:
			return c
		}
	}
	return 0
}

// take steps over a bracket, where it comes next.
func (s *scanner) take(bracket byte) bool {
	if s.peek() != bracket {
		return false
	}
	s.at++
	return true
}

// string reads a string, where one comes next.
func (s *scanner) string() (string, bool) {
	if s.peek() != '"' {
		return "", false
	}
	begin, escaped := s.at, false
	for s.at++; s.text[s.at] != '"'; s.at++ {
		if s.text[s.at] == '\\' {
			escaped = true
			s.at++
		}
	}
	s.at++
	if !escaped {
		return string(s.text[begin+1 : s.at-1]), true
	}
	var value string
	err := json.Unmarshal(s.text[begin:s.at], &value)
	return value, err == nil
}

// word reads what is neither a string nor a bracket: a number, null, true or false. It is "" where none comes next.
func (s *scanner) word() string {
	s.peek()
	rest := s.text[s.at:]
	if end := bytes.IndexAny(rest, "\"{}[],: \t\r\n"); end >= 0 {
		rest = rest[:end]
	}
	s.at += len(rest)
	return string(rest)
}
