package cluster

import (
	"context"
	"sync"
)

// warningHandler hands the API server's warnings to the collector in the context of the
// request, where there is one.
type warningHandler struct{}

// HandleWarningHeaderWithContext implements rest.WarningHandlerWithContext.
func (warningHandler) HandleWarningHeaderWithContext(ctx context.Context, _ int, _, text string) {
	if c, collecting := ctx.Value(collectorKey{}).(*warningCollector); collecting {
		c.lock.Lock()
		defer c.lock.Unlock()
		c.warnings = append(c.warnings, text)
	}
}

type collectorKey struct{}

// warningCollector collects the warnings of requests.
type warningCollector struct {
	lock     sync.Mutex
	warnings []string
}

// collectWarnings returns a context whose requests give their warnings to the collector.
func collectWarnings(ctx context.Context) (context.Context, *warningCollector) {
	c := &warningCollector{}
	return context.WithValue(ctx, collectorKey{}, c), c
}
