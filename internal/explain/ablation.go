package explain

import "context"

func (e *explanation) ablation(ctx context.Context) error { return nil }
