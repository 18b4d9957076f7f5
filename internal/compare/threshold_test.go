package compare

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestThresholdsAreReadAsTheyAreWritten(t *testing.T) {
	for text, want := range map[string]Threshold{
		"time=5%":         {Relative: 0.05},
		"time=200ns":      {Absolute: 200},
		"time=5%+200ns":   {Relative: 0.05, Absolute: 200},
		"time=1.5us + 5%": {Relative: 0.05, Absolute: 1500},
		" time = 2 ms ":   {Absolute: 2e6},
		"time=7%":         {Relative: 0.07},
		"time=0":          {},
		"time=off":        {Off: true},
		"allocs=0":        {},
		"heap_allocs=2":   {Absolute: 2},
		"bytes=1%+128B":   {Relative: 0.01, Absolute: 128},
		"live=1KiB":       {Absolute: 1024},
		"faults=10%+2":    {Relative: 0.1, Absolute: 2},
		"digest=off":      {Off: true},
		"digest=0":        {},
	} {
		all, err := ParseThresholds(text)
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		name, _, _ := strings.Cut(text, "=")
		f := FigureOf(strings.TrimSpace(name))
		if got := all.Of(f); got != want {
			t.Errorf("%q: got %+v, want %+v", text, got, want)
		}
		if len(all) != 1 {
			t.Errorf("%q sets %d thresholds", text, len(all))
		}
		again, err := ParseThresholds(all.String())
		if err != nil || again.String() != all.String() {
			t.Errorf("%q is written %q and read as %q, %v", text, all, again, err)
		}
		var stored Thresholds
		if b, err := json.Marshal(all); err != nil || json.Unmarshal(b, &stored) != nil || stored.String() != all.String() {
			t.Errorf("%q does not survive JSON", text)
		}
	}
}

func TestMistakesInThresholdsSayWhatToWrite(t *testing.T) {
	for text, want := range map[string]string{
		"tiem=5%":           `"time"`,
		"time":              "time=5%+200ns",
		"time=":             "5%+200ns",
		"time=5":            "5%+200ns",
		"time=5B":           "5%+200ns",
		"time=-5%":          "5%+200ns",
		"time=5%+5%":        "5%+200ns",
		"time=1ns+1us":      "5%+200ns",
		"time=NaN%":         "5%+200ns",
		"time=0x10ns":       "5%+200ns",
		"bytes=128":         "1%+128B",
		"bytes=5ns":         "1%+128B",
		"allocs=2B":         "10%+2",
		"time=5%,time=6%":   "two thresholds",
		"digest=1%":         "right or wrong",
		"time=5%,,allocs=x": "10%+2",
	} {
		if got, err := ParseThresholds(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, %v; want an error with %s", text, got, err, want)
		}
	}
}
