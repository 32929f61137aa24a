package orders

import (
	"bufio"
	"bytes"
	"errors"
	"io"
)

// maxLine is the longest line of an import, in bytes, without its end.
const maxLine = 1 << 20

// lines reads a file line by line, in the memory of one line.
type lines struct {
	from   *bufio.Reader
	number int   // of the line that was read last, from 1
	bytes  int64 // read so far, line ends included
	line   []byte
}

func newLines(from io.Reader) *lines { return &lines{from: bufio.NewReaderSize(from, 64<<10)} }

// next reads the next line that is not blank, without its end, and without the mark that some programs put before the
// first one. It is valid until the next call, and nil where the line is longer than maxLine; such a line is read past.
// After the last line the error is io.EOF.
func (l *lines) next() ([]byte, error) {
	for {
		whole, err := l.read()
		if err != nil {
			return nil, err
		}
		if !whole {
			return nil, nil
		}
		text := l.line
		if l.number == 1 {
			text = bytes.TrimPrefix(text, []byte("\ufeff"))
		}
		if text = bytes.TrimSpace(text); len(text) > 0 {
			return text, nil
		}
	}
}

// read reads one line into l.line and tells whether it fitted.
func (l *lines) read() (whole bool, err error) {
	l.line, whole = l.line[:0], true
	begun := false
	for {
		part, err := l.from.ReadSlice('\n')
		l.bytes += int64(len(part))
		begun = begun || len(part) > 0
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) && !errors.Is(err, io.EOF) {
			return false, err
		}
		if whole = whole && len(l.line)+len(bytes.TrimRight(part, "\r\n")) <= maxLine; whole {
			l.line = append(l.line, part...)
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case err != nil && !begun:
			return false, io.EOF
		}
		l.number++
		return whole, nil
	}
}
