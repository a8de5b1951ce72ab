package points

import (
	"math"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/tsdb/chunks"

	"github.com/linkerd-gcm/linkerd-gcm/exporter/series"
)

// A source is a series of Prometheus that matters: one that is selected or summed up, or
// that says something about a target.
type source struct {
	key    key
	labels labels.Labels
	refs   []chunks.HeadSeriesRef
	target *target
	// born is the number of the record that named the series, and fromLog says that it was
	// not in a checkpoint.
	born    uint64
	fromLog bool
	// up and processStart say that the series is about its target.
	up, processStart bool
	// selected and sums say what the configuration wants of the series: to export it, and
	// to sum it up in the aggregations of these numbers.
	selected bool
	sums     []int

	resolution

	// lastTime is the time of the last sample; value and valueTime are those of the last
	// finite one.
	hasTime, hasValue   bool
	lastTime, valueTime int64
	value               float64
	// vanished says that the series ended although its target was scraped.
	vanished bool
	// pausedAt is the time of the failed scrape at which the series ended, 0 if it did not.
	pausedAt int64
	// touched is the time of the log when the series was last named or sampled.
	touched int64
}

// A resolution is what becomes of a source.
type resolution struct {
	resolved, recorded bool
	// input says that the source counts among those that are summed up.
	input bool
	// streams and groups are what the source is a number of, and histogram what it is a
	// part of, in the given role.
	streams   []*stream
	groups    []*group
	histogram *classic
	role      series.Role
	slot      *slot
	// refusals are the reasons for which the source is not in others. They are tried again
	// at nextTry.
	refusals []refusal
	nextTry  int64
}

// A refusal says why a source is not exported, or not in a sum.
type refusal struct {
	Reason series.Reason
	Detail string
}

// matters reports whether the source's samples are accounted for.
func (s *source) matters() bool { return s.selected || len(s.sums) > 0 }

// wanted reports whether the source's samples are read.
func (s *source) wanted() bool { return s.matters() || s.up || s.processStart }

// settled reports whether the source need not be resolved, or not yet again.
func (s *source) settled(now int64) bool {
	return s.resolved && (len(s.refusals) == 0 || now < s.nextTry)
}

// uses is how often a sample of the source counts.
func (s *source) uses() int {
	if !s.resolved {
		return max(1, len(s.sums))
	}
	uses := len(s.streams) + len(s.groups) + len(s.refusals)
	if s.histogram != nil {
		uses += s.histogram.uses()
	}
	return uses
}

func isFinite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }
