package photo_test

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/internal/fault"
	"github.com/vysero/returns/internal/photo"
	"github.com/vysero/returns/internal/photo/phototest"
)

// FuzzCheck holds that no file makes the checker panic, that what it takes is within bounds, and that a byte behind
// it, or one byte less, is noticed.
func FuzzCheck(f *testing.F) {
	for _, seed := range [][]byte{
		phototest.JPEG(f, 8, 8), phototest.PNG(f, 8, 8), phototest.WebP(8, 8), phototest.HEIC(), phototest.GIF(f, 8, 8),
		phototest.RIFF(phototest.VP8X(16, 8, 8), phototest.RIFFChunk("ALPH", make([]byte, 65)), phototest.VP8(8, 8)),
		phototest.After(phototest.JPEG(f, 8, 8), phototest.Segment(0xE2, "MPF\x00"), phototest.Segment(0xE1, "Exif")),
		join(phototest.JPEG(f, 8, 8), seft("x")), join(phototest.JPEG(f, 8, 8), phototest.Box("ftyp", []byte("mp42"))), phototest.PNGBomb(1<<31-1, 1<<31-1),
		archive(f), []byte("<svg/>"), nil,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		meta, err := check(content)
		if err != nil {
			assert.Contains(t, []fault.Code{fault.CodePhoto, fault.CodeHEIC}, fault.From(err).Code)
			return
		}
		assert.Equal(t, int64(len(content)), meta.Bytes)
		assert.True(t, meta.Width >= 1 && meta.Width <= photo.MaxSide && meta.Height >= 1 && meta.Height <= photo.MaxSide)
		assert.LessOrEqual(t, meta.Width*meta.Height, photo.MaxPixels)
		_, err = check(append(slices.Clip(content), '<'))
		assert.Error(t, err, "one byte more")
		if !bytes.HasSuffix(content, []byte{0}) {
			_, err = check(content[:len(content)-1])
			assert.Error(t, err, "one byte less")
		}
	})
}

// FuzzPut holds that whatever is taken is kept as a JPEG or PNG without a word in it, which would be taken again.
func FuzzPut(f *testing.F) {
	for _, seed := range [][]byte{
		phototest.Described(f, 9, 8, 6), phototest.PNG(f, 8, 8), phototest.WebP(8, 8), phototest.RIFF(phototest.VP8(8, 8)),
		phototest.RIFF(phototest.VP8X(16, 8, 8), phototest.RIFFChunk("ALPH", make([]byte, 65)), phototest.VP8(8, 8)),
		phototest.GIF(f, 8, 8), join(phototest.JPEG(f, 8, 8), seft("x")), gradual(f),
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		meta, err := check(content)
		if err != nil || meta.Width*meta.Height > 1_000_000 {
			return
		}
		album := folder(t)
		meta, err = album.Put(t.Context(), "pho_1", bytes.NewReader(content))
		if err != nil {
			assert.Equal(t, fault.CodePhoto, fault.From(err).Code)
			return
		}
		body, _, err := album.Open(t.Context(), "pho_1")
		require.NoError(t, err)
		clean, err := io.ReadAll(body)
		require.NoError(t, errors.Join(err, body.Close()))
		again, err := check(clean)
		require.NoError(t, err)
		again.SHA256 = meta.SHA256
		assert.Equal(t, meta, again)
		if meta.ContentType == "image/jpeg" {
			assert.Empty(t, named(clean))
		}
	})
}
