package explain

import "context"

func (e *explanation) attribution(ctx context.Context) error { return nil }
