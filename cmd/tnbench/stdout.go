package main

import (
	"errors"
	"io"
	"syscall"
)

// stdout is standard output that remembers what went wrong: whatever a command,
// a table or a help text makes of an error, none is lost.
type stdout struct {
	w   io.Writer
	err error // the first one
}

// Write implements io.Writer. After an error nothing more is written.
func (s *stdout) Write(p []byte) (n int, err error) {
	if s.err != nil {
		return 0, s.err
	}
	if n, err = s.w.Write(p); err != nil {
		s.err = &stdoutError{err}
	}
	return n, s.err
}

// stdoutError is an error of standard output, which is told in the end, once.
type stdoutError struct{ error }

func (e *stdoutError) Unwrap() error { return e.error }

// closed reports whether whoever read standard output has gone, as head does when
// it has enough.
func (s *stdout) closed() bool {
	return errors.Is(s.err, syscall.EPIPE) || errors.Is(s.err, io.ErrClosedPipe) || isClosedPipe(s.err)
}
