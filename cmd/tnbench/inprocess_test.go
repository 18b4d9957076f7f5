package main

import (
	"bytes"
	"context"
	"testing"
)

// tnbench runs a command line in-process.
func tnbench(t *testing.T, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	var out, diagnostics bytes.Buffer
	code = run(context.Background(), bytes.NewReader(nil), &out, &diagnostics, args)
	return out.String(), diagnostics.String(), code
}
