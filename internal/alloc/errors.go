package alloc

import (
	"errors"
	"fmt"
)

// ErrOutOfMemory is wrapped by the errors of Prepare that mean so. (Alloc
// returns nil instead.)
var ErrOutOfMemory = errors.New("out of memory")

func outOfMemory(what string, bytes int) error {
	return fmt.Errorf("%w: %s needs %d bytes", ErrOutOfMemory, what, bytes)
}
