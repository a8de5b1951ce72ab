package targets

import (
	"fmt"
	"time"
)

// scrapes is what a list says of scrapes. A Prometheus that has just started lists its targets
// before it has scraped them, and has no metadata of them until then.
type scrapes struct {
	// awaited has the targets that are not scraped yet and, with an empty instance, the jobs
	// none of whose targets is, with when they were first listed so.
	awaited map[producer]time.Time
	// since has when a target or a job was first seen as scraped, where it was awaited before.
	since map[producer]time.Time
	// wanted is for whose scrape somebody waits, and wantedSince when that was first listed; the
	// zero time where nobody waits.
	wanted      producer
	wantedSince time.Time
}

// FirstScrape bounds the wait for the first scrape of a target: one that is listed and never
// scraped, or only each half an hour, must not keep all others from being exported.
const FirstScrape = again

// listScrapes takes what a list, which was asked for at that time, says of scrapes.
func (c *Cache) listScrapes(listed map[producer]bool, asked time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	before := c.scrapes
	c.scrapes = scrapes{awaited: map[producer]time.Time{}, since: map[producer]time.Time{}}
	for of, since := range before.since {
		if asked.Sub(since) < again {
			c.scrapes.since[of] = since
		}
	}
	for of, is := range withJobs(listed) {
		since, was := before.awaited[of]
		switch {
		case is && was:
			c.scrapes.since[of] = asked
		case !is && was:
			c.scrapes.awaited[of] = since
		case !is:
			c.scrapes.awaited[of] = asked
		}
	}
}

// withJobs adds the jobs, with an empty instance, and whether any target of theirs is scraped.
func withJobs(listed map[producer]bool) map[producer]bool {
	all := make(map[producer]bool, len(listed))
	for of, is := range listed {
		all[of] = is
		job := producer{job: of.job}
		all[job] = all[job] || is
	}
	return all
}

// waits reports whether Prometheus cannot have metadata of a target yet: it has not scraped the
// target or, where that is gone, any of its job, and was not given FirstScrape to do so.
func (s *scrapes) waits(of producer, now time.Time) bool {
	for _, one := range []producer{of, {job: of.job}} {
		if since, is := s.awaited[one]; is && now.Sub(since) < FirstScrape {
			s.wanted, s.wantedSince = one, since
			return true
		}
	}
	return false
}

// Awaited names the target for whose first scrape somebody waits, and says since when; "" where
// nobody does.
func (c *Cache) Awaited() (target string, since time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch s := c.scrapes; {
	case s.wantedSince.IsZero():
		return "", time.Time{}
	case s.wanted.instance == "":
		return fmt.Sprintf("any target of job %q", s.wanted.job), s.wantedSince
	default:
		return fmt.Sprintf("job %q, instance %q", s.wanted.job, s.wanted.instance), s.wantedSince
	}
}

// from returns the time from which on an answer has the metadata of a target.
func (s *scrapes) from(of producer) time.Time {
	own, job := s.since[of], s.since[producer{job: of.job}]
	if own.After(job) {
		return own
	}
	return job
}
