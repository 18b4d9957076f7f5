package size

import "testing"

func TestParse(t *testing.T) {
	for text, want := range map[string]int64{
		"1": 1, "4096": 4096, "9007199254740993": 9007199254740993, "12B": 12,
		"1k": 1024, "1K": 1024, "1KiB": 1024, "1kib": 1024, "1kb": 1000, "1KB": 1000,
		"5gib": 5 << 30, "5GiB": 5 << 30, "5 GiB": 5 << 30, "5G": 5 << 30, "5g": 5 << 30, "5GB": 5e9,
		"1.5m": 3 << 19, "1e3": 1000, "2T": 2 << 40, " 7 mb ": 7e6, "0.5KiB": 512,
	} {
		if got, err := Parse(text); got != want || err != nil {
			t.Errorf("Parse(%q) = %d, %v; want %d", text, got, err, want)
		}
	}
	for _, text := range []string{"", "k", "-1", "0", "1x", "1XB", "1 k k", "80%", "NaN", "inf", "1e30", "9999999TiB", "0.1", "0x10", "1_000", "0x1p10", "five"} {
		if got, err := Parse(text); err == nil {
			t.Errorf("Parse(%q) = %d; want an error", text, got)
		}
	}
}
