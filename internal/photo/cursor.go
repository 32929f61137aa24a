package photo

import (
	"bufio"
	"errors"
	"io"
)

// cursor reads a file forwards. Its errors are refusals: a file that ends too early is damaged.
type cursor struct {
	r    *bufio.Reader
	left int64
}

func from(file *io.SectionReader) *cursor {
	return &cursor{r: bufio.NewReaderSize(io.NewSectionReader(file, 0, file.Size()), 32<<10), left: file.Size()}
}

// take reads n bytes, which must be few.
func (c *cursor) take(n int) ([]byte, error) {
	if int64(n) > c.left {
		return nil, damaged(io.ErrUnexpectedEOF)
	}
	p := make([]byte, n)
	if _, err := io.ReadFull(c.r, p); err != nil {
		return nil, damaged(err)
	}
	c.left -= int64(n)
	return p, nil
}

// one reads one byte.
func (c *cursor) one() (byte, error) {
	b, err := c.r.ReadByte()
	if err != nil {
		return 0, damaged(err)
	}
	c.left--
	return b, nil
}

// skip passes over n bytes.
func (c *cursor) skip(n int64) error {
	if n < 0 || n > c.left {
		return damaged(io.ErrUnexpectedEOF)
	}
	if _, err := c.r.Discard(int(n)); err != nil {
		return damaged(err)
	}
	c.left -= n
	return nil
}

// zeros passes over zero bytes and stops before the first other one.
func (c *cursor) zeros() error {
	for c.left > 0 {
		next, err := c.r.Peek(1)
		if err != nil {
			return damaged(err)
		}
		if next[0] != 0 {
			return nil
		}
		if err := c.skip(1); err != nil {
			return err
		}
	}
	return nil
}

var errStructure = errors.New("the structure is broken")
