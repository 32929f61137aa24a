package photo

import (
	"bufio"
	"errors"
	"image"
	"image/jpeg"
	"image/png"
	"io"

	"github.com/gabriel-vasile/mimetype"

	"github.com/vysero/returns/internal/fault"
)

// Check proves that the size bytes of r are one still picture of a kind that is taken, within the bounds, and nothing
// else. SHA256 is left empty. Its errors are PHOTO_REFUSED, also where r cannot be read.
//
// Each kind is walked by its own structure to its end marker, which must be the end of the file; only a JPEG may go
// on, with zeros or, where it says so itself, with more whole JPEGs. Pixels are never decoded: JPEG, PNG and WebP
// tell their size through DecodeConfig, HEIC through its largest "ispe" box, because no well-kept library in Go
// decodes it. A file that hides other data inside of the structure, in a comment say, is a picture all the same: it
// must be served as one.
func Check(r io.ReaderAt, size int64) (Meta, error) {
	if size == 0 {
		return Meta{}, refuse("The file is empty. Please send a photo.")
	}
	if size < 0 || size > MaxBytes {
		return Meta{}, refuse("The photo is larger than %d MB. Please send a smaller one.", MaxBytes>>20)
	}
	kind, err := sniff(r, size)
	if err != nil {
		return Meta{}, err
	}
	walk, taken := kinds[kind]
	if !taken {
		return Meta{}, notTaken(kind)
	}
	shape, err := walk(io.NewSectionReader(r, 0, size))
	if err != nil {
		return Meta{}, err
	}
	if err := bounds(shape); err != nil {
		return Meta{}, err
	}
	return Meta{ContentType: kind, Bytes: size, Width: shape.X, Height: shape.Y}, nil
}

// kinds are the content types that are taken. Each walks a file to its end and gives its size in pixels; it bounds
// the size itself before it reads anything whose cost grows with it.
var kinds = map[string]func(*io.SectionReader) (image.Point, error){
	"image/jpeg": walkJPEG,
	"image/png":  walkPNG,
	"image/webp": walkWebP,
	"image/heic": walkHEIF,
	"image/heif": walkHEIF,
}

// sniff names the content type by the first bytes.
func sniff(r io.ReaderAt, size int64) (string, error) {
	head := make([]byte, min(size, 3072))
	if _, err := r.ReadAt(head, 0); err != nil && !errors.Is(err, io.EOF) {
		return "", damaged(err)
	}
	return mimetype.Detect(head).String(), nil
}

func bounds(p image.Point) error {
	if p.X < 1 || p.Y < 1 {
		return damaged(errors.New("a picture without pixels"))
	}
	if p.X > MaxSide || p.Y > MaxSide || int64(p.X)*int64(p.Y) > MaxPixels {
		return refuse("The photo has %d x %d pixels. At most %d on a side and %d million in all can be taken: "+
			"please send a smaller one.", p.X, p.Y, MaxSide, MaxPixels/1_000_000)
	}
	return nil
}

// configured asks a decoder for the size, from the beginning of the file.
func configured(file *io.SectionReader, decode func(io.Reader) (image.Config, error)) (image.Point, error) {
	config, err := decode(bufio.NewReader(io.NewSectionReader(file, 0, file.Size())))
	if err != nil {
		return image.Point{}, damaged(err)
	}
	return image.Pt(config.Width, config.Height), nil
}

func walkJPEG(file *io.SectionReader) (image.Point, error) {
	if err := throughJPEG(from(file)); err != nil {
		return image.Point{}, err
	}
	return configured(file, jpeg.DecodeConfig)
}

func walkPNG(file *io.SectionReader) (image.Point, error) {
	if err := throughPNG(from(file)); err != nil {
		return image.Point{}, err
	}
	return configured(file, png.DecodeConfig)
}

func refuse(format string, args ...any) *fault.Error {
	return fault.Bad(fault.CodePhoto, "", format, args...)
}

func damaged(err error) *fault.Error {
	return refuse("The photo is damaged or did not arrive whole. Please send it again.").Because(err)
}

func attached() *fault.Error {
	return refuse("The photo has other data attached to it. Please send a plain copy; a screenshot of it will do.")
}

func moving() *fault.Error {
	return refuse("A moving picture cannot be taken. Please send a still photo.")
}

func notTaken(kind string) *fault.Error {
	switch kind {
	case "image/gif", "image/apng", "image/heic-sequence", "image/heif-sequence", "video/mp4", "video/quicktime":
		return moving()
	}
	return refuse("This is not a photo that can be taken. Please send a JPEG, PNG, WebP or HEIC picture.").
		Because(errors.New("content is " + kind))
}
