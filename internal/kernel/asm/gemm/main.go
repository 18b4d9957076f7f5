package main

import . "github.com/mmcloughlin/avo/build"

func main() { Package("tnbench/internal/kernel"); Generate() }
