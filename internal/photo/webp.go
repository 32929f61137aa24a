package photo

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	"io"

	"golang.org/x/image/webp"
)

// walkWebP walks a WebP chunk by chunk. The file must be as long as its RIFF header says, and its one picture as
// large as its canvas.
//
// DecodeConfig never sees the whole file: for an extended one with transparency it would unpack the transparency,
// at the size that the canvas claims. It is given the chunk with the picture alone.
func walkWebP(file *io.SectionReader) (look, error) {
	c := from(file)
	head, err := c.take(12)
	if err != nil {
		return look{}, err
	}
	claimed := int64(binary.LittleEndian.Uint32(head[4:])) + 8
	if claimed > file.Size() || claimed < 12 || claimed%2 == 1 {
		return look{}, damaged(errStructure)
	}
	if claimed < file.Size() {
		return look{}, attached()
	}
	var w webpFile
	for first := true; c.left > 0; first = false {
		if err := w.chunk(c, file, first); err != nil {
			return look{}, err
		}
	}
	if w.canvas != (image.Point{}) && w.canvas != w.picture {
		return look{}, damaged(errors.New("the picture is not as large as its canvas"))
	}
	return look{w.picture, w.memory(), 0}, nil
}

// webpFile is what a walk has found; a side of zero is nothing found yet.
type webpFile struct {
	canvas, picture image.Point

	lossless, transparent bool
}

// memory is how many bytes the picture takes while it is decoded, and turned. What is without loss takes four bytes for
// each pixel, twice while colours are looked up, and tables that a hostile file can make large.
func (w *webpFile) memory() int64 {
	const tables = 128 << 20
	pixels := int64(w.picture.X) * int64(w.picture.Y)
	switch {
	case w.transparent:
		return pixels*16 + tables
	case w.lossless:
		return pixels*12 + tables
	}
	return pixels * 3
}

// chunk reads the next chunk. Only an extended file, one with a canvas, has chunks beside its one picture.
func (w *webpFile) chunk(c *cursor, file *io.SectionReader, first bool) error {
	at := file.Size() - c.left
	head, err := c.take(8)
	if err != nil {
		return err
	}
	name, size := string(head[:4]), int64(binary.LittleEndian.Uint32(head[4:]))
	switch {
	case name == "VP8X" && first:
		w.canvas, err = readCanvas(c, size)
		return err
	case name == "ANIM" || name == "ANMF":
		return moving()
	case (name == "VP8 " || name == "VP8L") && w.picture == image.Point{}:
		w.picture, err = readPicture(io.NewSectionReader(file, at, 8+size+size%2))
		if err != nil {
			return err
		}
		w.lossless = name == "VP8L"
	case name == "ALPH" && w.canvas != image.Point{}:
		w.transparent = true
	case name == "VP8X" || name == "VP8 " || name == "VP8L" || w.canvas == image.Point{}:
		return damaged(errStructure)
	}
	return c.skip(size + size%2)
}

// readCanvas reads a VP8X chunk: flags, three bytes of nothing, and both sides less one in three bytes each.
func readCanvas(c *cursor, size int64) (image.Point, error) {
	if size != 10 {
		return image.Point{}, damaged(errStructure)
	}
	p, err := c.take(10)
	if err != nil {
		return image.Point{}, err
	}
	const animated = 1 << 1
	if p[0]&animated != 0 {
		return image.Point{}, moving()
	}
	return image.Pt(three(p[4:])+1, three(p[7:])+1), nil
}

func three(p []byte) int { return int(p[0]) | int(p[1])<<8 | int(p[2])<<16 }

// readPicture asks the decoder for the size of one VP8 or VP8L chunk, as if it were a file of its own.
func readPicture(chunk *io.SectionReader) (image.Point, error) {
	head := append([]byte("RIFF"), binary.LittleEndian.AppendUint32(nil, uint32(4+chunk.Size()))...) //nolint:gosec // at most MaxBytes
	config, err := webp.DecodeConfig(io.MultiReader(bytes.NewReader(append(head, "WEBP"...)), chunk))
	if err != nil {
		return image.Point{}, damaged(err)
	}
	return image.Pt(config.Width, config.Height), nil
}
