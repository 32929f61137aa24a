package photo

import (
	"context"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"image/png"
	"io"
	"runtime"
	"time"

	"golang.org/x/sync/semaphore"

	"github.com/vysero/returns/internal/fault"
)

// MaxMemory is how many bytes the pixels of one picture may take while they are worked on, and how many those of all
// pictures together may in one process: further ones wait, for patience at most.
const MaxMemory = 224 << 20

const (
	quality  = 90        // of a JPEG, out of 100: what was kept from a phone's picture is not seen to be less
	lossless = 4_000_000 // pixels, up to which a picture that came without loss is kept without
	patience = 10 * time.Second
	large    = MaxMemory / 8 // bytes, from which on a picture is cleared away before the next one begins
)

var working = semaphore.NewWeighted(MaxMemory)

// clean decodes the picture that examine found in r, turns it upright and encodes it anew on w, as JPEG, or as PNG where it
// came without loss and is small: nothing but pixels goes over. Errors are *fault.Error.
func clean(ctx context.Context, r *io.SectionReader, found Meta, memory int64, w io.Writer) (Meta, error) {
	waiting, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err := working.Acquire(waiting, memory); err != nil {
		return Meta{}, fault.Busy(err)
	}
	defer working.Release(memory)
	if memory > large {
		defer runtime.GC() // what it took must be gone before others are let in
	}
	kind := kinds[found.ContentType]
	upright := orientation(kind.notes, r)
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return Meta{}, fault.Busy(err)
	}
	decoded, err := kind.decode(reading(func(p []byte) (int, error) {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		return r.Read(p)
	}))
	switch {
	case ctx.Err() != nil:
		return Meta{}, fault.Busy(ctx.Err())
	case err != nil:
		return Meta{}, damaged(err)
	case decoded.Bounds() != image.Rect(0, 0, found.Width, found.Height):
		return Meta{}, damaged(errStructure)
	}
	return encode(ctx, turn(plain(decoded), upright), found.ContentType != "image/jpeg", w)
}

// encode writes a plain picture.
func encode(ctx context.Context, m image.Image, exact bool, w io.Writer) (Meta, error) {
	out := &counted{ctx: ctx, to: w}
	size := m.Bounds().Size()
	meta := Meta{ContentType: "image/jpeg", Width: size.X, Height: size.Y}
	var err error
	if _, photo := m.(*image.YCbCr); exact && !photo && size.X*size.Y <= lossless {
		meta.ContentType = "image/png"
		err = png.Encode(out, m)
	} else {
		err = jpeg.Encode(out, opaque(m), &jpeg.Options{Quality: quality})
	}
	if err != nil {
		return Meta{}, fault.Busy(err)
	}
	meta.Bytes = out.bytes
	return meta, nil
}

// counted counts what is written, until the context is done.
type counted struct {
	ctx   context.Context //nolint:containedctx // an encoder takes no context
	to    io.Writer
	bytes int64
}

func (c *counted) Write(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := c.to.Write(p)
	c.bytes += int64(n)
	return n, err
}

// plain makes one of four kinds of picture of any: YCbCr, Gray, RGBA without transparency, or NRGBA. What is wider than
// that is narrowed where it is, in its own memory.
func plain(m image.Image) image.Image {
	switch m := m.(type) {
	case *image.YCbCr, *image.Gray, *image.RGBA, *image.NRGBA:
		return m
	case *image.Gray16:
		return &image.Gray{Pix: halved(m.Pix), Stride: m.Stride / 2, Rect: m.Rect}
	case *image.RGBA64:
		return &image.RGBA{Pix: halved(m.Pix), Stride: m.Stride / 2, Rect: m.Rect}
	case *image.NRGBA64:
		return &image.NRGBA{Pix: halved(m.Pix), Stride: m.Stride / 2, Rect: m.Rect}
	case *image.CMYK:
		return inRGB(m)
	}
	out := image.NewNRGBA(m.Bounds())
	draw.Draw(out, out.Rect, m, image.Point{}, draw.Src)
	return out
}

// halved keeps the upper byte of each two.
func halved(pix []byte) []byte {
	for i := range len(pix) / 2 {
		pix[i] = pix[2*i]
	}
	return pix[:len(pix)/2]
}

func inRGB(m *image.CMYK) *image.RGBA {
	for p := m.Pix; len(p) >= 4; p = p[4:] {
		p[0], p[1], p[2] = color.CMYKToRGB(p[0], p[1], p[2], p[3])
		p[3] = 0xFF
	}
	return &image.RGBA{Pix: m.Pix, Stride: m.Stride, Rect: m.Rect}
}

// opaque puts a picture that may be transparent before white, where it is.
func opaque(m image.Image) image.Image {
	glass, ok := m.(*image.NRGBA)
	if !ok {
		return m
	}
	for p := glass.Pix; len(p) >= 4; p = p[4:] {
		for i, alpha := 0, uint32(p[3]); i < 3; i++ {
			p[i] = byte((uint32(p[i])*alpha + 0xFF*(0xFF-alpha)) / 0xFF) //nolint:gosec // a mean of two bytes
		}
		p[3] = 0xFF
	}
	return &image.RGBA{Pix: glass.Pix, Stride: glass.Stride, Rect: glass.Rect}
}
