//go:build !linux

package bench

import "syscall"

// endWithParent is not to be had here: processes end when their context does.
func endWithParent() *syscall.SysProcAttr { return nil }
