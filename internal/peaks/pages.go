package peaks

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"
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
	// mostRegion is what each trial touches: beyond the second-level cache, as
	// the large intermediates are whose pages matter.
	mostRegion = 32 << 20
	// leastRegion is two huge pages: with fewer pages there is no median.
	leastRegion = 4 << 20
)

// regionFor returns the bytes that trials touch where there is so much room: an
// eighth of it at most, in whole huge pages.
func regionFor(room int64) int {
	return int(min(mostRegion, max(leastRegion, room/8))) &^ (leastRegion - 1)
}

// measurePages measures what new memory costs. It takes some 0.2 s. With an
// error it returns what it has.
func measurePages(ctx context.Context, room int64) (Pages, error) {
	p := Pages{PageBytes: os.Getpagesize(), HugePageBytes: machine.HugePageBytes()}
	region := regionFor(room)
	var errs [3]error
	p.Zero, errs[0] = zeroCost(ctx, p.PageBytes, region)
	var small, huge touchCost
	small, errs[1] = touchTrials(ctx, p.PageBytes, region, false)
	p.Fault, p.Unmap = small.touch, small.unmap
	if p.HugePageBytes > 0 && p.HugePageBytes <= region {
		huge, errs[2] = touchTrials(ctx, p.HugePageBytes, region, true)
		p.HugeFault = huge.touch
	}
	if err := errors.Join(errs[:]...); err != nil {
		return p, fmt.Errorf("the cost of pages can't be measured: %w", err)
	}
	return p, nil
}

// zeroCost returns the seconds of clearing a page of resident memory.
func zeroCost(ctx context.Context, page, region int) (float64, error) {
	memory, unmap, err := mapFresh(region)
	if err != nil {
		return 0, err
	}
	defer unmap()
	times := make([]float64, pageTrials)
	for i := range times {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		fillOnes(memory)
		times[i] = seconds(func() {
			// Page by page: long runs may be cleared past the caches.
			for at := 0; at < len(memory); at += page {
				clear(memory[at : at+page])
			}
		})
	}
	return stats.Median(times) / float64(region/page), nil
}

// touchCost is the seconds a page took to touch first and to give back.
type touchCost struct{ touch, unmap float64 }

// touchTrials measures fresh mappings of pages of one size. The costs are 0 where
// the system does not count faults, or gave pages of another size.
func touchTrials(ctx context.Context, page, region int, huge bool) (touchCost, error) {
	var touches, unmaps []float64
	for range pageTrials {
		if err := ctx.Err(); err != nil {
			return touchCost{}, err
		}
		cost, ok, err := touchOnce(page, region, huge)
		if err != nil || !ok {
			return touchCost{}, err
		}
		touches, unmaps = append(touches, cost.touch), append(unmaps, cost.unmap)
	}
	return touchCost{stats.Median(touches), stats.Median(unmaps)}, nil
}

// touchOnce maps a region, touches each page and gives it back.
func touchOnce(page, region int, huge bool) (touchCost, bool, error) {
	mapped, unmap, err := mapFresh(region + page)
	if err != nil {
		return touchCost{}, false, err
	}
	if adviseHuge(mapped, huge) != nil && huge {
		unmap()
		return touchCost{}, false, nil
	}
	memory := aligned(mapped, page, region)
	pages := region / page
	before, counted := machine.ReadUsage()
	touch := seconds(func() {
		for at := 0; at < region; at += page {
			memory[at] = 1
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

// FaultCost touches so many bytes of fresh memory, of the pages that the system gives
// unasked, and returns the seconds of a clock that each fault took; false where that
// can't be told.
func FaultCost(bytes int, clock func() time.Duration) (seconds float64, ok bool) {
	memory, unmap, err := mapFresh(bytes)
	if err != nil {
		return 0, false
	}
	defer unmap()
	before, counted := machine.ReadUsage()
	start := clock()
	for at := 0; at < bytes; at += os.Getpagesize() {
		memory[at] = 1
	}
	took := clock() - start
	after, _ := machine.ReadUsage()
	faults := after.Sub(before).MinorFaults
	return took.Seconds() / float64(max(faults, 1)), counted && faults > 0
}

// aligned returns so many bytes of memory that begin at a page's boundary.
func aligned(memory []byte, page, bytes int) []byte {
	address := int(uintptr(unsafe.Pointer(unsafe.SliceData(memory))) % uintptr(page))
	skip := (page - address) % page
	return memory[skip : skip+bytes]
}
