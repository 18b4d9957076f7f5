package suggest

import (
	"slices"
	"strings"
	"testing"
)

func TestClose(t *testing.T) {
	strategies := []string{"make", "syncpool", "arena", "slab", "exactpool", "bestfit", "inline", "mmap", "planned", "malloc", "mimalloc"}
	for _, c := range []struct {
		name string
		want string
	}{
		{"slbb", "slab"},
		{"salb", "slab"}, // two letters exchanged are one mistake
		{"SLAB", "slab"},
		{"aren", "arena"},
		{"arenaa", "arena"},
		{"syncpol", "syncpool"},
		{"plan", "planned"},
		{"pool", "syncpool exactpool"},
		{"mallloc", "malloc"},
		{"nonsense", ""},
		{"", ""},
		{"x", ""},
		{"größe", ""},
	} {
		if got := strings.Join(Close(c.name, strategies), " "); got != c.want {
			t.Errorf("Close(%q) = %q, want %q", c.name, got, c.want)
		}
	}
	if got := Close("cubic_light_416", []string{"cubic_light_415", "matrix_chain_10"}); !slices.Equal(got, []string{"cubic_light_415"}) {
		t.Errorf("got %q", got)
	}
}

func TestUnknownSaysWhatThereIs(t *testing.T) {
	got := Unknown("fill", "onse", []string{"balanced", "ones"}).Error()
	if want := `unknown fill "onse": did you mean "ones"? There are balanced, ones`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
