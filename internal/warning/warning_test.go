package warning

import (
	"fmt"
	"slices"
	"testing"
)

func TestSummariesHaveALinePerKind(t *testing.T) {
	noisy := func(n int) (all []Warning) {
		for i := range n {
			all = append(all, Warning{Code: "noisy", Subject: fmt.Sprint("net", i), Message: "it spreads", Remedy: "repeat"})
		}
		return all
	}
	load := Warning{Code: "load", Message: "others run", Remedy: "stop them"}
	for _, c := range []struct {
		all  []Warning
		want []string
	}{
		{nil, []string{}},
		{noisy(1), []string{"net0: it spreads; repeat"}},
		{noisy(2), []string{"net0: it spreads (and 1 more of this kind: net1); repeat"}},
		{append(noisy(38), load, load), []string{
			"net0: it spreads (and 37 more of this kind: net1; net2; net3; …); repeat",
			"others run (and 1 more of this kind); stop them"}},
	} {
		if got := Summary(c.all); !slices.Equal(got, c.want) {
			t.Errorf("%d warnings: %q, want %q", len(c.all), got, c.want)
		}
	}
}
