// Package source reads what users name: files, pipes, devices, standard input. It
// bounds how much is read, refuses what is no text at its first bytes, and gives
// up a wait when the context ends. It refuses to know what the text means.
package source

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// DefaultLimit is how much is read of one source. The largest instances have a
// million tensors, which take up to 400 bytes each where every number has a line of
// its own; an allocation log of 512 MiB has some ten million events.
const DefaultLimit = 512 << 20

// Limit bounds how many bytes are read of one source.
type Limit struct {
	Bytes  int64  // 0 stands for DefaultLimit
	Reason string // what set it, for messages: "an eighth of …"; may be empty
}

func (l Limit) bytes() int64 {
	if l.Bytes > 0 {
		return l.Bytes
	}
	return DefaultLimit
}

// exceeded is the error of a source of more than the limit.
func (l Limit) exceeded(size string) error {
	text := size + " than the " + sizeText(l.bytes()) + " that are read of one file"
	remedy := "name the right file, or a smaller one"
	if l.Reason != "" {
		text += ", " + l.Reason
		remedy += ", or give the process more memory"
	}
	return errors.New(text + "; " + remedy)
}

// sizeText writes a size in the largest unit of which it is a multiple.
func sizeText(bytes int64) string {
	units := [...]string{"B", "KiB", "MiB", "GiB"}
	u := 0
	for bytes%1024 == 0 && u < len(units)-1 {
		bytes, u = bytes/1024, u+1
	}
	return fmt.Sprintf("%d %s", bytes, units[u])
}

// Read opens a file of any kind and returns what parse makes of its text. It
// returns the context's error as soon as that ends, whatever it waits for: a
// writer of a pipe, a terminal, a disk. What parse is given then yields that error
// too, so that it ends soon afterwards. Errors don't name the file.
func Read[T any](ctx context.Context, name string, limit Limit, parse func(io.Reader) (T, error)) (T, error) {
	return await(ctx, func() (result T, err error) {
		f, err := os.Open(name) // waits for the writer of a pipe
		if err != nil {
			return result, plain(err)
		}
		defer f.Close()
		info, err := f.Stat()
		switch {
		case err != nil:
			return result, plain(err)
		case info.IsDir():
			return result, errors.New("is a directory; name a file")
		case info.Size() > limit.bytes():
			return result, limit.exceeded("larger")
		}
		return parse(newReader(ctx, f, limit))
	})
}

// ReadFrom does the same with a reader that is open, such as standard input. It
// may still read from r after the context has ended.
func ReadFrom[T any](ctx context.Context, r io.Reader, limit Limit, parse func(io.Reader) (T, error)) (T, error) {
	return await(ctx, func() (T, error) { return parse(newReader(ctx, r, limit)) })
}

// plain returns what went wrong with a file, without its name.
func plain(err error) error {
	var at *fs.PathError
	if errors.As(err, &at) {
		return at.Err
	}
	return err
}

// await calls work on a goroutine of its own and returns its results, or the
// context's error if that comes first: the goroutine is left alone then.
func await[T any](ctx context.Context, work func() (T, error)) (T, error) {
	type outcome struct {
		result T
		err    error
	}
	done := make(chan outcome, 1)
	go func() {
		result, err := work()
		done <- outcome{result, err}
	}()
	select {
	case o := <-done:
		return o.result, o.err
	case <-ctx.Done():
		var none T
		return none, ctx.Err()
	}
}
