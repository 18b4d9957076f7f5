package source

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
)

// mostBlank bounds a run of white space. Indented files have runs of some hundred
// bytes; what is blank for longer is no document, and need not be read to its end.
const mostBlank = 1 << 20

// reader yields the text of a source after its byte-order mark, and an error
// instead of what is no text or too much of it.
type reader struct {
	ctx   context.Context
	in    *bufio.Reader
	limit Limit
	read  int64 // bytes
	blank int   // bytes of white space before the next one
	begun bool
}

func newReader(ctx context.Context, r io.Reader, limit Limit) *reader {
	return &reader{ctx: ctx, in: bufio.NewReaderSize(r, 64<<10), limit: limit}
}

// Read implements io.Reader.
func (r *reader) Read(p []byte) (int, error) {
	if !r.begun {
		r.begun = true
		if err := r.begin(); err != nil {
			return 0, err
		}
	}
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := r.in.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = plain(err)
	}
	if problem := r.check(p[:n]); problem != nil {
		return 0, problem
	}
	return n, err
}

// check looks at the next bytes of the source.
func (r *reader) check(p []byte) error {
	if at := bytes.IndexByte(p, 0); at >= 0 {
		return fmt.Errorf("byte %d is zero, so this is no text in UTF-8; name a text file, or save it as UTF-8", r.read+int64(at))
	}
	r.read += int64(len(p))
	if r.read > r.limit.bytes() {
		return r.limit.exceeded("longer")
	}
	text := bytes.TrimRight(p, " \t\r\n")
	if len(text) > 0 {
		r.blank = 0
	}
	if r.blank += len(p) - len(text); r.blank > mostBlank {
		return fmt.Errorf("more than %s of white space in a row; name the right file, or remove it", sizeText(mostBlank))
	}
	return nil
}

// formats are what the first bytes of a source tell that is no UTF-8.
var formats = []struct{ start, problem string }{
	{"\xff\xfe\x00\x00", inUTF + "32"}, {"\x00\x00\xfe\xff", inUTF + "32"}, // before UTF-16, which begins alike
	{"\xff\xfe", inUTF + "16"}, {"\xfe\xff", inUTF + "16"},
	{"\x1f\x8b", "is compressed (gzip); unpack it first, with gzip -d"},
	{"\x28\xb5\x2f\xfd", "is compressed (Zstandard); unpack it first, with zstd -d"},
	{"\xfd7zXZ\x00", "is compressed (xz); unpack it first, with xz -d"},
	{"BZh", "is compressed (bzip2); unpack it first, with bzip2 -d"},
	{"PK\x03\x04", "is a ZIP archive; unpack it first, with unzip"},
}

const inUTF = "the text is not UTF-8; save it as UTF-8: it is UTF-"

// begin steps over a byte-order mark and refuses other formats.
func (r *reader) begin() error {
	const mark = "\ufeff"
	start, _ := r.in.Peek(len("\xfd7zXZ\x00")) // its error comes again with the next read
	for _, f := range formats {
		if bytes.HasPrefix(start, []byte(f.start)) {
			return errors.New(f.problem)
		}
	}
	if bytes.HasPrefix(start, []byte(mark)) {
		r.in.Discard(len(mark)) // it is there
	}
	return nil
}
