package alloc_test

import (
	"strings"
	"sync"
	"testing"

	"tnbench/internal/alloc"
	"tnbench/internal/alloc/alloctest"
)

func TestSharedFrontEndsKeepTheContract(t *testing.T) {
	for _, spec := range shareable(t) {
		t.Run(spec, func(t *testing.T) {
			shared, err := alloc.NewShared(spec)
			if err != nil {
				t.Fatal(err)
			}
			alloctest.Run(t, shared.Join)
			if err := shared.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

// Contractions on one strategy at once write patterns into their buffers, so
// that a buffer given to two of them is found, by the race detector too.
func TestSharedStrategiesServeContractionsAtOnce(t *testing.T) {
	for _, spec := range shareable(t) {
		t.Run(spec, func(t *testing.T) {
			shared, err := alloc.NewShared(spec)
			if err != nil {
				t.Fatal(err)
			}
			var streams sync.WaitGroup
			for i := range 4 {
				streams.Go(func() {
					if err := alloctest.Drive(shared.Join(), alloctest.Example(uint64(i), 80), 5); err != nil {
						t.Errorf("stream %d: %v", i, err)
					}
				})
			}
			streams.Wait()
			if err := shared.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

// shareable returns the specs that can run here and be shared.
func shareable(t *testing.T) []string {
	var specs []string
	for _, spec := range runnable(t) {
		shared, err := alloc.NewShared(spec)
		switch {
		case err == nil:
			specs = append(specs, spec)
			if err := shared.Close(); err != nil {
				t.Error(err)
			}
		case !strings.Contains(err.Error(), "can't be shared"):
			t.Error(err)
		}
	}
	return specs
}

func TestSharingIsWhereItMakesSense(t *testing.T) {
	for spec, want := range map[string]alloc.Sharing{
		"make": alloc.Concurrent, "syncpool": alloc.Concurrent, "mmap": alloc.Concurrent,
		"slab": alloc.Locked, "slab:small=8": alloc.Locked, "exactpool:keep": alloc.Locked, "bestfit:keep,waste=2": alloc.Locked,
		"exactpool": alloc.Private, "bestfit": alloc.Private, "arena": alloc.Private, "planned": alloc.Private,
		"inline": alloc.Private, "inline:8,base=exactpool:keep": alloc.Private,
	} {
		got := alloc.Private
		if shared, err := alloc.NewShared(spec); err == nil {
			got = shared.Sharing()
		}
		if got != want {
			t.Errorf("%s is %v, want %v", spec, got, want)
		}
	}
}
