// Package size reads how people write a number of bytes.
package size

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// units by their name in lower case. One letter stands for the power of two, as
// it does in most tools.
var units = map[string]float64{
	"": 1, "b": 1,
	"k": 1 << 10, "kib": 1 << 10, "kb": 1e3,
	"m": 1 << 20, "mib": 1 << 20, "mb": 1e6,
	"g": 1 << 30, "gib": 1 << 30, "gb": 1e9,
	"t": 1 << 40, "tib": 1 << 40, "tb": 1e12,
}

// Parse reads a positive number of bytes such as 4096, 1k, 500MB, 1.5 GiB or
// 5gib. Case and a blank before the unit do not matter; a part of a byte is cut
// off. The error says how to write it.
func Parse(text string) (int64, error) {
	text = strings.TrimSpace(text)
	end := 1 + strings.LastIndexAny(text, "0123456789.")
	number, unit := text[:end], strings.TrimSpace(text[end:])
	factor, known := units[strings.ToLower(unit)]
	v, err := strconv.ParseFloat(number, 64)
	switch {
	case err != nil || strings.ContainsAny(number, "xXpP_") || !(v > 0):
		return 0, fmt.Errorf("%q is not a size: write 4096, 500MB or 8GiB", text)
	case !known:
		return 0, fmt.Errorf("%q is not a size, %q is no unit: write 4096, 500MB or 8GiB", text, unit)
	}
	if whole, err := strconv.ParseInt(number, 10, 64); err == nil && factor == 1 {
		return whole, nil // exact, however large
	}
	if v *= factor; v >= math.MaxInt64 {
		return 0, fmt.Errorf("%q is more bytes than can be counted: write 4096, 500MB or 8GiB", text)
	}
	if v < 1 {
		return 0, fmt.Errorf("%q is less than a byte: write 4096, 500MB or 8GiB", text)
	}
	return int64(v), nil
}
