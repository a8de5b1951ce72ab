package points_test

import (
	"reflect"
	"slices"

	"github.com/linkerd-gcm/linkerd-gcm/exporter/series"
)

// The kinds of differences from Google's sidecar, each with its reason.
const (
	same        = "same"
	unexplained = "unexplained"

	colon        = "colons become underscores"
	manyLabels   = "more than ten labels are exported"
	infinity     = "a value that is not finite is not what a reset is seen by"
	notFiniteNow = "a value that is not finite is dropped"
	collision    = "of two series that are one, the first is exported"
	firstCounts  = "a first sample is not swallowed where its start is known"
	goesOn       = "a series that is named again goes on"
	rebased      = "a recorded counter that falls is rebased"
	resetStart   = "a reset starts at the scrape before"
	oneState     = "a histogram is reset as a whole"
	newBounds    = "a histogram with other buckets begins anew"
	sumFalls     = "a sum that falls alone is not reset"
	together     = "the parts of a histogram are found wherever they are"
	withoutTop   = "what is above the last bound is counted without a bucket +Inf"
)

// differenceOf returns the kind of a difference, and what is wrong where it is unexplained.
func differenceOf(theirs, ours *pointLine, f *facts) (kind, reason string) {
	switch {
	case f == nil:
		return unexplained, "no series of the log becomes this"
	case ours == nil:
		return missing(theirs, f)
	case theirs == nil:
		return extra(ours, f)
	}
	equalValues := reflect.DeepEqual(theirs.Value, ours.Value)
	switch {
	case equalValues && theirs.start() == ours.start() && theirs.Metric == ours.Metric:
		return same, ""
	case equalValues && theirs.start() == ours.start():
		return colon, ""
	case f.namedAgain && ours.start() < theirs.start() && ours.amount() > theirs.amount():
		return goesOn, ""
	case theirs.start() != ours.start() && f.afterInfinity(theirs.start()+1):
		return infinity, ""
	case equalValues && f.startsAtReset(theirs, ours):
		return resetStart, ""
	case theirs.Value.Distribution != nil:
		return distributions(theirs, ours, f)
	case !f.scraped && f.fell(ours.start(), theirs.End) && ours.start() < theirs.start():
		return rebased, ""
	case f.countsFirst(theirs, ours):
		return firstCounts, ""
	}
	return unexplained, "values or starts differ"
}

func missing(theirs *pointLine, f *facts) (kind, reason string) {
	switch {
	case f.notFinite[theirs.End]:
		return notFiniteNow, ""
	case f.afterInfinity(theirs.End) && theirs.start() == theirs.End-1:
		return infinity, ""
	case f.role == series.Scalar && len(f.sources) > 1:
		return collision, ""
	}
	return unexplained, "we don't export it"
}

func extra(ours *pointLine, f *facts) (kind, reason string) {
	switch {
	case len(ours.MetricLabels) > 10:
		return manyLabels, ""
	case ours.End == f.firstTime() && ours.start() == f.scrapeBefore(ours.End):
		return firstCounts, ""
	case f.namedAgain:
		return goesOn, ""
	case f.widened(ours.End) && inWindow(ours.start(), f.scrapeBefore(ours.End)):
		return newBounds, ""
	}
	return unexplained, "they don't export it"
}

// inWindow reports whether a start is that of a scrape, or the next millisecond, where a
// point ended with the scrape.
func inWindow(start, scrape int64) bool { return start == scrape || start == scrape+1 }

// startsAtReset reports whether a value was reset right before a sample, and ours starts
// at the scrape before that.
func (f *facts) startsAtReset(theirs, ours *pointLine) bool {
	reset := theirs.start() + 1
	return f.fell(reset-1, reset) && inWindow(ours.start(), f.scrapeBefore(reset))
}

// countsFirst reports whether ours includes the first sample, and theirs counts from it.
func (f *facts) countsFirst(theirs, ours *pointLine) bool {
	return theirs.start() == f.firstTime() && ours.start() == f.scrapeBefore(f.firstTime()) &&
		ours.amount() == theirs.amount()+f.firstValue()
}

// distributions returns the kind of a difference between histograms.
func distributions(theirs, ours *pointLine, f *facts) (kind, reason string) {
	a, b := theirs.Value.Distribution, ours.Value.Distribution
	sameCounts := slices.Equal(a.Bounds, b.Bounds) && slices.Equal(a.BucketCounts, b.BucketCounts) && a.Count == b.Count
	switch {
	case len(a.Bounds) == 0 && len(b.Bounds) > 0 && a.Count == b.Count && (theirs.start() == ours.start() || f.startsAtReset(theirs, ours)):
		return together, ""
	case len(a.Bounds) == len(a.BucketCounts) && slices.Equal(a.Bounds, b.Bounds) && slices.Equal(a.BucketCounts, b.BucketCounts[:len(a.BucketCounts)]):
		return withoutTop, ""
	case f.countsFirst(theirs, ours):
		return firstCounts, ""
	case sameCounts && theirs.start() == ours.start() && f.fell(ours.start(), ours.End):
		return sumFalls, ""
	case f.widened(ours.End) && ours.start() > f.firstTime() && slices.Equal(a.Bounds, b.Bounds):
		return newBounds, ""
	case f.fell(min(theirs.start(), ours.start()), ours.End) && slices.Equal(a.Bounds, b.Bounds):
		return oneState, ""
	}
	return unexplained, "distributions differ"
}
