package kernel

// The generator is a module of its own, so that avo stays out of this one's
// dependencies.

//go:generate go run -C asm ./gemm -part avx512 -out ../micro_avx512_amd64.s -stubs ../micro_avx512_amd64.go -pkg kernel
//go:generate go run -C asm ./gemm -part avx2 -out ../micro_avx2_amd64.s -stubs ../micro_avx2_amd64.go -pkg kernel
//go:generate go run -C asm ./gemm -part pack -out ../pack_kernels_amd64.s -stubs ../pack_kernels_amd64.go -pkg kernel
//go:generate go run -C asm ./gemm -part tile -out ../gemm_tile_kernels_amd64.s -stubs ../gemm_tile_kernels_amd64.go -pkg kernel
//go:generate go run -C asm ./gemm -part ahead -out ../ahead_kernels_amd64.s -stubs ../ahead_kernels_amd64.go -pkg kernel
