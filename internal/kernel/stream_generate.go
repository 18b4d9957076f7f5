package kernel

//go:generate go run -C asm ./stream -part avx512 -dispatch ../stream_avx512_call_amd64.go -out ../stream_avx512_amd64.s -stubs ../stream_avx512_amd64.go -pkg kernel
//go:generate go run -C asm ./stream -part avx2 -dispatch ../stream_avx2_call_amd64.go -out ../stream_avx2_amd64.s -stubs ../stream_avx2_amd64.go -pkg kernel
