package photo_test

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"image/png"
	"io"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/internal/fault"
	"github.com/vysero/returns/internal/photo"
	"github.com/vysero/returns/internal/photo/disk"
	"github.com/vysero/returns/internal/photo/phototest"
)

// folder is an album in a folder of its own.
func folder(t testing.TB) *photo.Album {
	t.Helper()
	var n atomic.Int64
	driver, err := disk.Open(t.TempDir(), func() string { return fmt.Sprint(n.Add(1)) })
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, driver.Close()) })
	return phototest.Album(t, driver)
}

// kept puts content into an album and gives what it keeps.
func kept(t testing.TB, content []byte) ([]byte, photo.Meta) {
	t.Helper()
	album := folder(t)
	want, err := album.Put(t.Context(), "pho_1", bytes.NewReader(content))
	require.NoError(t, err)
	body, meta, err := album.Open(t.Context(), "pho_1")
	require.NoError(t, err)
	clean, err := io.ReadAll(body)
	require.NoError(t, errors.Join(err, body.Close()))
	require.Equal(t, want, meta)
	require.Len(t, clean, int(meta.Bytes))
	return clean, meta
}

func TestNothingButPixelsIsKept(t *testing.T) {
	t.Parallel()
	exif := phototest.Exif(1)
	drawn := phototest.PNG(t, 40, 30)
	for name, content := range map[string][]byte{
		"JPEG":                    phototest.Described(t, 40, 30, 1),
		"JPEG with things behind": join(phototest.Described(t, 40, 30, 1), seft(phototest.TakenAt)),
		"PNG": join(drawn[:33], phototest.Chunk("eXIf", exif), phototest.Chunk("tEXt", []byte("Comment\x00"+phototest.TakenAt)),
			phototest.Chunk("iCCP", []byte(phototest.TakenAt)), phototest.Chunk("iTXt", []byte("XML:com.adobe.xmp\x00\x00\x00\x00\x00"+phototest.TakenAt)), drawn[33:]),
		"WebP": phototest.RIFF(phototest.VP8X(0x2C, 40, 30), phototest.RIFFChunk("ICCP", []byte(phototest.TakenAt)), phototest.VP8(40, 30),
			phototest.RIFFChunk("EXIF", exif), phototest.RIFFChunk("XMP ", []byte(phototest.TakenAt))),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Contains(t, string(content), phototest.TakenAt, "the sample tells where it was taken")
			clean, meta := kept(t, content)
			assert.Equal(t, []int{40, 30}, []int{meta.Width, meta.Height})
			for _, trace := range []string{phototest.TakenAt, "Exif", "eXIf", "http", "ICC", "iCCP", "Photoshop", "SEF", "tEXt", "XMP", "MM\x00*"} {
				assert.NotContains(t, string(clean), trace)
			}
			if meta.ContentType == "image/jpeg" {
				assert.Equal(t, []byte{}, named(clean), "no segment of an application's, no comment")
			}
		})
	}
}

// named are the JPEG segments before the picture that applications write, and comments.
func named(content []byte) []byte {
	found := []byte{}
	for at := 2; content[at+1] != 0xDA; at += 2 + int(content[at+2])<<8 + int(content[at+3]) {
		if mark := content[at+1]; mark >= 0xE0 && mark <= 0xEF || mark == 0xFE {
			found = append(found, mark)
		}
	}
	return found
}

// corners are the colours of a picture's four quarters, from the upper left in reading order.
func corners(t testing.TB, content []byte) string {
	t.Helper()
	m, _, err := image.Decode(bytes.NewReader(content))
	require.NoError(t, err)
	w, h, said := m.Bounds().Dx(), m.Bounds().Dy(), ""
	for _, at := range []image.Point{{w / 4, h / 4}, {3 * w / 4, h / 4}, {w / 4, 3 * h / 4}, {3 * w / 4, 3 * h / 4}} {
		switch r, g, b, _ := m.At(at.X, at.Y).RGBA(); {
		case r > 0x8000 && g < 0x8000 && b < 0x8000:
			said += "R"
		case g > 0x8000 && r < 0x8000 && b < 0x8000:
			said += "G"
		case b > 0x8000 && r < 0x8000 && g < 0x8000:
			said += "B"
		case r > 0x8000 && g > 0x8000 && b > 0x8000:
			said += "W"
		default:
			said += "?"
		}
	}
	return said
}

// quarters is a picture of red, green, blue and white quarters.
func quarters(m draw.Image, w, h int) {
	four := []color.Color{color.RGBA{0xF0, 0, 0, 0xFF}, color.RGBA{0, 0xF0, 0, 0xFF}, color.RGBA{0, 0, 0xF0, 0xFF}, color.White}
	for i, c := range four {
		quarter := image.Rect(i%2*w/2, i/2*h/2, w, h) // the next one covers what is too much
		draw.Draw(m, quarter, image.NewUniform(c), image.Point{}, draw.Src)
	}
}

// turned are the quarters R G B W as they are to be seen by each orientation.
var turned = map[uint16]string{0: "RGBW", 1: "RGBW", 2: "GRWB", 3: "WBGR", 4: "BWRG", 5: "RBGW", 6: "BRWG", 7: "WGBR", 8: "GWRB", 9: "RGBW"}

func TestPicturesAreTurnedUpright(t *testing.T) {
	t.Parallel()
	m := image.NewRGBA(image.Rect(0, 0, 41, 30))
	quarters(m, 41, 30)
	var jpg, drawn bytes.Buffer
	require.NoError(t, errors.Join(jpeg.Encode(&jpg, m, nil), png.Encode(&drawn, m)))
	for orientation, want := range turned {
		exif := phototest.Exif(orientation)
		for name, content := range map[string][]byte{
			"JPEG": phototest.After(jpg.Bytes(), phototest.Segment(0xE1, "Exif\x00\x00"+string(exif))),
			"PNG":  join(drawn.Bytes()[:33], phototest.Chunk("eXIf", exif), drawn.Bytes()[33:]),
		} {
			clean, meta := kept(t, content)
			assert.Equal(t, want, corners(t, clean), "%s %d", name, orientation)
			width, height := 41, 30
			if orientation >= 5 && orientation <= 8 {
				width, height = height, width
			}
			assert.Equal(t, width, meta.Width, "%s %d", name, orientation)
			assert.Equal(t, height, meta.Height, "%s %d", name, orientation)
		}
	}
}

func TestEveryKindOfPictureKeepsItsColours(t *testing.T) {
	t.Parallel()
	r := image.Rect(0, 0, 40, 30)
	palette := image.NewPaletted(r, color.Palette{color.RGBA{0xF0, 0, 0, 0xFF}, color.RGBA{0, 0xF0, 0, 0xFF}, color.RGBA{0, 0, 0xF0, 0xFF}, color.White})
	wide, glass, wideGlass := image.NewRGBA64(r), image.NewNRGBA(r), image.NewNRGBA64(r)
	quarters(palette, 40, 30)
	quarters(wide, 40, 30)
	quarters(glass, 40, 30)
	quarters(wideGlass, 40, 30)
	glass.Set(0, 0, color.Transparent)
	wideGlass.Set(0, 0, color.Transparent)
	for name, m := range map[string]image.Image{"palette": palette, "16 bits": wide, "transparent": glass, "16 bits, transparent": wideGlass} {
		var file bytes.Buffer
		require.NoError(t, png.Encode(&file, m))
		clean, meta := kept(t, file.Bytes())
		assert.Equal(t, "RGBW", corners(t, clean), name)
		assert.Equal(t, "image/png", meta.ContentType)
	}
	large := image.NewNRGBA(image.Rect(0, 0, 2002, 2000))
	quarters(large, 2002, 2000)
	large.Set(0, 0, color.Transparent)
	var file bytes.Buffer
	require.NoError(t, (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(&file, large))
	clean, meta := kept(t, file.Bytes())
	assert.Equal(t, "RGBW", corners(t, clean))
	assert.Equal(t, "image/jpeg", meta.ContentType, "above four million pixels")
	gray := image.NewGray16(r)
	quarters(gray, 40, 30)
	file.Reset()
	require.NoError(t, png.Encode(&file, gray))
	clean, _ = kept(t, file.Bytes())
	assert.Equal(t, "?W?W", corners(t, clean), "as bright as they are")
}

func TestPictureWhosePixelsAreDamagedIsRefused(t *testing.T) {
	t.Parallel()
	for name, content := range map[string][]byte{
		"PNG without pixels": phototest.PNGBomb(40, 30), "PNG with rubbish": phototest.PNG(t, 40, 30),
	} {
		if name == "PNG with rubbish" {
			content[60] ^= 0xFF
		}
		_, err := check(content)
		require.NoError(t, err, "it has the form of a picture")
		_, err = folder(t).Put(t.Context(), "pho_1", bytes.NewReader(content))
		require.Error(t, err, name)
		assert.Equal(t, fault.CodePhoto, fault.From(err).Code, name)
		assert.Contains(t, fault.From(err).Say, broken)
	}
}

// What a picture within the bounds costs, all in all, is what bombs can cost. Not parallel, because it measures the process.
//
//nolint:paralleltest // see above
func TestWorkOnOnePictureStaysWithinItsMemory(t *testing.T) {
	comments := [][]byte{phototest.Segment(0xFE, string(make([]byte, 60_000))), phototest.Segment(0xFE, string(make([]byte, 60_000)))}
	for name, content := range map[string][]byte{
		"PNG that claims 29 million pixels": padded(phototest.PNGBomb(7_000, 4_190), 120_000),
		"JPEG that claims 39 million":       phototest.After(claiming(phototest.JPEG(t, 40, 30), 7_800, 5_000), comments...),
		"JPEG, gradually, of 25 million":    phototest.After(claiming(gradual(t), 5_000, 5_000), comments...),
		"WebP without loss of 8 million":    phototest.WebP(4_000, 2_000),
		"WebP with loss of 39 million":      phototest.RIFF(phototest.VP8(7_800, 5_000)),
	} {
		album := folder(t)
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		began := time.Now()
		_, err := album.Put(t.Context(), "pho_1", bytes.NewReader(content))
		took := time.Since(began)
		runtime.ReadMemStats(&after)
		t.Logf("%s: %d MiB, %s, %v", name, (after.TotalAlloc-before.TotalAlloc)>>20, took.Round(time.Millisecond), err)
		assert.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(256<<20), name)
	}
}

// What pictures cost together is what one may cost: the largest that the heap ever was tells. Not parallel, as above.
//
//nolint:paralleltest // see above
func TestPicturesAtOnceStayWithinTheMemoryOfOne(t *testing.T) {
	filler := phototest.Segment(0xFE, string(make([]byte, 60_000)))
	content := phototest.After(claiming(gradual(t), 5_000, 5_000), filler) // 179 MiB each
	album := folder(t)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			_, err := album.Put(t.Context(), fmt.Sprint("pho_", i), bytes.NewReader(content))
			assert.Error(t, err)
		})
	}
	all.Wait()
	runtime.ReadMemStats(&after)
	t.Logf("the heap grew from %d to %d MiB", before.HeapSys>>20, after.HeapSys>>20)
	assert.Less(t, int64(after.HeapSys)-int64(before.HeapSys), int64(256<<20))
}
