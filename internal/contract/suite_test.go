package contract

import (
	"bytes"
	"iter"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
	"time"

	"tnbench/internal/alloc"
	"tnbench/internal/dtype"
	"tnbench/internal/instance"
	"tnbench/internal/kernel"
	"tnbench/internal/kernel/nest"
	"tnbench/internal/kernel/vec"
	"tnbench/internal/kernel/vec/isa"
	"tnbench/internal/path"
	"tnbench/internal/region"
	"tnbench/internal/result"
	"tnbench/internal/source"
)

// suite loads the instances of the public suite, or skips the test.
func suite(t testing.TB) (instances []*instance.Instance, reference *result.Reference) {
	t.Helper()
	dir := os.Getenv("TNBENCH_SUITE")
	if dir == "" {
		t.Skip("TNBENCH_SUITE is not set: it names the folder of the public suite's instances")
	}
	reference, err := result.ReadReference(filepath.Join(dir, "reference", "digests.json"))
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no instances in TNBENCH_SUITE=%s (%v)", dir, err)
	}
	for _, file := range files {
		in, err := instance.Load(t.Context(), file, source.Limit{})
		if err != nil {
			t.Fatal(err)
		}
		instances = append(instances, in)
	}
	return instances, reference
}

// TestSuiteGivesTheReferenceDigests contracts every public instance along every
// path under every strategy, long ones under a share of them each: near the digests of an
// independent program, and with the same bits under all strategies. With -short or -race
// the largest are left out.
func TestSuiteGivesTheReferenceDigests(t *testing.T) {
	instances, reference := suite(t)
	const long, shares = 1e9, 6 // from so many flops on a path has a share of so many; there are more of these paths
	turn := 0
	for _, in := range instances {
		for _, path := range in.Paths {
			t.Run(in.Name+"/"+path.Name, func(t *testing.T) {
				strategies := runnable(t)
				program, err := Compile(in, path, Options{})
				if err != nil {
					t.Fatal(err)
				}
				if (testing.Short() || raceEnabled) && program.IntermediateBytes() > 1<<28 {
					t.Skip("large: not with -short or -race")
				}
				for _, w := range program.Warnings {
					t.Errorf("unexpected warning: %s", w.Message)
				}
				inputs, err := in.Data(instance.Balanced, reference.Seed)
				if err != nil {
					t.Fatal(err)
				}
				if program.Flops > long {
					strategies = everyNth(strategies, shares, turn)
					turn++
				}
				want := reference.Digests[in.Name][path.Name]
				var first []byte
				for _, spec := range strategies {
					output := contractOnce(t, program, spec, inputs)
					got := result.NewDigest(in.DType, program.ResultShape(), output)
					if !got.Near(want, 1e-10) {
						t.Errorf("%s: digest %v, want %v", spec, got, want)
					}
					if first == nil {
						first = output
					} else if !bytes.Equal(first, output) {
						t.Errorf("%s: the result's bits differ from those under %s", spec, strategies[0])
					}
				}
			})
		}
	}
}

// everyNth returns the first strategy and every n-th one of the others, from a place that
// turns with i.
func everyNth(strategies []string, n, i int) []string {
	some := strategies[:1:1]
	for at := 1 + i%n; at < len(strategies); at += n {
		some = append(some, strategies[at])
	}
	return some
}

// contractOnce runs a program under a fresh strategy.
func contractOnce(t *testing.T, program *Program, spec string, inputs [][]byte) []byte {
	t.Helper()
	strategy, err := alloc.New(spec)
	if err != nil {
		t.Fatal(err)
	}
	defer strategy.Close()
	e, err := NewExecutor(program, strategy, inputs, Execution{})
	if err != nil {
		t.Fatal(err)
	}
	result := dtype.MakeBytes(program.ResultBytes())
	if err := e.Run(result); err != nil {
		t.Fatal(err)
	}
	return result
}

// suitePrograms yields the program of every path of the public suite.
func suitePrograms(t *testing.T) iter.Seq2[instance.Path, *Program] {
	instances, _ := suite(t)
	return func(yield func(instance.Path, *Program) bool) {
		for _, in := range instances {
			for _, p := range in.Paths {
				program, err := Compile(in, p, Options{})
				if err != nil {
					t.Fatal(err)
				}
				if !yield(p, program) {
					return
				}
			}
		}
	}
}

// TestDeclaredCostsAreThePathsCosts holds the cost model against the files'.
func TestDeclaredCostsAreThePathsCosts(t *testing.T) {
	for p, program := range suitePrograms(t) {
		if got := math.Log10(program.Flops); math.Abs(got-p.Log10Flops) > 0.001 && math.Abs(got-math.Log10(2)-p.Log10Flops) > 0.001 {
			t.Errorf("%s, %s: log10 flops %.4f, want %.4f", program.Instance.Name, p.Name, got, p.Log10Flops)
		}
	}
}

// TestSteadyStateAllocatesNothing proves that a contraction under a strategy that
// reuses its memory makes no heap allocation, on a network with small and large
// intermediates.
func TestSteadyStateAllocatesNothing(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	in := ladder(40)
	program, err := Compile(in, in.Paths[0], Options{})
	if err != nil {
		t.Fatal(err)
	}
	inputs, err := in.Data(instance.Balanced, 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, spec := range []string{"arena", "slab", "planned"} {
		strategy, err := alloc.New(spec)
		if err != nil {
			t.Fatal(err)
		}
		defer strategy.Close()
		e, err := NewExecutor(program, strategy, inputs, Execution{})
		if err != nil {
			t.Fatal(err)
		}
		result := dtype.MakeBytes(program.ResultBytes())
		if n := testing.AllocsPerRun(20, func() {
			if err := e.Run(result); err != nil {
				t.Fatal(err)
			}
		}); n != 0 {
			t.Errorf("%s: %g heap allocations per contraction, want 0", spec, n)
		}
	}
}

// BenchmarkCompileSuite measures compilation of the public instances.
// BenchmarkCompileSuite settles the heap before each compilation, outside the clock,
// as contractions are measured: one of them leaves much less garbage than calls for
// a cycle of the collector, and a loop of them in an empty heap runs one for every
// third.
func BenchmarkCompileSuite(b *testing.B) {
	instances, _ := suite(b)
	for _, in := range instances {
		b.Run("instance="+in.Name, func(b *testing.B) {
			b.ReportAllocs()
			var took []time.Duration
			for b.Loop() {
				b.StopTimer()
				runtime.GC()
				b.StartTimer()
				start := time.Now()
				if _, err := Compile(in, in.Paths[0], Options{}); err != nil {
					b.Fatal(err)
				}
				took = append(took, time.Since(start))
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)/2]), "median-ns/op")
		})
	}
}

// TestSuiteGivesTheReferenceDigestsInRegions contracts every public instance in each mode,
// checked, on one thread and on two: near the digests of an independent program, with the
// same bits on both. With -short or -race the largest are left out.
func TestSuiteGivesTheReferenceDigestsInRegions(t *testing.T) {
	if testing.Short() {
		t.Skip("takes minutes without vector instructions")
	}
	instances, reference := suite(t)
	for _, in := range instances {
		inputs, err := in.Data(instance.Balanced, reference.Seed)
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range in.Paths {
			for _, mode := range []region.Mode{region.Auto, region.Max} {
				t.Run(in.Name+"/"+path.Name+"/"+mode.String(), func(t *testing.T) {
					var first []byte
					for _, threads := range []int{1, 2} {
						program, err := Compile(in, path, Options{Regions: mode, Kernel: kernel.Options{Threads: threads}})
						if err != nil {
							t.Fatal(err)
						}
						if (testing.Short() || raceEnabled) && program.IntermediateBytes()+program.StreamedBytes() > 1<<28 {
							t.Skip("large: not with -short or -race")
						}
						workers := nest.NewWorkers(threads)
						output, err := runChecked(program, "planned", inputs, Execution{Workers: workers})
						workers.Close()
						if err != nil {
							t.Fatal(err)
						}
						got, want := result.NewDigest(in.DType, program.ResultShape(), output), reference.Digests[in.Name][path.Name]
						if !got.Near(want, 1e-10) {
							t.Errorf("%d threads: digest %v, want %v", threads, got, want)
						}
						if first == nil {
							first = output
						} else if !bytes.Equal(first, output) {
							t.Errorf("other bits on %d threads", threads)
						}
					}
				})
			}
		}
	}
}

// leastMemory are peaks of live bytes, in MiB, that --regions max stays below: about what a
// greedy choice of regions along stems leaves.
var leastMemory = map[string]map[string]float64{
	"gm_queen5_5_3.wcsp":                  {"opt_flops": 440, "opt_size": 30},
	"lm_batch_likelihood_brackets_4_4d":   {"opt_flops": 5.9, "opt_size": 5.9},
	"str_nw_mera_closed_120":              {"opt_flops": 282, "opt_size": 80},
	"tensornetwork_permutation_light_415": {"opt_flops": 6, "opt_size": 6},
	"str_mps_varying_inner_product_200":   {"opt_flops": 0.4, "opt_size": 0.4},
}

// TestRegionsOfTheLeastMemory compiles the public instances in all orders.
func TestRegionsOfTheLeastMemory(t *testing.T) {
	instances, _ := suite(t)
	for _, in := range instances {
		for _, p := range in.Paths {
			for _, order := range []path.Order{path.AsWritten, path.DepthFirst, path.LowestPeak} {
				program, err := Compile(in, p, Options{Order: order, Regions: region.Max})
				if err != nil {
					t.Fatal(err)
				}
				limit, ok := leastMemory[in.Name][p.Name]
				if got := float64(program.PeakLive) / (1 << 20); ok && got > limit {
					t.Errorf("%s, %s, order %v: %.1f MiB are live at most, want %g", in.Name, p.Name, order, got, limit)
				}
			}
		}
	}
}

// TestRegionsOfTheLeastTimeSaveMemory too, also where they save next to no time.
func TestRegionsOfTheLeastTimeSaveMemory(t *testing.T) {
	if vec.Best().Slots == isa.NoSlot {
		t.Skip("without vectors arithmetic takes so long that memory hardly matters")
	}
	most := map[string]float64{ // the part of the peak of live bytes that may be left
		"gm_queen5_5_3.wcsp":                  0.2,
		"str_nw_mera_closed_120":              0.8,
		"tensornetwork_permutation_light_415": 0.15,
	}
	for p, program := range suitePrograms(t) {
		for _, threads := range []int{1, 3} {
			compiled := func(mode region.Mode) *Program {
				c, err := Compile(program.Instance, p, Options{Regions: mode, Kernel: kernel.Options{Threads: threads}})
				if err != nil {
					t.Fatal(err)
				}
				return c
			}
			c, plain := compiled(region.Auto), compiled(region.Off)
			left := 1.0
			if most, ok := most[c.Instance.Name]; ok {
				left = most
			}
			if got := float64(c.PeakLive) / float64(plain.PeakLive); got > left {
				t.Errorf("%s, %s, %d threads: %.3f of the peak of live bytes are left, want %g", c.Instance.Name, p.Name, threads, got, left)
			}
		}
	}
}

// TestKernelsLoseLittleInSlices against whole tensors: layouts that suit neither would be
// taken where the rough estimates of their search are off.
func TestKernelsLoseLittleInSlices(t *testing.T) {
	for p, plain := range suitePrograms(t) {
		regions := plain.find(region.Max, 0)
		if regions == nil {
			continue
		}
		c, err := plain.with(regions)
		if err != nil {
			t.Fatal(err)
		}
		if lost, whole := c.loses(), plain.forecast(); lost > whole/4 && whole > 1e8 {
			t.Errorf("%s, %s: kernels lose %.3g cycles in regions, all steps take %.3g without", plain.Instance.Name, p.Name, lost, whole)
		}
	}
}
