package machine

import (
	"io/fs"
	"math"
	"strconv"
	"strings"
)

// text returns a small file of the system without surrounding space, and ""
// if it cannot be read.
func text(fsys fs.FS, name string) string {
	data, err := fs.ReadFile(fsys, name)
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(data))
}

// lines returns the lines of a small file of the system, none if it cannot be read.
func lines(fsys fs.FS, name string) []string {
	if s := text(fsys, name); s != "" {
		return strings.Split(s, "\n")
	}
	return nil
}

// number returns the number that is all of a file's content. Numbers beyond
// int64, which the kernel writes for "no limit", come out as the largest.
func number(fsys fs.FS, name string) (int64, bool) {
	s := text(fsys, name)
	if v, err := strconv.ParseInt(s, 10, 64); err == nil {
		return v, true
	}
	_, err := strconv.ParseUint(s, 10, 64)
	return math.MaxInt64, err == nil
}

// statValue returns the number after key in a file of "key value" lines, 0 if
// there is none.
func statValue(fsys fs.FS, name, key string) int64 {
	for _, line := range lines(fsys, name) {
		if value, found := strings.CutPrefix(line, key+" "); found {
			v, _ := strconv.ParseInt(value, 10, 64)
			return v
		}
	}
	return 0
}

// memAvailable returns the kernel's estimate of the bytes that programs can
// take without swapping, from /proc/meminfo.
func memAvailable(fsys fs.FS) (int64, bool) {
	for _, line := range lines(fsys, "proc/meminfo") {
		value, found := strings.CutPrefix(line, "MemAvailable:")
		if !found {
			continue
		}
		kib, err := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(value, "kB")), 10, 64)
		return kib << 10, err == nil
	}
	return 0, false
}

// bracketed returns the choice in force of a file such as "always [madvise] never".
func bracketed(s string) string {
	_, rest, _ := strings.Cut(s, "[")
	choice, _, closed := strings.Cut(rest, "]")
	if !closed {
		return ""
	}
	return choice
}
