package points

import (
	"math"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/tsdb/chunks"

	"github.com/linkerd-gcm/linkerd-gcm/exporter/series"
)

// A source is a series of Prometheus that matters: one that is selected or summed up, or
// that says something about a target. There are many, and most of the time that a sample
// takes is to fetch its source from memory: what each sample needs is side by side, from
// lastTime to slot.
type source struct {
	key    key
	labels labels.Labels
	refs   []chunks.HeadSeriesRef

	// lastTime is the time of the last sample, if hasTime; value and valueTime are those of
	// the last finite one, if hasValue.
	lastTime, valueTime int64
	value               float64
	// touched is the time of the log when the series was last named or sampled.
	touched           int64
	hasTime, hasValue bool
	// selected says that the configuration wants the series to be exported.
	selected bool
	// up and processStart say that the series is about its target, and fromLog that it was
	// not named in a checkpoint.
	up, processStart, fromLog bool
	// vanished says that the series ended although its target was scraped, and paused that
	// it ended with a failed scrape, at pausedAt.
	vanished, paused bool

	resolution

	// sums are the numbers of the aggregations that the configuration wants the series in.
	sums []int
	// born is the number of the record that named the series.
	born     uint64
	target   *target
	pausedAt int64
}

// A resolution is what becomes of a source.
type resolution struct {
	// input says that the source counts among those that are summed up.
	resolved, recorded, input bool
	// role is that of the source in its histogram.
	role series.Role
	// numbers and refused are how many streams and groups there are, and how many refusals.
	numbers, refused uint16
	// histogram and slot are what the source is a part of.
	histogram *classic
	slot      *slot
	// streams and groups are what the source is a number of.
	streams []*stream
	groups  []*group
	// refusals are the reasons for which the source is not in others. They are tried again
	// at nextTry.
	refusals []refusal
	nextTry  int64
}

// count counts what there is.
func (r *resolution) count() {
	r.numbers, r.refused = uint16(len(r.streams)+len(r.groups)), uint16(len(r.refusals)) //nolint:gosec // the file has not so many
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
	return s.resolved && (s.refused == 0 || now < s.nextTry)
}

// uses is how often a sample of the source counts.
func (s *source) uses() int {
	if !s.resolved {
		return max(1, len(s.sums))
	}
	uses := int(s.numbers) + int(s.refused)
	if s.histogram != nil {
		uses += s.histogram.uses()
	}
	return uses
}

func isFinite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }
