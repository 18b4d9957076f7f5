//go:build unix

package explain

import (
	"os"
	"testing"

	"tnbench/internal/alloc/alloctest"
)

func TestMain(m *testing.M) { os.Exit(alloctest.Main(m)) }
