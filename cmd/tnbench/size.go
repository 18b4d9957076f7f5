package main

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// parseSize reads a size such as "8GiB", "512M" or "1000000" in bytes, or a share
// such as "80%" as per cent; the other result is 0.
func parseSize(text string) (bytes int64, percent float64, err error) {
	number := strings.TrimRight(text, "KMGTiB% ")
	v, err := strconv.ParseFloat(number, 64)
	if err != nil || !(v > 0) {
		return 0, 0, fmt.Errorf("%q is not a size: write 8GiB, 500MB or 80%%", text)
	}
	switch suffix := strings.TrimSpace(text[len(number):]); suffix {
	case "%":
		return 0, v, nil
	case "", "B":
	case "K", "KiB":
		v *= 1 << 10
	case "M", "MiB":
		v *= 1 << 20
	case "G", "GiB":
		v *= 1 << 30
	case "T", "TiB":
		v *= 1 << 40
	case "KB":
		v *= 1e3
	case "MB":
		v *= 1e6
	case "GB":
		v *= 1e9
	case "TB":
		v *= 1e12
	default:
		return 0, 0, fmt.Errorf("%q has the unknown unit %q: write 8GiB, 500MB or 80%%", text, suffix)
	}
	if v > math.MaxInt64/2 {
		return 0, 0, fmt.Errorf("%q is more than can be counted", text)
	}
	return int64(v), 0, nil
}
