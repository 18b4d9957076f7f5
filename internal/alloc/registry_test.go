package alloc_test

import (
	"slices"
	"strings"
	"testing"

	"tnbench/internal/alloc"
)

func TestSpecErrorsSayWhatThereIs(t *testing.T) {
	for _, c := range []struct{ spec, want string }{
		{"", "there are make, syncpool, arena, slab"},
		{"malock", "unknown strategy \"malock\": did you mean \"malloc\"? There are make, syncpool"},
		{"arena:", "an option is missing"},
		{"arena:small=3", "unknown option \"small\": there are huge"},
		{"arena:huge=1", "takes no value"},
		{"arena:huge,huge", "given twice"},
		{"syncpool:huge", "syncpool takes none"},
		{"slab:small", "needs a value"},
		{"slab:small=", "needs a value"},
		{"slab:small=0", "not a positive number"},
		{"slab:small=-4", "not a positive number"},
		{"slab:small=x", "not a positive number"},
		{"slab:small=99999999999999999999", "not a positive number"},
		{"slab:,", "unknown option \"\""},
		{"slab=64", "options follow a colon: slab:64"},
		{"inline:0", "not a positive number"},
		{"inline:-1", "not a positive number"},
		{"inline:x", "unknown option \"x\""},
		{"inline:32,64", "given twice"},
		{"inline:32,base=nope", "unknown strategy \"nope\""},
		{"inline:32,base=slab:nope", "unknown option \"nope\""},
		{"inline:32,base=inline:8", "can't be nested"},
		{"bestfit:waste=0.5", "not a factor of 1 or more"},
		{"bestfit:waste=NaN", "not a factor of 1 or more"},
		{"mmap:over=0", "not a size"},
		{"mmap:over=4XB", "not a size"},
		{"slab:smal=64", "did you mean \"small\"? There are small=N"},
		{"mmap:over=99999999GiB", "more than"},
	} {
		_, err := alloc.New(c.spec)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("New(%q): error %v, want one with %q", c.spec, err, c.want)
		}
		if check := alloc.Check(c.spec); check == nil || check.Error() != err.Error() {
			t.Errorf("Check(%q): %v, New says %v", c.spec, check, err)
		}
	}
}

func TestExpandSplitsListsAtStrategies(t *testing.T) {
	for list, want := range map[string][]string{
		"make":                            {"make"},
		"make,arena":                      {"make", "arena"},
		"slab:small=64,huge,arena":        {"slab:small=64,huge", "arena"},
		"slab:huge,make:nozero,slab:huge": {"slab:huge", "make:nozero", "slab:huge"},
		"inline=32,base=exactpool,make":   {"inline=32,base=exactpool", "make"},
		"make,inline:8,base=slab:small=4,huge,bestfit:keep,waste=2": {"make", "inline:8,base=slab:small=4,huge", "bestfit:keep,waste=2"},
	} {
		got, err := alloc.Expand(list)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("Expand(%q) = %q, %v, want %q", list, got, err, want)
		}
	}
	for _, list := range []string{"make,what", ",", "arena:huge,small=3", "make,"} {
		if got, err := alloc.Expand(list); err == nil {
			t.Errorf("Expand(%q) = %q, want an error", list, got)
		}
	}
}

func TestOptionsAreNotNamedLikeStrategies(t *testing.T) { // Expand tells them apart by name
	names := alloc.Names()
	for _, info := range alloc.Infos() {
		for _, o := range info.Options {
			if slices.Contains(names, o.Name) {
				t.Errorf("option %s of %s is the name of a strategy", o.Name, info.Name)
			}
		}
	}
}

func TestEverySpecOfTheRegistryIsValid(t *testing.T) {
	for _, spec := range alloc.Completions() {
		if err := alloc.Check(spec); err != nil {
			t.Error(err)
		}
	}
	defaults, err := alloc.Expand("")
	if err != nil || len(defaults) == 0 {
		t.Fatalf("defaults: %q, %v", defaults, err)
	}
	for _, spec := range defaults {
		if err := alloc.Available(spec); err != nil {
			t.Errorf("%s runs by default but can't: %v", spec, err)
		}
	}
	for _, info := range alloc.Infos() {
		if info.Models == "" || info.Keeps == "" || strings.Contains(info.Models+info.Keeps, "\n") {
			t.Errorf("%s: want one line each of what it models and keeps, got %q, %q", info.Name, info.Models, info.Keeps)
		}
	}
}
