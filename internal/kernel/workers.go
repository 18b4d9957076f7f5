package kernel

// Workers is a persistent pool of goroutines that share the parts of large
// kernels.
type Workers struct{}
