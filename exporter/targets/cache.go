package targets

import (
	"slices"
	"sync"
	"time"

	"github.com/prometheus/prometheus/model/labels"

	"github.com/linkerd-gcm/linkerd-gcm/exporter/series"
)

// The limits and periods of what is remembered.
const (
	// Interval is the time from one list of targets to the next.
	Interval = 30 * time.Second
	// MaxTargets and MaxMetrics bound what is remembered: targets, and metrics of jobs.
	MaxTargets = 20_000
	MaxMetrics = 50_000
	// again is the time after which metadata that nobody had are asked for again.
	again = 5 * time.Minute
)

// Options are what a Cache is made with.
type Options struct {
	// MaxAge is how long a target is remembered after Prometheus named it last; 0 is for
	// ever. MaxTargets holds in any case.
	MaxAge time.Duration
	// Apart is the time between two lists that must both lack a target before a series is
	// said to have none, and Pause the least time between two lists that somebody waits for.
	Apart, Pause time.Duration
	Now          func() time.Time
}

// A Cache is what is known of Prometheus' targets and of their metrics. It is safe for
// concurrent use.
type Cache struct {
	options Options

	mu         sync.Mutex
	generation uint64
	// known is another number whenever something new is known.
	known   uint64
	targets map[producer][]*remembered
	count   int
	// first and last are the times of the first and the last list, and reached is how far
	// the log has been read.
	first, last, reached time.Time
	// missing has the producers that somebody waits for, with the time since when.
	missing   map[producer]time.Time
	types     map[metricOfJob]types
	questions map[string]*question
	scrapes   scrapes
}

// A producer is what all series of a target have in common.
type producer struct {
	job, instance string
}

type remembered struct {
	target series.Target
	seen   time.Time
}

// New returns a Cache that knows nothing yet.
func New(options Options) *Cache {
	return &Cache{options: options, targets: map[producer][]*remembered{}, missing: map[producer]time.Time{},
		types: map[metricOfJob]types{}, questions: map[string]*question{}}
}

// Generation is another one after each answer of Prometheus. Whatever was not found may be
// asked for again then.
func (c *Cache) Generation() uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.generation
}

// Reach says that the log has been read up to a time: a target that is asked for has been
// scraped then, and must be in every list from then on until it ends.
func (c *Cache) Reach(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.reached = t
}

// Known is another number whenever a target or the type of a metric is new.
func (c *Cache) Known() uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.known
}

// Target returns the target that a series belongs to: that of its job and instance which has
// no other value for a label that both have (stackdriver-prometheus-sidecar,
// targets/cache.go). Of several it is the one that was seen last. The answer is Wait until a
// list that is newer than the series, and one that is older by Options.Apart, lack it.
func (c *Cache) Target(lset labels.Labels) (*series.Target, series.Answer) {
	of := producer{lset.Get("job"), lset.Get("instance")}
	if of.job == "" || of.instance == "" {
		return nil, series.NotFound
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	var best *remembered
	for _, r := range c.targets[of] {
		if agree(r.target.Labels, lset) && (best == nil || r.seen.After(best.seen)) {
			best = r
		}
	}
	if best != nil {
		return &best.target, series.Found
	}
	since, asked := c.missing[of]
	if !asked {
		if len(c.missing) >= MaxTargets {
			clear(c.missing)
		}
		since = c.options.Now()
		if !c.reached.IsZero() && c.reached.Before(since) {
			since = c.reached
		}
		c.missing[of] = since
	}
	if c.judged(since) {
		return nil, series.NotFound
	}
	return nil, series.Wait
}

// judged reports whether there is a list that is newer than the series, and one before it.
func (c *Cache) judged(since time.Time) bool {
	return c.last.After(since) && c.last.Sub(c.first) >= c.options.Apart
}

// waited reports whether somebody waits for a list.
func (c *Cache) waited() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.scrapes.wantedSince.IsZero() {
		return true
	}
	for _, since := range c.missing {
		if !c.judged(since) {
			return true
		}
	}
	return false
}

// agree reports whether no label that both have differs.
func agree(target, lset labels.Labels) bool {
	same := true
	lset.Range(func(l labels.Label) {
		if v := target.Get(l.Name); l.Value != "" && v != "" && v != l.Value {
			same = false
		}
	})
	return same
}

// List takes a list of targets from Prometheus, which was asked for at that time.
func (c *Cache) List(list []series.Target, asked time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, t := range list {
		c.see(t, asked)
	}
	if c.first.IsZero() {
		c.first = asked
	}
	c.last = asked
	c.generation++
	c.forget(asked)
}

func (c *Cache) see(t series.Target, now time.Time) {
	of := producer{t.Labels.Get("job"), t.Labels.Get("instance")}
	for _, r := range c.targets[of] {
		if labels.Equal(r.target.Labels, t.Labels) {
			r.seen = now
			if !labels.Equal(r.target.Discovered, t.Discovered) {
				r.target = t
			}
			return
		}
	}
	c.targets[of] = append(c.targets[of], &remembered{t, now})
	c.count++
	c.known++
	delete(c.missing, of)
}

// forget removes targets that are too old, and the oldest where there are too many.
func (c *Cache) forget(now time.Time) {
	if c.options.MaxAge > 0 {
		c.removeBefore(now.Add(-c.options.MaxAge))
	}
	if c.count <= MaxTargets {
		return
	}
	seen := make([]time.Time, 0, c.count)
	for _, list := range c.targets {
		for _, r := range list {
			seen = append(seen, r.seen)
		}
	}
	slices.SortFunc(seen, time.Time.Compare)
	c.removeBefore(seen[c.count-MaxTargets])
}

func (c *Cache) removeBefore(oldest time.Time) {
	for of, list := range c.targets {
		kept := list[:0]
		for _, r := range list {
			if !r.seen.Before(oldest) {
				kept = append(kept, r)
			}
		}
		c.count -= len(list) - len(kept)
		if c.targets[of] = kept; len(kept) == 0 {
			delete(c.targets, of)
		}
	}
}

// Len returns how many targets are known.
func (c *Cache) Len() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.count
}
