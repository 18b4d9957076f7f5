package phase

import (
	"flag"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/pprof/profile"
	"pgregory.net/rapid"
)

var fixture = flag.String("fixture", "", "a profile of tnbench profile, to be kept as testdata/make.prof without what is of one machine only")

// realProfile reads what tnbench profile wrote of cubic_light_415 under make.
func realProfile(t *testing.T) *profile.Profile {
	t.Helper()
	file := filepath.Join("testdata", "make.prof")
	if *fixture != "" {
		file = *fixture
	}
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	p, err := profile.Parse(f)
	if err != nil {
		t.Fatal(err)
	}
	if *fixture == "" {
		return p
	}
	for _, f := range p.Function {
		f.Filename = ""
	}
	for _, m := range p.Mapping {
		m.File, m.BuildID = "", ""
	}
	p.Comments, p.DocURL = nil, ""
	out, err := os.Create(filepath.Join("testdata", "make.prof"))
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	if err := p.Compact().Write(out); err != nil {
		t.Fatal(err)
	}
	return p
}

func TestARealProfileIsBrokenDown(t *testing.T) {
	p := realProfile(t)
	b := Break(p)
	total, samples := 0.0, int64(0)
	for _, s := range p.Sample {
		total += float64(s.Value[1])
		samples += s.Value[0]
	}
	sum := 0.0
	for _, at := range All {
		sum += b.Phases[at]
	}
	functions := 0.0
	for _, f := range b.Functions {
		functions += f.Time
	}
	if b.Total != total || b.Samples != samples || math.Abs(sum-total) > 1 || math.Abs(functions-total) > 1 {
		t.Errorf("%v ns in %d samples, phases %v, functions %v; want %v in %d", b.Total, b.Samples, sum, functions, total, samples)
	}
	// A contraction of this network computes and packs most of the time, and plain make
	// clears and has its garbage collected.
	if share := b.Share(Arithmetic) + b.Share(Packing); share < 0.5 {
		t.Errorf("%.1f %% of the time computes and packs: %v", 100*share, b.Phases)
	}
	for _, at := range []Phase{Zeroing, Collector} {
		if b.Phases[at] == 0 {
			t.Errorf("no %s: %v", at, b.Phases)
		}
	}
	if b.Share(Other) > 0.01 {
		for _, s := range p.Sample {
			if stack := names(s); Of(stack) == Other {
				t.Errorf("no phase for %v", stack)
			}
		}
	}
	want := map[string]Phase{
		"tnbench/internal/kernel/vec/amd64.microF64AVX2x4x3": Arithmetic,
		"tnbench/internal/kernel/vec/amd64.packGatherF64":    Packing,
		"runtime.memclrNoHeapPointers":                       Zeroing,
	}
	for _, f := range b.Functions {
		if w, ok := want[f.Name]; ok && f.Phase != w {
			t.Errorf("%s is of %s, want %s", f.Name, f.Phase, w)
		}
		delete(want, f.Name)
	}
	if len(want) > 0 {
		t.Errorf("the profile lacks %v", want)
	}
}

func TestPhasesOfStacks(t *testing.T) {
	for _, c := range []struct {
		want  Phase
		stack []string
	}{
		{Arithmetic, []string{"tnbench/internal/kernel/vec/arm64.microF32NEONx2x2"}},
		{Arithmetic, []string{"tnbench/internal/kernel.(*tiny[go.shape.float64]).Run", "tnbench/internal/contract.(*Executor).Run"}},
		{Arithmetic, []string{"runtime.cgocall", "tnbench/internal/kernel/blas/openblas.(*Call).Multiply"}},
		{Arithmetic, []string{"gonum.org/v1/gonum/internal/asm/f64.AxpyUnitary", "gonum.org/v1/gonum/blas/gonum.dgemmSerialNotNot"}},
		{Packing, []string{"runtime.memmove", "tnbench/internal/kernel/product.(*packer).copy", "tnbench/internal/kernel/product.(*product[go.shape.float64]).Run"}},
		{Packing, []string{"tnbench/internal/kernel/vec/amd64.transposeF64AVX2.abi0"}},
		{Packing, []string{"tnbench/internal/kernel/stream.(*stream).pack", "tnbench/internal/kernel/stream.(*stream).Run"}},
		{Packing, []string{"tnbench/internal/kernel/vec/amd64.scale8xF64AVX2", "tnbench/internal/kernel/stream.(*script).run", "tnbench/internal/kernel/stream.(*stream).pack", "tnbench/internal/kernel/stream.(*stream).Run"}},
		{Zeroing, []string{"runtime.memclrNoHeapPointers", "runtime.mallocgc", "tnbench/internal/alloc.(*makeStrategy).Alloc"}},
		{Allocation, []string{"runtime.mallocgcLarge", "runtime.mallocgc", "runtime.makeslice"}},
		{Allocation, []string{"runtime.(*mheap).alloc", "runtime.systemstack", "runtime.mallocgc"}},
		{Allocation, []string{"tnbench/internal/alloc.(*slab).Free", "tnbench/internal/contract.(*Executor).Run"}},
		{Allocation, []string{"sync.(*Pool).Get", "tnbench/internal/alloc.(*syncPool).Alloc"}},
		{Allocation, []string{"runtime.mapaccess2_fast64", "tnbench/internal/alloc.(*exactPool).Alloc"}},
		{Collector, []string{"runtime.scanobject", "runtime.gcDrain", "runtime.gcBgMarkWorker.func2", "runtime.systemstack"}},
		{Collector, []string{"runtime.markroot", "runtime.gcAssistAlloc1", "runtime.mallocgc", "tnbench/internal/alloc.(*makeStrategy).Alloc"}},
		{Collector, []string{"runtime.madvise", "runtime.sysUnusedOS", "runtime.(*scavengerState).run", "runtime.bgscavenge"}},
		{System, []string{"runtime.madvise", "runtime.sysUsedOS", "runtime.(*mheap).allocSpan"}},
		{System, []string{"internal/runtime/syscall/linux.Syscall6", "syscall.Syscall", "golang.org/x/sys/unix.Munmap", "tnbench/internal/alloc.(*mmapStrategy).Free"}},
		{Scheduling, []string{"runtime.asyncPreempt", "tnbench/internal/kernel/product.packPanel"}},
		{Scheduling, []string{"runtime.findRunnable", "runtime.schedule", "runtime.park_m", "runtime.mcall"}},
		{Executor, []string{"tnbench/internal/contract.(*Executor).Run", "tnbench/internal/bench.(*stream).run"}},
		{Other, []string{"example.com/something.Else", "main.main"}},
		{Other, nil},
	} {
		if got := Of(c.stack); got != c.want {
			t.Errorf("%v: %s, want %s", c.stack, got, c.want)
		}
	}
}

// TestFaultsAreTakenFromSomewhere: the whole stays the whole, and nothing gets negative.
func TestFaultsAreTakenFromSomewhere(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := Breakdown{Phases: map[Phase]float64{}}
		for _, at := range All {
			if at != Faults {
				b.Phases[at] = float64(rapid.IntRange(0, 1000).Draw(t, string(at)))
				b.Total += b.Phases[at]
			}
		}
		before := map[Phase]float64{}
		for at, time := range b.Phases {
			before[at] = time
		}
		share, most := rapid.Float64Range(0, 1).Draw(t, "share"), rapid.Float64Range(0, 2000).Draw(t, "most")
		b.SetSystem(share, most)
		sum := 0.0
		for _, at := range All {
			if sum += b.Phases[at]; b.Phases[at] < -1e-9 {
				t.Fatalf("%s: %v of %v", at, b.Phases[at], before)
			}
		}
		if math.Abs(sum-b.Total) > 1e-6 || b.Phases[Faults] > most || b.Phases[Faults] > 0 && b.Phases[Zeroing] > max(0, before[Zeroing]-b.Phases[Faults])+1e-9 {
			t.Fatalf("system %v, most %v: %v became %v", share, most, before, b.Phases)
		}
	})
	b := Breakdown{Total: 100, Phases: map[Phase]float64{Zeroing: 10, Packing: 30, Arithmetic: 60}}
	if b.SetSystem(0.2, 1000); b.Phases[Faults] != 20 || b.Phases[Zeroing] != 0 || math.Abs(b.Phases[Packing]-30*80.0/90) > 1e-9 {
		t.Errorf("20 of 100 within the system: %v", b.Phases)
	}
	b = Breakdown{Total: 100, Phases: map[Phase]float64{Zeroing: 0, Packing: 30, Arithmetic: 70}}
	if b.SetSystem(0.1, 1); b.Phases[Faults] != 1 || b.Phases[System] != 9 {
		t.Errorf("faults of 1 at most: %v", b.Phases)
	}
}
