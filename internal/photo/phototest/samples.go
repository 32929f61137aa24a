package phototest

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"testing"

	"github.com/stretchr/testify/require"
)

// canvas is a picture of w x h pixels with something on it.
func canvas(w, h int) *image.RGBA {
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			m.Set(x, y, color.RGBA{R: uint8(x * 7), G: uint8(y * 5), B: uint8(x ^ y), A: 255})
		}
	}
	return m
}

// JPEG is a picture of w x h pixels.
func JPEG(t testing.TB, w, h int) []byte {
	t.Helper()
	var out bytes.Buffer
	require.NoError(t, jpeg.Encode(&out, canvas(w, h), nil))
	return out.Bytes()
}

// PNG is a picture of w x h pixels.
func PNG(t testing.TB, w, h int) []byte {
	t.Helper()
	var out bytes.Buffer
	require.NoError(t, png.Encode(&out, canvas(w, h)))
	return out.Bytes()
}

// GIF is a picture of w x h pixels.
func GIF(t testing.TB, w, h int) []byte {
	t.Helper()
	var out bytes.Buffer
	require.NoError(t, gif.Encode(&out, canvas(w, h), nil))
	return out.Bytes()
}

// Chunk is a PNG chunk with its checksum.
func Chunk(name string, data []byte) []byte {
	out := binary.BigEndian.AppendUint32(nil, uint32(len(data)))
	out = append(append(out, name...), data...)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(out[4:]))
}

// PNGBomb is some hundred bytes that claim w x h pixels.
func PNGBomb(w, h uint32) []byte {
	head := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, w), h)
	out := append([]byte("\x89PNG\r\n\x1a\n"), Chunk("IHDR", append(head, 8, 6, 0, 0, 0))...)
	out = append(out, Chunk("IDAT", []byte{0x78, 0x9c, 3, 0, 0, 0, 0, 1})...)
	return append(out, Chunk("IEND", nil)...)
}

// RIFF packs chunks as a WebP file.
func RIFF(chunks ...[]byte) []byte {
	body := append([]byte("WEBP"), bytes.Join(chunks, nil)...)
	return append(binary.LittleEndian.AppendUint32([]byte("RIFF"), uint32(len(body))), body...)
}

// RIFFChunk is a WebP chunk, padded to an even length.
func RIFFChunk(name string, data []byte) []byte {
	out := binary.LittleEndian.AppendUint32([]byte(name), uint32(len(data)))
	out = append(out, data...)
	if len(data)%2 == 1 {
		out = append(out, 0)
	}
	return out
}

// bits are written from the lowest upwards.
type bits struct {
	out  []byte
	used int
}

func (b *bits) put(value, n int) {
	for i := range n {
		if b.used%8 == 0 {
			b.out = append(b.out, 0)
		}
		b.out[b.used/8] |= byte(value>>i&1) << (b.used % 8)
		b.used++
	}
}

// VP8L is the lossless picture chunk of w x h pixels of one green. Each of the five prefix codes has a single symbol,
// so that the pixels take no bits at all.
func VP8L(w, h int) []byte {
	b := &bits{out: []byte{0x2f}, used: 8}
	b.put(w-1, 14)
	b.put(h-1, 14)
	b.put(0, 1+3)                                          // no alpha, version 0
	b.put(0, 1+1+1)                                        // no transform, no colour cache, no groups of codes
	for _, symbol := range []int{0x99, 0x22, 0x44, 0xff} { // green, red, blue, alpha
		b.put(1, 1) // simple
		b.put(0, 1) // one symbol
		b.put(1, 1) // of eight bits
		b.put(symbol, 8)
	}
	b.put(1, 1) // distance: simple, one symbol, of one bit, 0
	b.put(0, 3)
	return RIFFChunk("VP8L", b.out)
}

// VP8 is the lossy picture chunk of w x h pixels (at most 16383 a side), all of one colour.
func VP8(w, h int) []byte {
	data := make([]byte, 10+16+16)
	const keyFrame, show, first = 0, 1 << 4, 16 // the first partition has 16 bytes
	tag := keyFrame | show | first<<5
	copy(data, []byte{byte(tag), byte(tag >> 8), byte(tag >> 16), 0x9d, 0x01, 0x2a})
	binary.LittleEndian.PutUint16(data[6:], uint16(w))
	binary.LittleEndian.PutUint16(data[8:], uint16(h))
	return RIFFChunk("VP8 ", data)
}

// VP8X is the header chunk of an extended WebP with a canvas of w x h pixels.
func VP8X(flags byte, w, h int) []byte {
	w, h = w-1, h-1
	return RIFFChunk("VP8X", []byte{flags, 0, 0, 0, byte(w), byte(w >> 8), byte(w >> 16), byte(h), byte(h >> 8), byte(h >> 16)})
}

// WebP is a picture of w x h pixels (at most 16384 a side), made here because Go's libraries write no WebP.
func WebP(w, h int) []byte { return RIFF(VP8L(w, h)) }

// Box is a box of a HEIF file with its contents.
func Box(name string, contents ...[]byte) []byte {
	body := bytes.Join(contents, nil)
	out := binary.BigEndian.AppendUint32(nil, uint32(8+len(body)))
	return append(append(out, name...), body...)
}

// HEIC is the beginning of a file as a phone keeps it, which is all that is looked at.
func HEIC() []byte {
	return append(Box("ftyp", []byte("heic\x00\x00\x00\x00mif1heic")), Box("mdat", bytes.Repeat([]byte("hevc"), 64))...)
}

// Segment is a JPEG segment.
func Segment(mark byte, content string) []byte {
	head := binary.BigEndian.AppendUint16([]byte{0xFF, mark}, uint16(2+len(content)))
	return append(head, content...)
}

// After puts segments behind a JPEG's start of image.
func After(jpeg []byte, segments ...[]byte) []byte {
	return bytes.Join([][]byte{jpeg[:2], bytes.Join(segments, nil), jpeg[2:]}, nil)
}

// TakenAt is where a picture that Exif describes was taken: what must never be kept.
const TakenAt = "45.5152N 122.6784W"

// Exif is a camera's description of a picture, as it stands in a JPEG's APP1 segment behind "Exif" and in WebP and PNG alone:
// how it is to be turned (1 to 8), and where it was taken, as a note and as coordinates.
func Exif(orientation uint16) []byte {
	const list, entries, places = 8, 12, 4 // where the first list begins, an entry's bytes, entries in the list of coordinates
	const note = list + 2 + 3*entries + 4
	const place = note + 20
	const ratios = place + 2 + places*entries + 4
	out := bytes.Join([][]byte{
		[]byte("MM\x00*"), be32(list), be16(3),
		entry(0x010E, 2, uint32(len(TakenAt)+1), be32(note)), // ImageDescription
		entry(0x0112, 3, 1, append(be16(orientation), 0, 0)),
		entry(0x8825, 4, 1, be32(place)), // the coordinates' own list
		be32(0), []byte(TakenAt), make([]byte, place-note-len(TakenAt)),
		be16(places), entry(1, 2, 2, []byte("N\x00\x00\x00")), entry(2, 5, 3, be32(ratios)),
		entry(3, 2, 2, []byte("W\x00\x00\x00")), entry(4, 5, 3, be32(ratios)), be32(0),
	}, nil)
	for _, part := range []uint32{45, 30, 54} {
		out = append(append(out, be32(part)...), be32(1)...)
	}
	return out
}

func be16(n uint16) []byte { return binary.BigEndian.AppendUint16(nil, n) }

func be32(n uint32) []byte { return binary.BigEndian.AppendUint32(nil, n) }

// entry is one of TIFF's twelve bytes: what, of which kind, how many, and the value or where it is.
func entry(tag, kind uint16, count uint32, value []byte) []byte {
	return append(append(append(be16(tag), be16(kind)...), be32(count)...), value...)
}

// Described is a JPEG of w x h pixels, before it is turned, with all that a phone says of it.
func Described(t testing.TB, w, h int, orientation uint16) []byte {
	t.Helper()
	return After(JPEG(t, w, h), Segment(0xE1, "Exif\x00\x00"+string(Exif(orientation))),
		Segment(0xE1, "http://ns.adobe.com/xap/1.0/\x00<x:xmpmeta exif:GPSLatitude=\""+TakenAt+"\"/>"),
		Segment(0xE2, "ICC_PROFILE\x00\x01\x01"+TakenAt), Segment(0xED, "Photoshop 3.0\x00"+TakenAt), Segment(0xFE, TakenAt))
}
