//go:build unix

package alloc_test

import (
	"os"
	"testing"

	"tnbench/internal/alloc/alloctest"
)

func TestMain(m *testing.M) { os.Exit(alloctest.Main(m)) }
