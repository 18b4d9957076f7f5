package phase

import (
	"regexp"
	"slices"
)

// rule says which phase functions belong to.
type rule struct {
	functions *regexp.Regexp
	phase     Phase
}

func rules(phase Phase, patterns ...string) (list []rule) {
	for _, p := range patterns {
		list = append(list, rule{regexp.MustCompile(p), phase})
	}
	return list
}

// collecting are functions below which everything is the collector's, whatever it
// calls: workers, and what allocating goroutines have to help with.
var collecting = regexp.MustCompile(`^runtime\.(gc[A-Z]\w*|bgsweep|bgscavenge|sweepone|deductSweepCredit|GC|\(\*(sweepLocked|mspan|gcWork|scavengerState|pageAlloc)\)\.(sweep|ensureSwept|scavenge\w*|\w*[bB]alance|run)|markroot\w*|scanobject|scanObject\w*|scanstack|greyobject|wbBufFlush\w*|gcDrain\w*|freeSomeWbufs)(\.|$)`)

// table has what the innermost known function of a stack makes of it: the first rule
// that fits. Kernels call assembly, whose functions are told by their names.
var table = slices.Concat(
	// What the runtime does for whoever calls it.
	rules(Zeroing, `^runtime\.(memclr\w*|\(\*mspan\)\.initHeapBits)`),
	rules(System, `^(runtime\.(madvise|sysMmap|mmap|munmap|sysMunmap|sys[A-Z]\w*|futex\w*|read|write1?|open|closefd)|syscall\.|internal/runtime/syscall\.|internal/runtime/syscall/\w+\.|golang\.org/x/sys/|vendor/golang\.org/x/sys/)`),
	rules(Scheduling, `^runtime\.(schedule|findRunnable|findrunnable|mcall|park_m|gopark|goready|ready|execute|sysmon|mstart\w*|usleep|osyield|procyield\w*|note\w+|sem\w+|lock2?|unlock2?|lockWithRank|stealWork|runq\w+|wakep|startm|stopm|handoffp|retake|asyncPreempt\w*|gosched\w*|goschedImpl|goyield\w*|entersyscall\w*|exitsyscall\w*|casgstatus|selectgo|chan\w+|resetspinning|checkTimers\w*|netpoll\w*|gogo|gosave\w*|preempt\w+|timer\w*|\(\*timers?\)\..*|newproc\w*|goexit0|gdestroy|dropg)(\.|$)`,
		`^sync\.\(\*(Mutex|WaitGroup|RWMutex|Cond)\)`, `^internal/sync\.`, `^runtime\.(_LostSIGPROF\w*|sigtramp\w*|sighandler|sigprof\w*|_ExternalCode)`),
	rules(Allocation, `^runtime\.(malloc\w*|newobject|makeslice\w*|makemap\w*|growslice\w*|nextFreeFast|publicationBarrier|heapSetType\w*|persistentalloc\w*|mProf_\w+|profilealloc|stackalloc|newstack|\(\*(mcache|mcentral|mheap|mspan|fixalloc|pageAlloc|pallocBits|pallocData|pageCache)\)\..*)`,
		`^sync\.\(\*(Pool|poolChain|poolDequeue)\)`, `^sync\.(pool\w+|runtime_\w+)`, `^tnbench/internal/alloc[./]`, `^github\.com/tidwall/btree\.`),
	// Kernels.
	rules(Packing, `^tnbench/internal/kernel/vec/\w+\.([pP]ack|move|transpose|copy|Copy)`, `^tnbench/internal/kernel/product\.(pack|\(\*packer\))`,
		`^tnbench/internal/kernel/stream\.\(\*(stream|schedule)\)\.pack`, `^tnbench/internal/kernel/narrow\.(gather|\(\*mover\)|\(\*kernel\)\.packMatrix)`, `^tnbench/internal/kernel/blas\.\(?\*?(operand|view)\)?\.`),
	rules(Arithmetic, `^tnbench/internal/kernel[./]`, `^gonum\.org/v1/gonum/(blas|internal/asm)`),
	// Around them.
	rules(Executor, `^tnbench/internal/(contract|bench|verify|machine|await|result)[./]`, `^runtime/pprof\.`, `^time\.`),
)

// packing are functions below which arithmetic is packing: copies go by the routines that
// compute, too.
var packing = regexp.MustCompile(`^tnbench/internal/kernel/stream\.\(\*stream\)\.pack(\.|$)`)

// Of returns the phase of a stack of functions, the innermost first.
func Of(stack []string) Phase {
	if slices.ContainsFunc(stack, collecting.MatchString) {
		return Collector
	}
	for _, f := range stack {
		for _, r := range table {
			if !r.functions.MatchString(f) {
				continue
			}
			if r.phase == Arithmetic && slices.ContainsFunc(stack, packing.MatchString) {
				return Packing
			}
			return r.phase
		}
	}
	return Other
}
