package targets

import "time"

// scrapes is what a list says of scrapes. A Prometheus that has just started lists its targets
// before it has scraped them, and has no metadata of them until then.
type scrapes struct {
	// awaited are the targets that are not scraped yet, and jobs has all jobs in the list, with
	// whether any target of theirs is scraped.
	awaited map[producer]bool
	jobs    map[string]bool
	// since has when a target, and a job with an empty instance, was first seen as scraped,
	// where it was not before.
	since map[producer]time.Time
	// wanted says that somebody waits for a scrape.
	wanted bool
}

// listScrapes takes what a list, which was asked for at that time, says of scrapes.
func (c *Cache) listScrapes(listed map[producer]bool, asked time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	before := c.scrapes
	c.scrapes = scrapes{awaited: map[producer]bool{}, jobs: map[string]bool{}, since: map[producer]time.Time{}}
	for of, since := range before.since {
		if asked.Sub(since) < again {
			c.scrapes.since[of] = since
		}
	}
	for of, is := range listed {
		c.scrapes.jobs[of.job] = c.scrapes.jobs[of.job] || is
		if !is {
			c.scrapes.awaited[of] = true
		} else if before.awaited[of] {
			c.scrapes.since[of] = asked
		}
	}
	for job, is := range c.scrapes.jobs {
		if was, known := before.jobs[job]; known && is && !was {
			c.scrapes.since[producer{job: job}] = asked
		}
	}
}

// waits reports whether Prometheus cannot have metadata of a target yet: it has not scraped the
// target or, where that is gone, any of its job.
func (s *scrapes) waits(of producer) bool {
	scraped, listed := s.jobs[of.job]
	waits := s.awaited[of] || listed && !scraped
	s.wanted = s.wanted || waits
	return waits
}

// from returns the time from which on an answer has the metadata of a target.
func (s *scrapes) from(of producer) time.Time {
	own, job := s.since[of], s.since[producer{job: of.job}]
	if own.After(job) {
		return own
	}
	return job
}
