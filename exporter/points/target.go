package points

import (
	"github.com/prometheus/prometheus/model/labels"
)

// What Prometheus and its targets call the series that say how a scrape went, and since
// when the target's process runs.
const (
	upMetric           = "up"
	processStartMetric = "process_start_time_seconds"
)

// A targetKey names a target of Prometheus.
type targetKey struct {
	job, instance string
}

func targetOf(lset labels.Labels) targetKey {
	return targetKey{lset.Get("job"), lset.Get("instance")}
}

// A scrape is what a record of samples says about its target.
type scrape struct {
	time int64
	// up says that the scrape succeeded, and gone that there was none: the target is not
	// scraped any more.
	up, gone bool
	// record is the number of the record; 0 says that there was no scrape.
	record uint64
}

// A target is what is known of the scrapes of a target.
type target struct {
	key targetKey
	// current is the scrape of the record that is being applied, or of an earlier one.
	current scrape
	// good is the time of the last scrape before the current one that succeeded; known says
	// that there was one since the target was discovered.
	good           int64
	goodRecord     uint64
	hasGood, known bool
	// interval is the shortest time between two scrapes, 0 if it is not known; measured is
	// what the log's interval has been made of.
	interval, measured int64
	// started is the start of the process as the record startedRecord said it.
	started       int64
	startedRecord uint64
	// groups are the sums of the target's series.
	groups []*group
	// used is the last sweep that found it in use.
	used int64
}

// scraped records a new scrape, or that the target is gone. A scrape that was recorded
// before is only that of the record.
func (t *target) scraped(now scrape) {
	if t.current.record != 0 && now.time <= t.current.time {
		t.current.record = now.record
		return
	}
	if t.current.record != 0 {
		if t.current.up {
			t.good, t.goodRecord, t.hasGood, t.known = max(t.good, t.current.time), t.current.record, true, true
		}
		if gap := now.time - t.current.time; gap > 0 && (t.interval == 0 || gap < t.interval) {
			t.interval = gap
		}
	}
	t.current = now
	t.known = t.known && !now.gone
}

// missed reports whether there was a good scrape after a failed one: a series that is in
// neither has vanished, as it would have alone.
func (t *target) missed(pausedAt int64) bool {
	return t != nil && t.hasGood && t.good > pausedAt
}

// before returns the time of the last good scrape before the current one, if it is after
// the given time, else that.
func (t *target) before(earliest int64) int64 {
	if t != nil && t.hasGood {
		return max(t.good, earliest)
	}
	return earliest
}
