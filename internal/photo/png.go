package photo

import "encoding/binary"

// memoryPNG is how many bytes a picture of so many pixels takes while it is decoded, and turned, by the header's bit depth,
// kind of colour and interlacing. What is not gray or four bytes a pixel becomes that.
func memoryPNG(pixels int64, depth, colour, interlaced byte) int64 {
	each, more := int64(4), int64(4)
	switch gray := colour == 0; {
	case gray && depth < 16:
		more = 8 // some of it may be transparent
	case depth == 16:
		each = 8
	}
	if interlaced != 0 {
		each *= 2 // the passes are pictures of their own
	}
	return pixels * (each + more)
}

// leastPNG is how many bytes a picture of so many pixels has at least: deflate makes of one byte 1,032 at most.
func leastPNG(pixels int64, depth, colour byte) int64 {
	channels := int64(1)
	switch colour {
	case 2:
		channels = 3
	case 4:
		channels = 2
	case 6:
		channels = 4
	}
	return pixels * channels * int64(depth) / 8 / 1032
}

// throughPNG walks a PNG chunk by chunk, from IHDR to IEND, which must end the file.
func throughPNG(c *cursor) error {
	if err := c.skip(8); err != nil { // the signature, by which the content type was told
		return err
	}
	for first := true; ; first = false {
		head, err := c.take(8)
		if err != nil {
			return err
		}
		size, name := int64(binary.BigEndian.Uint32(head)), string(head[4:])
		if first != (name == "IHDR") || !fourLetters(name) {
			return damaged(errStructure)
		}
		if name == "acTL" {
			return moving()
		}
		if err := c.skip(size + 4); err != nil { // the data and their checksum
			return err
		}
		if name != "IEND" {
			continue
		}
		if size != 0 {
			return damaged(errStructure)
		}
		if c.left > 0 {
			return attached()
		}
		return nil
	}
}

func fourLetters(name string) bool {
	for _, c := range []byte(name) {
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') {
			return false
		}
	}
	return len(name) == 4
}
