package traffic

import (
	"bufio"
	"io"
	"strconv"
	"unsafe"

	"tnbench/internal/alloc"
)

// Tracing wraps a strategy and writes its traffic as an allocation log, see
// [Log] for the format.
type Tracing struct {
	inner    alloc.Strategy
	requests []alloc.Request
	out      *bufio.Writer // keeps the first error
	line     []byte
}

// NewTracing wraps inner, which must not be prepared yet, and writes to w. The
// log is complete after Flush or Close.
func NewTracing(inner alloc.Strategy, w io.Writer) *Tracing {
	return &Tracing{inner: inner, out: bufio.NewWriter(w)}
}

// Unwrap returns the wrapped strategy.
func (t *Tracing) Unwrap() alloc.Strategy { return t.inner }

// Prepare implements Strategy.
func (t *Tracing) Prepare(requests []alloc.Request) error {
	t.requests = requests
	return t.inner.Prepare(requests)
}

// Alloc implements Strategy. A failure is not logged: the program ends there.
func (t *Tracing) Alloc(id int) unsafe.Pointer {
	p := t.inner.Alloc(id)
	if p != nil {
		t.write(t.requests[id].First, id, "alloc")
	}
	return p
}

// Free implements Strategy.
func (t *Tracing) Free(id int, p unsafe.Pointer) {
	t.write(t.requests[id].Last, id, "free")
	t.inner.Free(id, p)
}

// write appends a line. The step is the one announced: strategies aren't told
// where the contraction is.
func (t *Tracing) write(step int32, id int, op string) {
	b := append(t.line[:0], `{"step":`...)
	b = strconv.AppendInt(b, int64(step), 10)
	b = append(b, `,"id":`...)
	b = strconv.AppendInt(b, int64(id), 10)
	b = append(b, `,"bytes":`...)
	b = strconv.AppendInt(b, int64(t.requests[id].Bytes), 10)
	b = append(b, `,"op":"`...)
	b = append(append(b, op...), "\"}\n"...)
	t.line = b
	t.out.Write(b) // its error stays with the writer until Flush
}

// Reset implements Strategy.
func (t *Tracing) Reset() {
	t.out.WriteString("{\"op\":\"reset\"}\n")
	t.inner.Reset()
}

// Flush writes what is buffered and returns the first error of all writes.
func (t *Tracing) Flush() error { return t.out.Flush() }

// Close implements Strategy. Its error may be that of a write.
func (t *Tracing) Close() error {
	err := t.Flush()
	if closeErr := t.inner.Close(); closeErr != nil {
		return closeErr
	}
	return err
}
