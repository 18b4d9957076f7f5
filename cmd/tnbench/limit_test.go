package main

import (
	"strings"
	"testing"

	"tnbench/internal/bench"
)

func TestWhatNeedsNearlyAllMemoryIsTold(t *testing.T) {
	l := memoryLimit{all: 1000 << 20, bound: "cgroup limit of /sys/fs/cgroup"}
	for need, want := range map[int]bool{100 << 20: false, 700 << 20: false, 760 << 20: true, 1200 << 20: true} {
		got := l.near("net, opt_flops", bench.Need{Process: need})
		if (len(got) == 1) != want || want && (got[0].Remedy == "" || !strings.Contains(got[0].Message, "1,000 MiB (cgroup limit") && !strings.Contains(got[0].Message, "cgroup limit")) {
			t.Errorf("%d of 1000 MiB: %v", need>>20, got)
		}
	}
	if got := (&memoryLimit{}).near("net", bench.Need{Process: 1 << 40}); got != nil {
		t.Errorf("where nothing is known: %v", got)
	}
}
