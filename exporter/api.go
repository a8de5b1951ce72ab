package exporter

import (
	"context"
	"sync"
	"time"

	"github.com/linkerd-gcm/linkerd-gcm/exporter/targets"
)

// api asks Prometheus' API, for the reader and from time to time.
type api struct {
	options Options
	wanted  chan struct{}

	mu          sync.Mutex
	changed     chan struct{}
	waits       bool
	lastSuccess time.Time
	lastError   string
	// awaited is since when the target was listed for whose first scrape somebody waited last.
	awaited time.Time
}

func newAPI(options Options) *api {
	return &api{options: options, wanted: make(chan struct{}, 1), changed: make(chan struct{})}
}

// run asks until the context ends.
func (a *api) run(ctx context.Context) {
	pause := time.Duration(0)
	for a.rest(ctx, pause) {
		a.noteAwaited()
		before := a.generation()
		err := a.options.Targets.Round(ctx)
		if ctx.Err() != nil {
			return
		}
		a.note(err, a.generation() != before)
		pause = a.pause(err)
	}
}

// rest waits for some time, or until somebody wants an answer. It returns false when the
// context has ended.
func (a *api) rest(ctx context.Context, pause time.Duration) bool {
	timer := a.options.Clock.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C():
	case <-a.wanted:
	}
	return true
}

// pause is the time until the next question. After a failure it is short, for somebody may
// wait for the answer.
func (a *api) pause(err error) time.Duration {
	if err != nil {
		return pollInterval
	}
	return max(a.options.Targets.Next(), 10*time.Millisecond)
}

func (a *api) note(err error, answered bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if err != nil {
		if a.lastError == "" {
			a.options.Log.Warn("Prometheus' API does not answer; series that are new wait for it", "error", err)
		}
		a.lastError = err.Error()
	}
	if answered {
		if err == nil {
			a.lastError, a.lastSuccess = "", a.options.Clock.Now()
		}
		close(a.changed)
		a.changed = make(chan struct{})
	}
}

// noteAwaited says once for each start of Prometheus that somebody waits for a scrape.
func (a *api) noteAwaited() {
	target, since := a.options.Targets.Cache.Awaited()
	a.mu.Lock()
	defer a.mu.Unlock()
	if target == "" || since.Equal(a.awaited) {
		return
	}
	a.awaited = since
	a.options.Log.Info("Prometheus has not scraped a target yet, and so has no types of its metrics; reading waits for that", "target", target, "no_longer_than", targets.FirstScrape)
}

// generation is another one after each answer.
func (a *api) generation() uint64 { return a.options.Targets.Cache.Generation() }

// await waits for an answer that is newer than the generation. In the meantime it does
// what is due, at least once a pollInterval.
func (a *api) await(ctx context.Context, generation uint64, due func() bool) error {
	a.waiting(true)
	defer a.waiting(false)
	for {
		due()
		a.mu.Lock()
		changed := a.changed
		a.mu.Unlock()
		if a.generation() != generation {
			return nil
		}
		select {
		case a.wanted <- struct{}{}:
		default:
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-changed:
		case <-a.options.Clock.After(pollInterval):
		}
	}
}

func (a *api) waiting(yes bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.waits = yes
}
