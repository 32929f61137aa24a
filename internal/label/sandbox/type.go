package sandbox

import (
	"strings"
	"unicode"

	"github.com/go-pdf/fpdf"
	"golang.org/x/text/unicode/norm"
)

// letters have no mark that could be taken off, yet a plain letter that reads the same.
var letters = map[rune]string{
	'Ł': "L", 'ł': "l", 'Đ': "D", 'đ': "d", 'Ħ': "H", 'ħ': "h", 'Ŧ': "T", 'ŧ': "t", 'ı': "i", 'ĸ': "k",
	'Ŋ': "N", 'ŋ': "n", 'ẞ': "SS", '‐': "-", '‑': "-", '−': "-",
	'′': "'", '″': "\"", '\u00a0': " ", '\u202f': " ",
}

// setter sets text in the typeface of a sheet.
type setter struct {
	pdf    *fpdf.Fpdf
	encode func(string) string
	lost   bool // a character was printed as "?"
}

// plain turns text into the typeface's bytes. Marks of direction and the like, which have no shape, are left out.
func (s *setter) plain(text string) string {
	var out strings.Builder
	for _, r := range norm.NFC.String(text) {
		if unicode.In(r, unicode.Cf, unicode.Mn, unicode.Me) {
			continue
		}
		out.WriteString(s.letter(r))
	}
	return out.String()
}

func (s *setter) letter(r rune) string {
	if known, ok := s.known(r); ok {
		return known
	}
	if other, ok := letters[r]; ok {
		return other
	}
	var bare strings.Builder
	for _, part := range norm.NFKD.String(string(r)) {
		if unicode.Is(unicode.Mn, part) {
			continue
		}
		known, ok := s.known(part)
		if !ok {
			bare.Reset()
			break
		}
		bare.WriteString(known)
	}
	if bare.Len() == 0 {
		s.lost = true
		return "?"
	}
	return bare.String()
}

// known asks the typeface for a character; it answers with a full stop for one that it does not have.
func (s *setter) known(r rune) (string, bool) {
	set := s.encode(string(r))
	return set, set != "." || r == '.'
}

// line sets text in one line no wider than width (millimetres), at the size (points) or smaller, down to least, and
// cut off with an ellipsis where even that is too wide.
//
//nolint:revive // a place, a width and two sizes: all of them are numbers of the drawing
func (s *setter) line(text string, x, y, width, size, least float64) {
	set := s.plain(text)
	s.pdf.SetFontSize(size)
	for size > least && s.pdf.GetStringWidth(set) > width {
		size -= 0.5
		s.pdf.SetFontSize(size)
	}
	if s.pdf.GetStringWidth(set) > width {
		const ellipsis = "\x85" // in Windows-1252
		for set != "" && s.pdf.GetStringWidth(set+ellipsis) > width {
			set = set[:len(set)-1]
		}
		set += ellipsis
	}
	s.pdf.Text(x, y, set)
}
