package photo

import (
	"encoding/binary"
	"errors"
	"image"
	"io"
	"iter"
)

// maxMeta bounds the description of a HEIF picture, which is read whole: 1 MiB. A phone writes some 4 KiB.
const maxMeta = 1 << 20

// walkHEIF walks the boxes of a HEIF file (ISO/IEC 14496-12 and 23008-12), which must fill it to the last byte, and
// gives the largest size that its description names: the picture that its tiles make up.
func walkHEIF(file *io.SectionReader) (image.Point, error) {
	var shape image.Point
	c := from(file)
	for first := true; c.left > 0; first = false {
		name, size, err := box(c)
		switch {
		case err != nil && shape != image.Point{}:
			return image.Point{}, attached()
		case err != nil:
			return image.Point{}, err
		case first != (name == "ftyp"), name == "meta" && shape != image.Point{}:
			return image.Point{}, damaged(errStructure)
		case name == "moov" || name == "moof":
			return image.Point{}, moving()
		case name == "ftyp":
			err = hevc(c, size)
		case name == "meta":
			shape, err = described(c, size)
		default:
			err = c.skip(size)
		}
		if err != nil {
			return image.Point{}, err
		}
	}
	return shape, nil
}

// box reads a box's header and gives its name and how many bytes follow. A box "to the end of the file" is refused:
// nothing could be told from what is attached.
func box(c *cursor) (string, int64, error) {
	head, err := c.take(8)
	if err != nil {
		return "", 0, err
	}
	size, name := int64(binary.BigEndian.Uint32(head))-8, string(head[4:])
	if size == 1-8 {
		long, err := c.take(8)
		if err != nil {
			return "", 0, err
		}
		size = int64(binary.BigEndian.Uint64(long)&(1<<62-1)) - 16
	}
	if size < 0 || size > c.left {
		return "", 0, damaged(errStructure)
	}
	return name, size, nil
}

// hevc reads ftyp and refuses files of the same family that are not coded as HEIC is, AVIF for one.
func hevc(c *cursor, size int64) error {
	brands, err := c.take(int(min(size, maxMeta)))
	if err != nil || size > maxMeta {
		return damaged(errStructure)
	}
	for at := 0; at+4 <= len(brands); at += 4 {
		if at == 4 { // the minor version
			continue
		}
		switch string(brands[at : at+4]) {
		case "heic", "heix", "heim", "heis":
			return nil
		}
	}
	return notTaken("image/heif without a HEVC brand")
}

// described reads meta, finds iprp > ipco > ispe in it and gives the largest of them by area.
func described(c *cursor, size int64) (image.Point, error) {
	meta, err := c.take(int(min(size, maxMeta)))
	if err != nil || size > maxMeta || size < 4 {
		return image.Point{}, damaged(errStructure)
	}
	var largest image.Point
	for properties := range boxes("iprp", meta[4:]) { // behind version and flags
		for container := range boxes("ipco", properties) {
			for content := range boxes("ispe", container) {
				if p := extents(content); int64(p.X)*int64(p.Y) > int64(largest.X)*int64(largest.Y) {
					largest = p
				}
			}
		}
	}
	if largest == (image.Point{}) {
		return image.Point{}, damaged(errors.New("no size is given"))
	}
	return largest, nil
}

// extents reads an ispe box. Sides beyond 2^31 are cut to that, which is too large all the same.
func extents(ispe []byte) image.Point {
	if len(ispe) < 12 {
		return image.Point{}
	}
	side := func(at int) int { return int(min(binary.BigEndian.Uint32(ispe[at:]), 1<<31-1)) }
	return image.Pt(side(4), side(8))
}

// boxes gives the contents of the boxes of one name, and stops where they stop making sense. Boxes inside of a
// description have short headers.
func boxes(name string, p []byte) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		for len(p) >= 8 {
			size := int64(binary.BigEndian.Uint32(p))
			if size < 8 || size > int64(len(p)) {
				return
			}
			if string(p[4:8]) == name && !yield(p[8:size]) {
				return
			}
			p = p[size:]
		}
	}
}
