//go:build !cgo || !unix

package openblas

import (
	"runtime"
	"strings"
	"testing"
)

func TestLoadSaysWhyItCannot(t *testing.T) {
	want := "cgo"
	if runtime.GOOS == "windows" {
		want = "windows"
	}
	if l, err := Load(); l != nil || err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("Load() = %v, %v; want an error that names %s", l, err, want)
	}
}
