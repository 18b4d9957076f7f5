package await

import (
	"context"
	"errors"
	"testing"
)

func TestWorkThatComesBackIsWaitedFor(t *testing.T) {
	v, err := Value(context.Background(), func() (int, error) { return 7, nil })
	if v != 7 || err != nil {
		t.Errorf("got %d, %v; want 7", v, err)
	}
	failure := errors.New("no")
	if err := Done(context.Background(), func() error { return failure }); err != failure {
		t.Errorf("got %v, want %v", err, failure)
	}
}

func TestWorkInTimeOfGraceIsKept(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	v, err := Value(ctx, func() (int, error) { cancel(); <-ctx.Done(); return 7, nil })
	if v != 7 || err != nil {
		t.Errorf("got %d, %v; want 7", v, err)
	}
}

func TestWorkThatIsStuckIsLeft(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	forever := make(chan int)
	defer close(forever)
	_, err := Value(ctx, func() (int, error) { cancel(); return <-forever, nil })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
	if _, err := Value(ctx, func() (int, error) { t.Error("began after the end"); return 0, nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
}
