package alloc

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
)

// ErrOutOfMemory is wrapped by the errors of Prepare that mean so. (Alloc
// returns nil instead.)
var ErrOutOfMemory = errors.New("out of memory")

func outOfMemory(what string, bytes int) error {
	return fmt.Errorf("%w: %s needs %d bytes", ErrOutOfMemory, what, bytes)
}

// A RestartError says that a strategy can work here, but only in a process that
// was started with an environment variable. Restarting is up to the program: a
// library must not.
type RestartError struct {
	Name, Value string
	Reason      string
}

// Error says what is wrong and how to start.
func (e *RestartError) Error() string {
	return fmt.Sprintf("%s: start with %s=%s", e.Reason, e.Name, e.Value)
}

// Environ returns the environment to start the process with, for syscall.Exec.
func (e *RestartError) Environ() []string {
	env := slices.DeleteFunc(os.Environ(), func(entry string) bool { return strings.HasPrefix(entry, e.Name+"=") })
	return append(env, e.Name+"="+e.Value)
}
