package sandbox

import (
	"bytes"
	"compress/zlib"
	"io"
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// symbols of Code 128 by value, from ISO/IEC 15417: the widths of bar, space, bar, space, bar, space. 103 to 105
// start the sets A, B and C.
const symbols = `212222 222122 222221 121223 121322 131222 122213 122312 132212 221213 221312 231212 112232 122132 122231
113222 123122 123221 223211 221132 221231 213212 223112 312131 311222 321122 321221 312212 322112 322211 212123 212321
232121 111323 131123 131321 112313 132113 132311 211313 231113 231311 112133 112331 132131 113123 113321 133121 313121
211331 231131 213113 213311 213131 311123 311321 331121 312113 312311 332111 314111 221411 431111 111224 111422 121124
121421 141122 141221 112214 112412 122114 122411 142112 142211 241211 221114 413111 241112 134111 111242 121142 121241
114212 124112 124211 411212 421112 421211 212141 214121 412121 111143 111341 131141 114113 114311 411113 411311 113141
114131 311141 411131 211412 211214 211232`

const stop = "2331112"

// bars reads the barcode that is drawn on a sheet, without the library that made it: it takes the filled boxes of the
// barcode's height off the page and measures them and the gaps between them in modules.
func bars(t *testing.T, pdf []byte) string {
	t.Helper()
	const point = 72 / 25.4
	var widths strings.Builder
	end := math.NaN()
	for _, box := range regexp.MustCompile(`(?m)^([\d.]+) [\d.]+ ([\d.]+) -([\d.]+) re f$`).FindAllStringSubmatch(content(t, pdf), -1) {
		x, w, h := number(t, box[1]), number(t, box[2]), number(t, box[3])
		if math.Abs(h-barHeight*point) > 0.1 {
			continue
		}
		if !math.IsNaN(end) {
			widths.WriteString(strconv.Itoa(int(math.Round((x - end) / (module * point)))))
		}
		widths.WriteString(strconv.Itoa(int(math.Round(w / (module * point)))))
		end = x + w
	}
	return widths.String()
}

func number(t *testing.T, s string) float64 {
	t.Helper()
	n, err := strconv.ParseFloat(s, 64)
	require.NoError(t, err)
	return n
}

// content is the page's drawing, unpacked.
func content(t *testing.T, pdf []byte) string {
	t.Helper()
	_, rest, found := bytes.Cut(pdf, []byte("stream\n"))
	require.True(t, found)
	packed, _, found := bytes.Cut(rest, []byte("\nendstream"))
	require.True(t, found)
	unpacked, err := zlib.NewReader(bytes.NewReader(packed))
	require.NoError(t, err)
	drawing, err := io.ReadAll(unpacked)
	require.NoError(t, err)
	return string(drawing)
}

// values cuts widths into the values of their symbols, and proves the check symbol, which it leaves off.
func values(t *testing.T, widths string) []int {
	t.Helper()
	body, found := strings.CutSuffix(widths, stop)
	require.True(t, found, "no stop at the end of %s", widths)
	require.Zero(t, len(body)%6)
	byWidths := map[string]int{}
	for value, symbol := range strings.Fields(symbols) {
		byWidths[symbol] = value
	}
	require.Len(t, byWidths, 106)
	var read []int
	for at := 0; at < len(body); at += 6 {
		value, known := byWidths[body[at:at+6]]
		require.True(t, known, "%s is no symbol", body[at:at+6])
		read = append(read, value)
	}
	last := len(read) - 1
	sum := read[0]
	for i, value := range read[:last] {
		sum += i * value
	}
	require.Equal(t, sum%103, read[last], "check symbol")
	return read[:last]
}

// decode reads a Code 128 barcode from its widths.
func decode(t *testing.T, widths string) string {
	t.Helper()
	read := values(t, widths)
	var out strings.Builder
	set := map[int]byte{103: 'A', 104: 'B', 105: 'C'}[read[0]]
	for _, value := range read[1:] {
		switch {
		case set == 'C' && value < 100:
			out.WriteString(strconv.Itoa(value/10) + strconv.Itoa(value%10))
		case value == 99:
			set = 'C'
		case value == 100 && set != 'B':
			set = 'B'
		case value == 101 && set != 'A':
			set = 'A'
		default:
			require.Less(t, value, 64, "neither a capital letter nor a digit")
			out.WriteByte(byte(value + ' '))
		}
	}
	return out.String()
}
