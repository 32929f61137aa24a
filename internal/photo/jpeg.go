package photo

import (
	"bytes"
	"encoding/binary"
)

// Markers of ISO/IEC 10918-1, table B.1, the byte after 0xFF.
const (
	markSOI  = 0xD8 // start of image
	markEOI  = 0xD9 // end of image
	markSOS  = 0xDA // start of scan, compressed data follow
	markAPP2 = 0xE2
	markSOF  = 0xC0 // start of frame, in 13 variants up to 0xCF
	markDHT  = 0xC4 // not a frame
	markJPG  = 0xC8 // not a frame
	markDAC  = 0xCC // not a frame
	markTEM  = 0x01 // stands alone
	markRST  = 0xD0 // restart, 8 of them, inside of compressed data
)

// throughJPEG walks one JPEG to its end of image. Behind it only zeros may come, or, where the first one announces
// them in an MPF segment (CIPA DC-007: gain maps, previews), more whole JPEGs.
func throughJPEG(c *cursor) error {
	several, err := onePicture(c)
	if err != nil {
		return err
	}
	for {
		if err := c.zeros(); err != nil {
			return err
		}
		if c.left == 0 {
			return nil
		}
		if head, err := c.r.Peek(3); !several || err != nil || !bytes.Equal(head, []byte{0xFF, markSOI, 0xFF}) {
			return attached()
		}
		if _, err := onePicture(c); err != nil {
			return err
		}
	}
}

// onePicture walks from start to end of image. It tells whether the picture announces others.
func onePicture(c *cursor) (several bool, err error) {
	start, err := c.take(2)
	if err != nil {
		return false, err
	}
	if start[0] != 0xFF || start[1] != markSOI {
		return false, damaged(errStructure)
	}
	frames, scans := 0, 0
	mark, err := marker(c)
	for ; err == nil && mark != markEOI; mark, err = next(c, mark) {
		head, err := segment(c, mark)
		if err != nil {
			return false, err
		}
		switch {
		case mark == markAPP2 && bytes.HasPrefix(head, []byte("MPF\x00")):
			several = true
		case mark == markSOS:
			scans++
		case isFrame(mark):
			frames++
		}
		if scans > 0 && frames == 0 || frames > 1 {
			return false, damaged(errStructure)
		}
	}
	if err != nil {
		return false, err
	}
	if frames != 1 || scans == 0 {
		return false, damaged(errStructure)
	}
	return several, nil
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

// segment passes a marker's segment and gives its first bytes, four at most.
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
	head, err := c.take(min(left, 4))
	if err != nil {
		return nil, err
	}
	return head, c.skip(int64(left - len(head)))
}
