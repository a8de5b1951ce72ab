package cloudmonitoring

import (
	"math/rand/v2"
	"time"
)

const (
	firstBackoff = 100 * time.Millisecond
	lastBackoff  = time.Minute

	// minConcurrency is the number of requests that may always be under way, unless Google
	// cannot take any: 600 series are three requests.
	minConcurrency = 3
)

// backoff is how long to wait before the next attempt after a number of failed ones: from
// 0.1 to 60 seconds, between half of it and all of it by chance.
func backoff(attempts int, random *rand.Rand) time.Duration {
	longest := min(firstBackoff<<min(max(attempts-1, 0), 20), lastBackoff)
	return longest/2 + time.Duration(random.Int64N(int64(longest/2)+1))
}

// pace decides how many requests may be under way. While requests fail, there is one at a
// time, with growing pauses; the number of the others grows while they are accepted.
type pace struct {
	limit, highest float64
	failures       int
	pausedUntil    time.Time
}

func newPace(highest int) pace {
	return pace{limit: min(minConcurrency, float64(highest)), highest: float64(highest)}
}

// allows says whether another request may begin, and else when to ask again; zero: when a
// request has ended.
func (p *pace) allows(underWay int, now time.Time) (bool, time.Time) {
	if p.failures == 0 {
		return underWay < int(p.limit), time.Time{}
	}
	if underWay > 0 {
		return false, time.Time{}
	}
	return !now.Before(p.pausedUntil), p.pausedUntil
}

// succeeded notes that Google takes points. If all requests that may be under way are, there
// may be more: one more for each full round.
func (p *pace) succeeded(underWay int) {
	p.failures = 0
	if underWay >= int(p.limit) {
		p.limit = min(p.limit+1/p.limit, p.highest)
	}
}

// failed notes that Google took nothing.
func (p *pace) failed(now time.Time, random *rand.Rand) {
	p.failures++
	p.limit = max(p.limit/2, min(minConcurrency, p.highest))
	p.pausedUntil = now.Add(backoff(p.failures, random))
}

// A bucket of tokens bounds how often something is done.
type bucket struct {
	tokens, capacity, perSecond float64
	last                        time.Time
}

func newBucket(capacity, perSecond float64) bucket {
	return bucket{tokens: capacity, capacity: capacity, perSecond: perSecond}
}

// take takes tokens if there are so many.
func (b *bucket) take(number float64, now time.Time) bool {
	if !b.last.IsZero() {
		b.tokens = min(b.tokens+now.Sub(b.last).Seconds()*b.perSecond, b.capacity)
	}
	b.last = now
	if b.tokens < number {
		return false
	}
	b.tokens -= number
	return true
}

// until is when there will be a token.
func (b *bucket) until(now time.Time) time.Time {
	return now.Add(time.Duration((1 - b.tokens) / b.perSecond * float64(time.Second)))
}
