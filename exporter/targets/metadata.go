package targets

import (
	"slices"
	"time"

	"github.com/prometheus/common/model"

	"github.com/linkerd-gcm/linkerd-gcm/exporter/series"
)

type metricOfJob struct {
	job, metric string
}

// types are the types of a metric in a job, by instance.
type types map[string]model.MetricType

// agreed returns the type that all instances have, or "".
func (t types) agreed() model.MetricType {
	var agreed model.MetricType
	for _, one := range t {
		if agreed != "" && one != agreed {
			return ""
		}
		agreed = one
	}
	return agreed
}

// A question is a metric whose metadata somebody has asked for.
type question struct {
	// open says that Prometheus is to be asked, and answered when it was asked last.
	open     bool
	answered time.Time
	// since has when an instance was asked for that was in no answer.
	since map[string]time.Time
}

// Metadata returns the type of a metric of a target: that which Prometheus has for this
// target, else that of all other targets of its job where they agree. The answer is Wait
// until Prometheus has scraped the target, or was given FirstScrape for it, and was asked once
// more for one that was in no answer.
func (c *Cache) Metadata(t *series.Target, metric string) (series.Metadata, series.Answer) {
	job, instance := t.Labels.Get("job"), t.Labels.Get("instance")
	c.mu.Lock()
	defer c.mu.Unlock()
	known := c.types[metricOfJob{job, metric}]
	if own, has := known[instance]; has {
		return series.Metadata{Type: own}, series.Found
	}
	of := producer{job, instance}
	if c.scrapes.waits(of, c.options.Now()) || !c.asked(metric, of) {
		return series.Metadata{}, series.Wait
	}
	if agreed := known.agreed(); agreed != "" {
		return series.Metadata{Type: agreed}, series.Found
	}
	return series.Metadata{}, series.NotFound
}

// asked reports whether Prometheus has answered about a metric since it was wanted for the
// instance, and opens the question where it is time to ask.
func (c *Cache) asked(metric string, of producer) bool {
	now := c.options.Now()
	q := c.questions[metric]
	if q == nil {
		if len(c.questions) >= MaxMetrics {
			clear(c.questions)
		}
		q = &question{since: map[string]time.Time{}}
		c.questions[metric] = q
	}
	since, waits := q.since[of.instance]
	if !waits {
		if len(q.since) >= MaxTargets {
			clear(q.since)
		}
		since = c.mustHave(now)
		q.since[of.instance] = since
	}
	if from := c.scrapes.from(of); from.After(since) {
		since = from
	}
	done := !q.answered.Before(since) && !q.answered.IsZero()
	q.open = q.open || !done || now.Sub(q.answered) >= again
	return done
}

// scraped is how long after the time of a scrape Prometheus has its metadata for certain.
const scraped = time.Minute

// mustHave returns the time from which on an answer has all metadata of what the log has been
// read to: now, or earlier where the log is behind. So a backlog of many targets, none of
// which has a name that ends in _bucket, asks about that name once.
func (c *Cache) mustHave(now time.Time) time.Time {
	if known := c.reached.Add(scraped); !c.reached.IsZero() && known.Before(now) {
		return known
	}
	return now
}

// Metadata that Prometheus has answered with, one for each target and metric.
type metadata struct {
	Target map[string]string `json:"target"`
	Metric string            `json:"metric"`
	Type   model.MetricType  `json:"type"`
}

// learn takes an answer about metrics, or about all of them, that Prometheus was asked for
// at that time.
func (c *Cache) learn(answer []metadata, about []string, asked time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, m := range answer {
		of := metricOfJob{m.Target["job"], m.Metric}
		known := c.types[of]
		if known == nil {
			if len(c.types) >= MaxMetrics {
				continue
			}
			known = types{}
			c.types[of] = known
		}
		instance := m.Target["instance"]
		if before, has := known[instance]; len(known) < MaxTargets && (!has || before != m.Type) {
			known[instance] = m.Type
			c.known++
		}
	}
	for _, metric := range about {
		if q := c.questions[metric]; q != nil {
			q.open, q.answered = false, asked
		}
	}
	c.generation++
}

// open returns the metrics that Prometheus is to be asked about.
func (c *Cache) open() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var open []string
	for metric, q := range c.questions {
		if q.open {
			open = append(open, metric)
		}
	}
	slices.Sort(open)
	return open
}
