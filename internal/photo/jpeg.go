package photo

import (
	"bytes"
	"encoding/binary"
)

// Markers of ISO/IEC 10918-1, table B.1, the byte after 0xFF.
const (
	markSOI   = 0xD8 // start of image
	markEOI   = 0xD9 // end of image
	markSOS   = 0xDA // start of scan, compressed data follow
	markAPP2  = 0xE2
	markAPP14 = 0xEE
	markSOF   = 0xC0 // start of frame, in 13 variants up to 0xCF
	markDHT   = 0xC4 // not a frame
	markJPG   = 0xC8 // not a frame
	markDAC   = 0xCC // not a frame
	markTEM   = 0x01 // stands alone
	markRST   = 0xD0 // restart, 8 of them, inside of compressed data
)

// maxScans is in how many steps a picture may become sharper. Each costs a walk over all of it, however few bytes it has;
// cameras and programs take some ten.
const maxScans = 64

// frame is what a walk through one JPEG has found.
type frame struct {
	start     []byte // of the segment that tells the size: precision, height, width, and each channel's sampling
	gradually bool   // the channels are kept until the last scan ("progressive")
	adobe     bool   // it may be red, green and blue
	several   bool   // it announces other pictures behind it, in an MPF segment (CIPA DC-007: gain maps, previews)
}

// throughJPEG walks one JPEG to its end of image, and what comes behind it.
func throughJPEG(c *cursor) (frame, error) {
	found, err := onePicture(c)
	if err != nil {
		return frame{}, err
	}
	return found, behindJPEG(c, found.several)
}

// memory is how many bytes a picture of so many pixels takes while it is decoded, and turned. A channel has a byte for each
// of its samples; Go's decoder keeps those of a progressive one as 32-bit numbers as well, and makes four bytes for a pixel
// of what is not brightness and colour.
func (f *frame) memory(pixels int64) int64 {
	samples, most, wide := int64(0), int64(1), false
	for at := 6; at+3 <= len(f.start); at += 3 {
		across, down := int64(f.start[at+1]>>4), int64(f.start[at+1]&15)
		samples, most, wide = samples+across*down, max(most, across*down), wide || across > 2
	}
	each := 2 // as it is, and turned
	if f.gradually {
		each += 4
	}
	total := pixels * samples * int64(each) / most
	if channels := (len(f.start) - 6) / 3; f.adobe || wide || channels == 4 {
		total += 8 * pixels
	}
	return total
}

// onePicture walks from start to end of image.
func onePicture(c *cursor) (found frame, err error) {
	start, err := c.take(2)
	if err != nil {
		return found, err
	}
	if start[0] != 0xFF || start[1] != markSOI {
		return found, damaged(errStructure)
	}
	frames, scans := 0, 0
	mark, err := marker(c)
	for ; err == nil && mark != markEOI; mark, err = next(c, mark) {
		head, err := segment(c, mark)
		if err != nil {
			return found, err
		}
		switch {
		case mark == markSOS:
			scans++
		case isFrame(mark):
			frames++
		}
		if scans > 0 && frames == 0 || frames > 1 || scans > maxScans {
			return found, damaged(errStructure)
		}
		found.note(mark, head)
	}
	if err != nil {
		return found, err
	}
	if frames != 1 || scans == 0 {
		return found, damaged(errStructure)
	}
	return found, nil
}

// note keeps what a segment tells of the picture.
func (f *frame) note(mark byte, head []byte) {
	switch {
	case mark == markAPP2 && bytes.HasPrefix(head, []byte("MPF\x00")):
		f.several = true
	case mark == markAPP14:
		f.adobe = true
	case isFrame(mark):
		f.start, f.gradually = head, mark == markSOF+2
	}
}

func isFrame(mark byte) bool {
	return mark >= markSOF && mark <= 0xCF && mark != markDHT && mark != markJPG && mark != markDAC
}

// next finds the marker after a segment; after a scan's header it lies behind the compressed data.
func next(c *cursor, mark byte) (byte, error) {
	if mark == markSOS {
		return afterScan(c)
	}
	return marker(c)
}

// marker reads 0xFF, as often as it comes, and the byte behind it.
func marker(c *cursor) (byte, error) {
	b, err := c.one()
	if err != nil {
		return 0, err
	}
	if b != 0xFF {
		return 0, damaged(errStructure)
	}
	for b == 0xFF && err == nil {
		b, err = c.one()
	}
	return b, err
}

// afterScan passes compressed data, in which 0xFF is followed by zero or a restart, and gives the next marker.
func afterScan(c *cursor) (byte, error) {
	for {
		b, err := c.one()
		if err != nil {
			return 0, err
		}
		if b != 0xFF {
			continue
		}
		for b == 0xFF && err == nil {
			b, err = c.one()
		}
		if err != nil {
			return 0, err
		}
		if b != 0 && (b < markRST || b > markRST+7) {
			return b, nil
		}
	}
}

// segment passes a marker's segment and gives its first bytes, as many as a start of frame with four channels has.
func segment(c *cursor, mark byte) ([]byte, error) {
	if mark == 0 || mark == markTEM || (mark >= markRST && mark <= markSOI) {
		return nil, damaged(errStructure)
	}
	size, err := c.take(2)
	if err != nil {
		return nil, err
	}
	left := int(binary.BigEndian.Uint16(size)) - 2
	if left < 0 {
		return nil, damaged(errStructure)
	}
	head, err := c.take(min(left, 6+4*3))
	if err != nil {
		return nil, err
	}
	return head, c.skip(int64(left - len(head)))
}
