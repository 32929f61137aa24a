package photo

import (
	"bytes"
	"encoding/binary"
)

// behindJPEG looks at what follows the end of a picture. Phones put things of their own there, which go away when the
// picture is encoded anew: zeros, further pictures that the first one announces, Samsung's notes and a film of the moment.
// Anything else makes it two files in one, and refuses it.
func behindJPEG(c *cursor, several bool) error {
	for {
		if err := c.zeros(); err != nil {
			return err
		}
		if c.left == 0 {
			return nil
		}
		head, _ := c.r.Peek(5) // fewer bytes are none of these
		switch {
		case several && bytes.HasPrefix(head, []byte{0xFF, markSOI, 0xFF}):
			if _, err := onePicture(c); err != nil {
				return err
			}
		case len(head) == 5 && bytes.Equal(head[1:], []byte("ftyp")):
			return film(c, int64(head[0]))
		default:
			return samsung(c)
		}
	}
}

// samsung passes a trailer that ends with Samsung's directory: "SEFH", entries, its length, "SEFT".
func samsung(c *cursor) error {
	const most = 64 // of which the directory is read; a phone writes fewer entries
	if err := c.skip(max(0, c.left-most*12-20)); err != nil {
		return err
	}
	end, err := c.take(int(c.left))
	if err != nil {
		return err
	}
	body, sealed := bytes.CutSuffix(end, []byte("SEFT"))
	if !sealed || len(body) < 4 {
		return attached()
	}
	size, at := int(binary.LittleEndian.Uint32(body[len(body)-4:])), len(body)-4
	if size < 12 || size > at || !bytes.HasPrefix(body[at-size:], []byte("SEFH")) {
		return attached()
	}
	return nil
}

// film passes the boxes of a film (ISO/IEC 14496-12), which must fill the rest of the file to the last byte. The first box
// is so long, and of its length the last byte is next: those before it are zeros, and were passed as such.
func film(c *cursor, first int64) error {
	for size := first - 3; ; {
		if size < 5 || size > c.left {
			return attached()
		}
		if err := c.skip(size); err != nil {
			return err
		}
		if c.left == 0 {
			return nil
		}
		head, err := c.r.Peek(8)
		if err != nil || !fourLetters(string(head[4:])) {
			return attached()
		}
		size = int64(binary.BigEndian.Uint32(head))
	}
}
