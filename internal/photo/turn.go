package photo

import (
	"image"
	"image/draw"
	"io"

	"github.com/bep/imagemeta"
)

// orientation reads a camera's note on how a picture is to be turned, from 1 to 8 (Exif 2.32, tag 274); 1, which is not at
// all, where there is none that can be read.
func orientation(format imagemeta.ImageFormat, r io.ReadSeeker) int {
	upright := 1
	_, err := imagemeta.Decode(imagemeta.Options{
		R: r, ImageFormat: format, Sources: imagemeta.EXIF, LimitNumTags: 500, LimitTagSize: 4 << 10,
		ShouldHandleTag: func(tag imagemeta.TagInfo) bool { return tag.Tag == "Orientation" && tag.Namespace == "IFD0" },
		HandleTag: func(tag imagemeta.TagInfo) error {
			if said, ok := tag.Value.(uint16); ok && said >= 1 && said <= 8 {
				upright = int(said)
			}
			return imagemeta.ErrStopWalking
		},
	})
	if err != nil {
		return 1
	}
	return upright
}

// turn gives a plain picture as it is meant to be seen.
func turn(m image.Image, orientation int) image.Image {
	if orientation == 1 {
		return m
	}
	size := m.Bounds().Size()
	switch m := m.(type) {
	case *image.Gray:
		p := plane{m.Pix, m.Stride, size, 1}.turned(orientation)
		return &image.Gray{Pix: p.pix, Stride: p.stride, Rect: image.Rectangle{Max: p.size}}
	case *image.RGBA:
		p := plane{m.Pix, m.Stride, size, 4}.turned(orientation)
		return &image.RGBA{Pix: p.pix, Stride: p.stride, Rect: image.Rectangle{Max: p.size}}
	case *image.NRGBA:
		p := plane{m.Pix, m.Stride, size, 4}.turned(orientation)
		return &image.NRGBA{Pix: p.pix, Stride: p.stride, Rect: image.Rectangle{Max: p.size}}
	case *image.YCbCr:
		return turnPhoto(m, orientation)
	}
	return m
}

// turnPhoto turns brightness and colours each for itself. Colours that are coarser across than down become coarser down than
// across, if there is a name for that.
func turnPhoto(m *image.YCbCr, orientation int) image.Image {
	ratio, size := m.SubsampleRatio, m.Rect.Size()
	if orientation >= 5 {
		switch ratio { //nolint:exhaustive // the others are as coarse across as down
		case image.YCbCrSubsampleRatio422:
			ratio = image.YCbCrSubsampleRatio440
		case image.YCbCrSubsampleRatio440:
			ratio = image.YCbCrSubsampleRatio422
		case image.YCbCrSubsampleRatio411, image.YCbCrSubsampleRatio410:
			rgb := image.NewRGBA(m.Rect)
			draw.Draw(rgb, rgb.Rect, m, image.Point{}, draw.Src)
			return turn(rgb, orientation)
		}
	}
	coarse := image.Pt(m.COffset(size.X-1, 0)+1, m.COffset(0, size.Y-1)/m.CStride+1)
	y := plane{m.Y, m.YStride, size, 1}.turned(orientation)
	cb := plane{m.Cb, m.CStride, coarse, 1}.turned(orientation)
	cr := plane{m.Cr, m.CStride, coarse, 1}.turned(orientation)
	return &image.YCbCr{
		Y: y.pix, Cb: cb.pix, Cr: cr.pix, YStride: y.stride, CStride: cb.stride, SubsampleRatio: ratio,
		Rect: image.Rectangle{Max: y.size},
	}
}

// plane is one channel, or several side by side: each pixel has that many bytes.
type plane struct {
	pix    []byte
	stride int
	size   image.Point
	each   int
}

// turned copies a plane as an orientation says. A pixel of the copy is found by where the first one was, and by how far
// apart its neighbours across and down were.
func (p plane) turned(orientation int) plane {
	right, bottom := (p.size.X-1)*p.each, (p.size.Y-1)*p.stride
	way := [...]struct{ first, across, down int }{
		2: {right, -p.each, p.stride},
		3: {right + bottom, -p.each, -p.stride},
		4: {bottom, p.each, -p.stride},
		5: {0, p.stride, p.each},
		6: {bottom, -p.stride, p.each},
		7: {right + bottom, -p.stride, -p.each},
		8: {right, p.stride, -p.each},
	}[orientation]
	size := p.size
	if orientation >= 5 {
		size = image.Pt(size.Y, size.X)
	}
	out := plane{make([]byte, size.X*size.Y*p.each), size.X * p.each, size, p.each}
	to := out.pix
	for y := range size.Y {
		from := way.first + y*way.down
		for range size.X {
			copy(to[:p.each], p.pix[from:])
			to, from = to[p.each:], from+way.across
		}
	}
	return out
}
