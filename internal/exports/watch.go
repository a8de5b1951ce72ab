package exports

import (
	"context"
	"time"
)

// A Look asks the sidecars once.
type Look func(context.Context) Overview

// Once looks, and a second time some time later where a sidecar only counts. It tells
// notice before it waits.
func Once(ctx context.Context, look Look, later time.Duration, notice func()) Overview {
	var history History
	first := history.Add(look(ctx))
	if !first.OnlyCounts() {
		return first
	}
	notice()
	if !pause(ctx, later) {
		return first
	}
	return history.Add(look(ctx))
}

// Watch looks again and again until the context ends, which is no error, and shows what
// it sees.
func Watch(ctx context.Context, look Look, interval time.Duration, show func(Overview) error) error {
	var history History
	for {
		seen := look(ctx)
		if ctx.Err() != nil {
			return nil //nolint:nilerr // whoever ends the watch has seen enough
		}
		if err := show(history.Add(seen)); err != nil {
			return err
		}
		if !pause(ctx, interval) {
			return nil
		}
	}
}

// pause waits, and reports whether the context has not ended.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
