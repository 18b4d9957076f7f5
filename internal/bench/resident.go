package bench

import (
	"tnbench/internal/machine"
	"tnbench/internal/result"
)

// resident is what of the process was in memory: after a sample, and the most
// during it. What is not known is not OK.
type resident struct{ now, peak result.Maybe[int64] }

// residentWatch looks at the memory of the process during a sample.
type residentWatch struct {
	on     bool
	forgot bool  // the system has forgotten what was before
	before int64 // the high-water mark at the start
}

// watchResident begins to watch, if on.
func watchResident(on bool) (w residentWatch) {
	if on {
		w = residentWatch{on: true, forgot: machine.ForgetResidentPeak()}
		w.before, _ = machine.ResidentPeak()
	}
	return w
}

// end returns what was seen. Where the system does not forget the mark of what was
// before, it is one of the sample only if it has risen.
func (w residentWatch) end() (r resident) {
	if !w.on {
		return r
	}
	if now, ok := machine.Resident(); ok {
		r.now = result.Measured(now)
	}
	if peak, ok := machine.ResidentPeak(); ok && (w.forgot || peak > w.before) {
		r.peak = result.Measured(peak)
	}
	return r
}

// addResident enters into r what was resident, if all samples know it.
func addResident(r *result.Result, samples []sample) {
	r.ResidentSamples, r.Resident = counted(samples, func(s *sample) (float64, bool) { return float64(s.resident.now.Value), s.resident.now.OK })
	r.ResidentPeakSamples, r.ResidentPeak = counted(samples, func(s *sample) (float64, bool) { return float64(s.resident.peak.Value), s.resident.peak.OK })
}
