package bench

import "syscall"

// endWithParent makes the system end a process when the one that started it dies,
// however that happens.
func endWithParent() *syscall.SysProcAttr { return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }
