package explain

import "context"

func (e *explanation) anatomy(ctx context.Context) error { return nil }
