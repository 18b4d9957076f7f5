package generate

import "fmt"

// Check reports an unknown kind and parameters that are unknown or out of range,
// without making anything. Parameters that do not fit each other are found when
// the network is built.
func (r Recipe) Check() error {
	k, err := FindKind(r.Kind)
	if err != nil {
		return err
	}
	if _, err := k.values(r.Params); err != nil {
		return fmt.Errorf("%s: %w", k.Name, err)
	}
	if r.Trials < 1 || r.Refine < 0 {
		return fmt.Errorf("%d trials, %d of them refined: a search needs at least 1, and 0", r.Trials, r.Refine)
	}
	return nil
}
