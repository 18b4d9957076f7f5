package machine

// HugePageBytes returns the size of a transparent huge page, 0 if there are none.
func HugePageBytes() int {
	n, ok := number(system, "sys/kernel/mm/transparent_hugepage/hpage_pmd_size")
	if !ok {
		return 0
	}
	return int(n)
}
