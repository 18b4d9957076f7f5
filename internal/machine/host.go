package machine

import (
	"fmt"
	"math"
	"os"
	"runtime"
	"runtime/metrics"
	"strconv"
	"strings"
	"time"

	"github.com/klauspost/cpuid/v2"
)

// Host says what a result was measured on. It is the "host" object of the
// result files; fields left out of them are unknown.
type Host struct {
	CPU    string `json:"cpu"`
	Cores  int    `json:"cores"` // processors this process may run on
	OS     string `json:"os"`
	Arch   string `json:"arch"`
	Kernel string `json:"kernel,omitempty"`
	THP    string `json:"thp,omitempty"` // transparent huge pages: always, madvise, never

	// The bounds of one core, if they were measured: see [Peaks].
	PeakGFLOPS   float64 `json:"peak_gflops,omitempty"`   // multiply-adds in float64, two operations each
	BandwidthGBs float64 `json:"bandwidth_gbs,omitempty"` // 10^9 bytes read or written per second in a copy
	// PeaksMeasuredAt is when that was; zero if it was not.
	PeaksMeasuredAt time.Time `json:"peaks_measured_at,omitzero"`

	Features    []string `json:"cpu_features,omitempty"` // those that kernels are chosen by
	MemoryBytes int64    `json:"memory_bytes,omitempty"`
	PageBytes   int      `json:"page_bytes,omitempty"`
	L1Bytes     int      `json:"l1_bytes,omitempty"` // data cache of one core
	L2Bytes     int      `json:"l2_bytes,omitempty"`
	L3Bytes     int      `json:"l3_bytes,omitempty"`
	// What tells processors of one name apart.
	CPUModel      string `json:"cpu_model,omitempty"`      // "AuthenticAMD family 25 model 1 stepping 1"
	Microcode     string `json:"microcode,omitempty"`      // revision, where the system tells it
	PhysicalCores int    `json:"physical_cores,omitempty"` // of a package, without hyperthreads

	Governor    string   `json:"governor,omitempty"`     // frequency policy
	Boost       string   `json:"boost,omitempty"`        // whether cores may exceed their nominal clock rate: on, off
	LoadAverage *float64 `json:"load_average,omitempty"` // runnable threads, mean over a minute
	CPUQuota    float64  `json:"cpu_quota,omitempty"`    // processors' worth of time that control groups allow

	// Counters says which events of processors are counted, or why none are.
	Counters string `json:"hardware_counters,omitempty"`

	Go         string `json:"go"` // version of the toolchain
	GOMAXPROCS int    `json:"gomaxprocs"`
	GOGC       string `json:"gogc"`                 // percent or "off"
	GOMEMLIMIT int64  `json:"gomemlimit,omitempty"` // bytes, absent if there is none
	GODEBUG    string `json:"godebug,omitempty"`
}

// ReadHost gathers the facts about this machine and runtime. It measures
// nothing and takes well under a millisecond.
func ReadHost() Host {
	h := Host{
		CPU:    cpuName(),
		Cores:  runtime.NumCPU(),
		OS:     runtime.GOOS,
		Arch:   runtime.GOARCH,
		Kernel: release(),
		THP:    transparentHugePages(),

		Features:      cpuFeatures(),
		MemoryBytes:   totalMemory(),
		PageBytes:     os.Getpagesize(),
		L1Bytes:       max(0, cpuid.CPU.Cache.L1D), // negative if unknown
		L2Bytes:       max(0, cpuid.CPU.Cache.L2),
		L3Bytes:       max(0, cpuid.CPU.Cache.L3),
		CPUModel:      cpuModel(),
		Microcode:     microcode(),
		PhysicalCores: max(0, cpuid.CPU.PhysicalCores),
		Governor:      governor(),
		Boost:         boost(system),
		Counters:      hardwareCounters(),

		Go:         runtime.Version(),
		GOMAXPROCS: runtime.GOMAXPROCS(0),
		GODEBUG:    os.Getenv("GODEBUG"),
	}
	if load, ok := loadAverage(); ok {
		h.LoadAverage = &load
	}
	for _, g := range groups(system, "cpu") {
		if quota, ok := g.cpuQuota(); ok && (h.CPUQuota == 0 || quota < h.CPUQuota) {
			h.CPUQuota = quota
		}
	}
	h.GOGC, h.GOMEMLIMIT = collectorSettings()
	return h
}

// hardwareCounters says which events are counted, or why none are.
func hardwareCounters() string {
	e, err := OpenEvents()
	if err != nil {
		return "none: " + err.Error()
	}
	defer e.Close()
	var names []string
	for k := range EventKinds {
		if _, ok := e.Read(k); ok {
			names = append(names, k.String())
		}
	}
	if !e.Kernel() {
		return strings.Join(names, ", ") + ", without the kernel's part"
	}
	return strings.Join(names, ", ")
}

// collectorSettings returns what the collector is set to now, be it by the
// environment or by the program.
func collectorSettings() (gogc string, memlimit int64) {
	samples := []metrics.Sample{{Name: "/gc/gogc:percent"}, {Name: "/gc/gomemlimit:bytes"}}
	metrics.Read(samples)
	gogc = "off"
	if percent := samples[0].Value.Uint64(); percent < math.MaxInt32 {
		gogc = strconv.FormatUint(percent, 10)
	}
	if limit := samples[1].Value.Uint64(); limit < math.MaxInt64 {
		memlimit = int64(limit)
	}
	return gogc, memlimit
}

// cpuName returns the processor's name without the padding that CPUID gives it.
func cpuName() string {
	name := cpuid.CPU.BrandName
	if name == "" {
		name = modelName()
	}
	if name == "" {
		name = runtime.GOARCH
	}
	return strings.Join(strings.Fields(name), " ")
}

// cpuModel returns what CPUID numbers the processor by, "" where there is none.
func cpuModel() string {
	if cpuid.CPU.Family == 0 {
		return ""
	}
	return fmt.Sprintf("%s family %d model %d stepping %d", cpuid.CPU.VendorString, cpuid.CPU.Family, cpuid.CPU.Model, cpuid.CPU.Stepping)
}

// cpuFeatures names the instruction sets that kernels are chosen by.
func cpuFeatures() []string {
	var names []string
	for _, id := range []cpuid.FeatureID{
		cpuid.AVX, cpuid.AVX2, cpuid.FMA3, cpuid.AVX512F, cpuid.AVX512DQ, cpuid.AVX512BW, cpuid.AVX512VL,
		cpuid.ASIMD, cpuid.SVE,
	} {
		if cpuid.CPU.Supports(id) {
			names = append(names, strings.ToLower(id.String()))
		}
	}
	return names
}
