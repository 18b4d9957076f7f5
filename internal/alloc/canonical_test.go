package alloc_test

import (
	"slices"
	"testing"

	"tnbench/internal/alloc"
)

func TestSpellingsOfOneStrategyAreOne(t *testing.T) {
	for want, spellings := range map[string][]string{
		"slab:small=64,huge":               {"slab:huge,small=64", "slab:small=64,huge", "slab:small=064,huge"},
		"inline":                           {"inline:32", "inline=32", "inline:elements=32", "inline:base=exactpool", "inline:32,base=exactpool"},
		"inline:elements=8,base=slab:huge": {"inline:8,base=slab:huge", "inline=8,base=slab:huge"},
		"mmap":                             {"mmap:over=128KiB", "mmap:over=131072", "mmap"},
		"mmap:over=4096":                   {"mmap:over=4KiB", "mmap:over=4096"},
		"bestfit:keep,waste=2":             {"bestfit:waste=2,keep", "bestfit:keep,waste=2.0", "bestfit:keep,waste=2e0"},
		"no such":                          {"no such"},
	} {
		for _, s := range spellings {
			if got := alloc.Canonical(s); got != want {
				t.Errorf("Canonical(%q) = %q, want %q", s, got, want)
			}
		}
		if want == "no such" {
			continue
		}
		twice, err := alloc.Expand("make," + spellings[0] + "," + spellings[len(spellings)-1])
		if err != nil || !slices.Equal(twice, []string{"make", spellings[0], spellings[len(spellings)-1]}) {
			t.Errorf("%q twice stands for %q, %v", spellings[0], twice, err)
		}
		if err := alloc.Check(alloc.Canonical(want)); err != nil {
			t.Errorf("%q can't be read: %v", want, err)
		}
	}
}
