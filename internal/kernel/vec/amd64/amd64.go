// Package amd64 holds the kernels for x86-64, in assembly that a generator writes.
// It is empty on other processors and with the build tag noasm.
package amd64

// The generator is a module of its own, so that avo stays out of this one's
// dependencies.

//go:generate go run -C asm ./product -part avx512 -out ../micro_avx512_amd64.s -stubs ../micro_avx512_amd64.go -pkg amd64
//go:generate go run -C asm ./product -part avx2 -out ../micro_avx2_amd64.s -stubs ../micro_avx2_amd64.go -pkg amd64
//go:generate go run -C asm ./product -part tables -tables ../micros_amd64.go
//go:generate go run -C asm ./product -part pack -out ../pack_amd64.s -stubs ../pack_amd64.go -pkg amd64
//go:generate go run -C asm ./product -part tile -out ../tile_amd64.s -stubs ../tile_amd64.go -pkg amd64
//go:generate go run -C asm ./product -part move -out ../move_amd64.s -stubs ../move_amd64.go -pkg amd64
//go:generate go run -C asm ./product -part ahead -out ../ahead_amd64.s -stubs ../ahead_amd64.go -pkg amd64
//go:generate go run -C asm ./stream -part avx512 -out ../stream_avx512_amd64.s -stubs ../stream_avx512_amd64.go -pkg amd64
//go:generate go run -C asm ./stream -part avx2 -out ../stream_avx2_amd64.s -stubs ../stream_avx2_amd64.go -pkg amd64
//go:generate go run -C asm ./stream -part go -dispatch ../stream_amd64.go -layout ../layout_amd64_test.go
