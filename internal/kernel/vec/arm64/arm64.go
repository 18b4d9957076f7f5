// Package arm64 holds the kernels for 64-bit ARM, in assembly that a generator writes.
// They are tested under emulation: nobody has measured them on hardware. It is empty on
// other processors and with the build tag noasm.
package arm64

//go:generate go run ./asm
