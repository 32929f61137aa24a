package sandbox

import (
	"bytes"
	"fmt"
	"image/color"
	"time"

	"github.com/boombuler/barcode/code128"
	"github.com/go-pdf/fpdf"

	"github.com/vysero/returns/internal/label"
)

// The sheet, in millimetres: A6 upright, read from the top. Sizes of type are points.
const (
	paperWidth  = 105.0
	paperHeight = 148.0
	margin      = 5.0
	inset       = margin + 3 // where text begins
	column      = paperWidth - 2*inset
	module      = 0.5 // the narrowest bar: 20 mil, which any scanner reads from paper
	barHeight   = 22.0
)

// printed is the date in every sheet's file: the same bytes for the same order at any time.
var printed = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// sheet draws the label.
func sheet(o label.Order, number string) ([]byte, error) {
	pdf := fpdf.NewCustom(&fpdf.InitType{UnitStr: "mm", Size: fpdf.SizeType{Wd: paperWidth, Ht: paperHeight}})
	pdf.SetCreationDate(printed)
	pdf.SetModificationDate(printed)
	pdf.SetCatalogSort(true)
	pdf.SetAutoPageBreak(false, 0)
	pdf.SetTitle("Return label "+number, true)
	pdf.AddPage()
	s := &setter{pdf: pdf, encode: pdf.UnicodeTranslatorFromDescriptor("")}
	pdf.SetLineWidth(0.4)
	pdf.Rect(margin, margin, paperWidth-2*margin, paperHeight-2*margin, "D")
	s.head()
	s.addresses(o)
	if err := s.barcode(number); err != nil {
		return nil, err
	}
	s.foot(o)
	var out bytes.Buffer
	if err := pdf.Output(&out); err != nil {
		return nil, fmt.Errorf("print the label: %w", err)
	}
	return out.Bytes(), nil
}

// head is the black band: whose label it is, and that nobody pays at the counter.
func (s *setter) head() {
	s.pdf.SetFillColor(0, 0, 0)
	s.pdf.Rect(margin, margin, paperWidth-2*margin, 13, "F")
	s.pdf.SetTextColor(255, 255, 255)
	s.pdf.SetFont("Helvetica", "B", 15)
	s.pdf.Text(inset, margin+8.6, Carrier)
	s.pdf.SetFont("Helvetica", "", 9)
	const paid = "PREPAID RETURN"
	s.pdf.Text(paperWidth-inset-s.pdf.GetStringWidth(paid), margin+8.3, paid)
	s.pdf.SetTextColor(0, 0, 0)
}

// addresses are the sender, small, and the receiver, large.
func (s *setter) addresses(o label.Order) {
	s.caption("FROM", 22.5)
	s.pdf.SetFont("Helvetica", "", 8)
	for i, line := range o.From {
		s.line(line, inset, 26.3+3.4*float64(i), column, 8, 5)
	}
	s.rule(49)
	s.caption("SHIP TO", 53)
	y, size := 59.0, 12.0
	step := 28 / float64(len(o.To))
	step = min(step, 5.4)
	size = min(size, step*2.3)
	for i, line := range o.To {
		s.pdf.SetFont("Helvetica", "B", size)
		if i > 0 {
			s.pdf.SetFont("Helvetica", "", size)
		}
		s.line(line, inset, y+step*float64(i), column, size, 6)
	}
	s.rule(88)
}

// barcode draws the number as bars that a printer puts down sharp, and as text for people below.
func (s *setter) barcode(number string) error {
	code, err := code128.Encode(number)
	if err != nil {
		return fmt.Errorf("barcode of %q: %w", number, err)
	}
	count := code.Bounds().Dx()
	left := (paperWidth - module*float64(count)) / 2
	const quiet = 10 * module
	if left < margin+quiet {
		return fmt.Errorf("barcode of %q is %d modules wide, more than the paper has", number, count)
	}
	for from := 0; from < count; {
		to := from
		for to < count && dark(code.At(to, 0)) {
			to++
		}
		if to > from {
			s.pdf.Rect(left+module*float64(from), 91, module*float64(to-from), barHeight, "F")
		}
		from = to + 1
	}
	s.pdf.SetFont("Courier", "B", 12)
	text := grouped(number)
	s.pdf.Text((paperWidth-s.pdf.GetStringWidth(text))/2, 91+barHeight+4.6, text)
	s.rule(119.5)
	return nil
}

// foot is what the warehouse needs to know, and what the sheet is not.
func (s *setter) foot(o label.Order) {
	s.caption("RETURN", 123)
	s.pdf.SetFont("Helvetica", "B", 10)
	s.line(o.ReturnNumber, inset, 127.3, 30, 10, 5)
	const left, room = inset + 33, 4
	s.captionAt("CONTENTS", left, 123)
	s.pdf.SetFont("Helvetica", "", 7)
	shown := o.Contents
	if len(shown) > room {
		shown = shown[:room-1]
	}
	y := 126.6
	for _, line := range shown {
		s.line(line, left, y, paperWidth-inset-left, 7, 5)
		y += 2.9
	}
	if rest := len(o.Contents) - len(shown); rest > 0 {
		s.line(fmt.Sprintf("and %d more, see return %s", rest, o.ReturnNumber), left, y, paperWidth-inset-left, 7, 5)
	}
	s.pdf.SetFont("Helvetica", "I", 6)
	note := "Sandbox label for tests. Not valid for postage."
	if s.lost {
		note += "  \"?\": a letter that this printer does not have."
	}
	s.pdf.Text(inset, 141, note)
}

func (s *setter) caption(text string, y float64) { s.captionAt(text, inset, y) }

func (s *setter) captionAt(text string, x, y float64) {
	s.pdf.SetFont("Helvetica", "B", 6)
	s.pdf.Text(x, y, text)
}

func (s *setter) rule(y float64) {
	s.pdf.SetLineWidth(0.2)
	s.pdf.Line(margin, y, paperWidth-margin, y)
}

// grouped sets a space after the carrier's letters and after every fourth digit.
func grouped(number string) string {
	var out []byte
	for i := range len(number) {
		if i >= 3 && (i-3)%4 == 0 {
			out = append(out, ' ')
		}
		out = append(out, number[i])
	}
	return string(out)
}

// dark tells a bar's module from a space's.
func dark(c color.Color) bool {
	grey, _ := color.Gray16Model.Convert(c).(color.Gray16)
	return grey.Y < 0x8000
}
