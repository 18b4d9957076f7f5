package explain

import "context"

func (e *explanation) advice(ctx context.Context) error { return nil }
