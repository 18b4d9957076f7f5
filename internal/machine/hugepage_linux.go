package machine

// HugePageBytes returns the size of a transparent huge page, 0 if there are none.
func HugePageBytes() int {
	n, _ := number(system, "sys/kernel/mm/transparent_hugepage/hpage_pmd_size")
	return int(n)
}
