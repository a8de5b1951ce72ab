package targets

import (
	"slices"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"github.com/linkerd-gcm/linkerd-gcm/exporter/series"
)

// Saved is what of a Cache survives a restart, so that the series of pods that are gone
// still have their target.
type Saved struct {
	// Listed is when Prometheus was asked for its targets, in milliseconds since 1970; 0 is
	// never.
	Listed  int64
	Targets []SavedTarget
	Types   []SavedTypes
}

// SavedTarget is a target, with when it was seen last, in milliseconds since 1970.
type SavedTarget struct {
	Labels, Discovered map[string]string
	Seen               int64
}

// SavedTypes are the types of a metric in a job, by instance.
type SavedTypes struct {
	Job, Metric string
	Types       map[string]model.MetricType
}

// Save returns what is known, in an order that depends on nothing else.
func (c *Cache) Save() Saved {
	c.mu.Lock()
	defer c.mu.Unlock()
	saved := Saved{}
	if !c.last.IsZero() {
		saved.Listed = c.last.UnixMilli()
	}
	for _, list := range c.targets {
		for _, r := range list {
			saved.Targets = append(saved.Targets, SavedTarget{r.target.Labels.Map(), r.target.Discovered.Map(), r.seen.UnixMilli()})
		}
	}
	slices.SortFunc(saved.Targets, func(a, b SavedTarget) int {
		return labels.Compare(labels.FromMap(a.Labels), labels.FromMap(b.Labels))
	})
	for of, known := range c.types {
		one := SavedTypes{Job: of.job, Metric: of.metric, Types: map[string]model.MetricType{}}
		for instance, t := range known {
			one.Types[instance] = t
		}
		saved.Types = append(saved.Types, one)
	}
	slices.SortFunc(saved.Types, func(a, b SavedTypes) int {
		return strings.Compare(a.Job+"\xff"+a.Metric, b.Job+"\xff"+b.Metric)
	})
	return saved
}

// Restore adds what was saved, before the first list. What was in no list then is missing in
// one list more.
func (c *Cache) Restore(saved Saved) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if saved.Listed != 0 {
		c.first = time.UnixMilli(saved.Listed)
	}
	for _, t := range saved.Targets {
		c.see(series.Target{Labels: labels.FromMap(t.Labels), Discovered: labels.FromMap(t.Discovered)}, time.UnixMilli(t.Seen))
	}
	for _, t := range saved.Types {
		known := types{}
		for instance, one := range t.Types {
			known[instance] = one
		}
		c.types[metricOfJob{t.Job, t.Metric}] = known
	}
}
