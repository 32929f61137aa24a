package photo

import (
	"bufio"
	"errors"
	"image"
	"image/jpeg"
	"image/png"
	"io"

	"github.com/bep/imagemeta"
	"github.com/gabriel-vasile/mimetype"
	"golang.org/x/image/webp"

	"github.com/vysero/returns/internal/fault"
)

// Check proves that the size bytes of r are one still picture of a kind that is taken, within the bounds, and nothing
// else. SHA256 is left empty. Its errors are PHOTO_REFUSED, also where r cannot be read, and PHOTO_HEIC.
//
// Each kind is walked by its own structure to its end marker, which must be the end of the file; only a JPEG may go
// on, with what phones put there. Pixels are not decoded: the size is told by DecodeConfig. A file that hides other data
// inside of the structure, in a comment say, is a picture all the same: they are gone once it is encoded anew.
func Check(r io.ReaderAt, size int64) (Meta, error) {
	meta, _, err := examine(r, size)
	return meta, err
}

// examine is Check, and tells how many bytes of memory the pixels will take at most.
func examine(r io.ReaderAt, size int64) (Meta, int64, error) {
	if size == 0 {
		return Meta{}, 0, refuse("The file is empty. Please send a photo.")
	}
	if size < 0 || size > MaxBytes {
		return Meta{}, 0, refuse("The photo is larger than %d MB. Please send a smaller one.", MaxBytes>>20)
	}
	name, err := sniff(r, size)
	if err != nil {
		return Meta{}, 0, err
	}
	kind, taken := kinds[name]
	if !taken {
		return Meta{}, 0, notTaken(name)
	}
	found, err := kind.walk(io.NewSectionReader(r, 0, size))
	if err != nil {
		return Meta{}, 0, err
	}
	if err := found.bounds(); err != nil {
		return Meta{}, 0, err
	}
	if size < found.least {
		return Meta{}, 0, damaged(errors.New("the file is too short for its pixels"))
	}
	return Meta{ContentType: name, Bytes: size, Width: found.X, Height: found.Y}, found.memory, nil
}

// look is what a walk through a file has found.
type look struct {
	image.Point

	memory int64 // bytes that the pixels take at most while they are decoded and turned
	least  int64 // bytes that a file must have to hold so many pixels, however simple they are
}

// kind is a content type that is taken. walk goes through a file to its end and gives its size in pixels; it bounds
// the size itself before it reads anything whose cost grows with it.
type kind struct {
	walk   func(*io.SectionReader) (look, error)
	decode func(io.Reader) (image.Image, error)
	notes  imagemeta.ImageFormat
}

var kinds = map[string]kind{
	"image/jpeg": {walkJPEG, jpeg.Decode, imagemeta.JPEG},
	"image/png":  {walkPNG, png.Decode, imagemeta.PNG},
	"image/webp": {walkWebP, webp.Decode, imagemeta.WebP},
}

// Taken tells whether pictures of the content type are taken, by what a client calls it; PHOTO_HEIC and PHOTO_REFUSED say
// why not.
func Taken(contentType string) error {
	if _, taken := kinds[contentType]; !taken {
		return notTaken(contentType)
	}
	return nil
}

// sniff names the content type by the first bytes.
func sniff(r io.ReaderAt, size int64) (string, error) {
	head := make([]byte, min(size, 3072))
	if _, err := r.ReadAt(head, 0); err != nil && !errors.Is(err, io.EOF) {
		return "", damaged(err)
	}
	return mimetype.Detect(head).String(), nil
}

func (l look) bounds() error {
	if l.X < 1 || l.Y < 1 {
		return damaged(errors.New("a picture without pixels"))
	}
	if l.X > MaxSide || l.Y > MaxSide || int64(l.X)*int64(l.Y) > MaxPixels {
		return refuse("The photo has %d x %d pixels. At most %d on a side and %d million in all can be taken: "+
			"please send a smaller one.", l.X, l.Y, MaxSide, MaxPixels/1_000_000)
	}
	if l.memory > MaxMemory {
		return refuse("A photo of this kind with %d x %d pixels is too large to be worked on: please send a smaller one, "+
			"or a plain JPEG.", l.X, l.Y)
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

func walkJPEG(file *io.SectionReader) (look, error) {
	found, err := throughJPEG(from(file))
	if err != nil {
		return look{}, err
	}
	size, err := configured(file, jpeg.DecodeConfig)
	pixels := int64(size.X) * int64(size.Y)
	return look{size, found.memory(pixels), pixels / (64 * 8)}, err // a bit for each block
}

func walkPNG(file *io.SectionReader) (look, error) {
	if err := throughPNG(from(file)); err != nil {
		return look{}, err
	}
	size, err := configured(file, png.DecodeConfig)
	if err != nil {
		return look{}, err
	}
	head := make([]byte, 29) // the signature and most of IHDR, which were walked through
	if _, err := file.ReadAt(head, 0); err != nil {
		return look{}, damaged(err)
	}
	pixels := int64(size.X) * int64(size.Y)
	return look{size, memoryPNG(pixels, head[24], head[25], head[28]), leastPNG(pixels, head[24], head[25])}, nil
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
	case "image/heic", "image/heif":
		return fault.Bad(fault.CodeHEIC, "", "HEIC pictures cannot be taken. Please send the photo as JPEG: a phone makes "+
			"one of it where it is told that JPEG is wanted.")
	}
	return refuse("This is not a photo that can be taken. Please send a JPEG, PNG or WebP picture.").
		Because(errors.New("content is " + kind))
}
