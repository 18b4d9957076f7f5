package blas

import (
	"strings"
	"testing"
)

func TestRoutinesForAnOldProcessorAreTold(t *testing.T) {
	for _, c := range []struct {
		core      string
		avx2, amd bool
		want      string // the remedy; "" for no warning
	}{
		{"Prescott", true, false, "OPENBLAS_CORETYPE=Haswell"},
		{"prescott", true, true, "OPENBLAS_CORETYPE=Zen"},
		{"Nehalem", true, false, "OPENBLAS_CORETYPE=Haswell"},
		{"Prescott", false, false, ""}, // it is as old as that
		{"Haswell", true, false, ""}, {"Zen", true, true, ""}, {"SkylakeX", true, false, ""}, {"Sandybridge", true, false, ""},
		{"", true, false, ""}, {"ARMV8", false, false, ""}, // it does not say, or is no x86
	} {
		got := coreWarnings(c.core, c.avx2, c.amd)
		if (len(got) == 1) != (c.want != "") || len(got) == 1 && (!strings.Contains(got[0].Remedy, c.want) || !strings.Contains(got[0].Message, c.core)) {
			t.Errorf("%+v: %v", c, got)
		}
	}
	if got := Native.Warnings(); got != nil {
		t.Errorf("native: %v", got)
	}
}
