package peaks

import (
	"fmt"
	"os"
	"unsafe"

	"tnbench/internal/machine"
	"tnbench/internal/stats"
)

// Pages is what memory costs when it is new, in seconds per page. What could
// not be measured is 0.
type Pages struct {
	PageBytes     int `json:"page_bytes"`
	HugePageBytes int `json:"huge_page_bytes,omitempty"` // of transparent huge pages

	// Fault is the first touch of a page of a fresh mapping: the fault, and the
	// kernel's zeroing of the page.
	Fault float64 `json:"fault_seconds,omitempty"`
	// HugeFault is the same for a huge page, if the kernel gave any.
	HugeFault float64 `json:"huge_fault_seconds,omitempty"`
	// Unmap is giving a touched page back.
	Unmap float64 `json:"unmap_seconds,omitempty"`
	// Zero is clearing a resident page, as the collector does to reuse memory.
	Zero float64 `json:"zero_seconds,omitempty"`
}

const (
	pageTrials = 5
	// regionBytes is what each trial touches: beyond the second-level cache, as
	// the large intermediates are whose pages matter.
	regionBytes = 32 << 20
)

// MeasurePages measures what new memory costs. It takes some 0.2 s.
func MeasurePages() (Pages, error) {
	p := Pages{PageBytes: os.Getpagesize(), HugePageBytes: machine.HugePageBytes()}
	var err error
	if p.Zero, err = zeroCost(p.PageBytes); err != nil {
		return p, fmt.Errorf("cost of pages: %w", err)
	}
	small, ok, err := touchTrials(p.PageBytes, false)
	if err != nil {
		return p, fmt.Errorf("cost of pages: %w", err)
	}
	if ok {
		p.Fault, p.Unmap = small.touch, small.unmap
	}
	if p.HugePageBytes > 0 {
		huge, ok, err := touchTrials(p.HugePageBytes, true)
		if err != nil {
			return p, fmt.Errorf("cost of huge pages: %w", err)
		}
		if ok {
			p.HugeFault = huge.touch
		}
	}
	return p, nil
}

// zeroCost returns the seconds of clearing a page of resident memory.
func zeroCost(page int) (float64, error) {
	memory, unmap, err := mapFresh(regionBytes)
	if err != nil {
		return 0, err
	}
	defer unmap()
	times := make([]float64, pageTrials)
	for i := range times {
		fillOnes(memory)
		times[i] = seconds(func() {
			// Page by page: long runs may be cleared past the caches.
			for at := 0; at < len(memory); at += page {
				clear(memory[at : at+page])
			}
		})
	}
	return stats.Median(times) / float64(regionBytes/page), nil
}

// touchCost is the seconds a page took to touch first and to give back.
type touchCost struct{ touch, unmap float64 }

// touchTrials measures fresh mappings of pages of one size. It is not ok where
// the system does not count faults, or gave pages of another size.
func touchTrials(page int, huge bool) (touchCost, bool, error) {
	var touches, unmaps []float64
	for range pageTrials {
		cost, ok, err := touchOnce(page, huge)
		if err != nil || !ok {
			return touchCost{}, false, err
		}
		touches, unmaps = append(touches, cost.touch), append(unmaps, cost.unmap)
	}
	return touchCost{stats.Median(touches), stats.Median(unmaps)}, true, nil
}

// touchOnce maps a region, touches each page and gives it back.
func touchOnce(page int, huge bool) (touchCost, bool, error) {
	mapped, unmap, err := mapFresh(regionBytes + page)
	if err != nil {
		return touchCost{}, false, err
	}
	if adviseHuge(mapped, huge) != nil && huge {
		unmap()
		return touchCost{}, false, nil
	}
	region := aligned(mapped, page)
	pages := regionBytes / page
	before, counted := machine.ReadUsage()
	touch := seconds(func() {
		for at := 0; at < regionBytes; at += page {
			region[at] = 1
		}
	})
	after, _ := machine.ReadUsage()
	release := seconds(unmap)
	// The runtime's other threads may fault a little meanwhile. Far fewer faults
	// than pages: the system gave larger ones; far more: smaller ones.
	faults := after.Sub(before).MinorFaults
	if !counted || faults < int64(pages)/2 || faults > 4*int64(pages)+64 {
		return touchCost{}, false, nil
	}
	return touchCost{touch / float64(pages), release / float64(pages)}, true, nil
}

// aligned returns regionBytes of memory that begin at a page's boundary.
func aligned(memory []byte, page int) []byte {
	address := int(uintptr(unsafe.Pointer(unsafe.SliceData(memory))) % uintptr(page))
	skip := (page - address) % page
	return memory[skip : skip+regionBytes]
}
