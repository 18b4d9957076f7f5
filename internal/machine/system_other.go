//go:build !linux && !darwin && !windows

package machine

import (
	"errors"
	"runtime"
)

// system has no files: there are no control groups here.
var system noFiles

func freeMemory() (int64, error) {
	return 0, errors.New("not known on " + runtime.GOOS + ": set the limit by hand")
}

func totalMemory() int64 { return 0 }

func release() string { return "" }

func transparentHugePages() string { return "" }

func governor() string { return "" }

func microcode() string { return "" }

func loadAverage() (float64, bool) { return 0, false }

func modelName() string { return "" }
