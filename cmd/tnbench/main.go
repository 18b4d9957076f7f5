// Command tnbench measures where the intermediates of a tensor network should
// live, and what each choice costs. See README.md.
package main

import (
	"os"
	"runtime"
)

func main() {
	// Since Go 1.25 the runtime may follow a changing CPU quota; a benchmark must
	// not change its cores half-way, so today's number is set for good.
	runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	restartable, ownProgram = true, true
	os.Exit(run(untilSignal(), os.Stdin, os.Stdout, os.Stderr, os.Args[1:]))
}
