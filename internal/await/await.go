// Package await waits for work only as long as a context lasts. It is for what
// cannot be stopped: reading a pipe that nobody writes, a long step, a loop
// without a question in it.
package await

import (
	"context"
	"time"
)

// Grace is how long work may take to come back with what it has, when its context
// has ended.
const Grace = 300 * time.Millisecond

// Value does work in a goroutine of its own and returns what it returns. When ctx
// ends and the grace is over, it returns the context's error and leaves the work
// to itself: what the work changes meanwhile is its own, and it shares no more
// than it returns. The program is expected to end soon.
func Value[T any](ctx context.Context, work func() (T, error)) (T, error) {
	type outcome struct {
		value T
		err   error
	}
	if err := ctx.Err(); err != nil {
		var none T
		return none, err
	}
	done := make(chan outcome, 1)
	go func() {
		value, err := work()
		done <- outcome{value, err}
	}()
	select {
	case o := <-done:
		return o.value, o.err
	case <-ctx.Done():
	}
	select {
	case o := <-done:
		return o.value, o.err
	case <-time.After(Grace):
		var none T
		return none, ctx.Err()
	}
}

// Done is Value for work without a value.
func Done(ctx context.Context, work func() error) error {
	_, err := Value(ctx, func() (struct{}, error) { return struct{}{}, work() })
	return err
}
