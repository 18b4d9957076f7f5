package main

import (
	"fmt"
	"strconv"
	"strings"

	"tnbench/internal/size"
)

// parseSize reads a size such as "8GiB", "512m" or "1000000" in bytes, or a share
// such as "80%" as per cent; the other result is 0.
func parseSize(text string) (bytes int64, percent float64, err error) {
	if number, ok := strings.CutSuffix(strings.TrimSpace(text), "%"); ok {
		percent, err = strconv.ParseFloat(strings.TrimSpace(number), 64)
		if err != nil || !(percent > 0) {
			return 0, 0, fmt.Errorf("%q is not a share: write 80%%", text)
		}
		return 0, percent, nil
	}
	if bytes, err = size.Parse(text); err != nil {
		return 0, 0, fmt.Errorf("%w, or a share, 80%%", err)
	}
	return bytes, 0, nil
}
