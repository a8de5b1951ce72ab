package series

// Reason says why samples are not exported. The empty Reason says that they are.
type Reason string

// The reasons that have to do with a series, whatever its samples are.
const (
	NotSelected      Reason = "not_selected"
	TargetNotFound   Reason = "target_not_found"
	UnknownResource  Reason = "unknown_resource"
	MetadataNotFound Reason = "metadata_not_found"
	TooManyLabels    Reason = "too_many_labels"
	LabelTooLong     Reason = "label_too_long"
	UnsupportedType  Reason = "unsupported_type"
	NotAHistogram    Reason = "not_a_histogram"
	BadBound         Reason = "bad_bound"
	NotSummable      Reason = "not_summable"
	Collision        Reason = "collision"
	Shadowed         Reason = "shadowed"
	MaxSeries        Reason = "max_series"
	MaxInputs        Reason = "max_inputs"
)

// The reasons that have to do with single samples.
const (
	NotFinite             Reason = "not_finite"
	NotNewer              Reason = "not_newer"
	IncompleteHistogram   Reason = "incomplete_histogram"
	InconsistentHistogram Reason = "inconsistent_histogram"
	NoBounds              Reason = "no_bounds"
	NoRoom                Reason = "no_room"
)

// Expected reports whether the reason is part of normal operation: a histogram in both forms,
// a quantile without observations, a counter that begins anew at once.
func (r Reason) Expected() bool { return r == Shadowed || r == NotFinite || r == NoRoom }

// A ReasonInfo describes a reason to people.
type ReasonInfo struct {
	Reason Reason
	// Meaning says what is the case, and Fix what to do about it.
	Meaning, Fix string
}

// Reasons is the table of these reasons, in the order in which documents list them. Those of
// points on their way to Google are in package cloudmonitoring.
var Reasons = []ReasonInfo{
	{TargetNotFound,
		"No target of Prometheus has the series' job and instance and agrees with its other labels.",
		"Let the recording rule keep the labels job and instance, and not change any label of the target."},
	{UnknownResource,
		"No monitored resource can be made from what Prometheus discovered about the target.",
		"Give --stackdriver.kubernetes.location and --stackdriver.kubernetes.cluster-name; for targets outside Kubernetes --stackdriver.generic.location and --stackdriver.generic.namespace, too."},
	{MetadataNotFound,
		"Prometheus knows no type of the metric, the configuration has none, and its name has no colon.",
		"Add the metric to static_metadata."},
	{TooManyLabels,
		"The series has more labels than --max-labels, not counting those of its target and resource.",
		"Sum over some of its labels with aggregate or with a recording rule, or raise --max-labels to what Google takes."},
	{LabelTooLong,
		"A label's key has more than 100 characters, or its value more than 1024: Google refuses them.",
		"Shorten or drop the label with metric_relabel_configs."},
	{UnsupportedType,
		"The metric's type is one that has no counterpart in Google Cloud Monitoring, such as info or gaugehistogram, or its name does not go with its type.",
		"Give another type in static_metadata."},
	{NotAHistogram,
		"The metric's type is histogram, but the series is neither native nor one of _bucket, _sum and _count.",
		"Correct the type in static_metadata."},
	{BadBound,
		"The label le of a bucket is not a number.",
		"Correct what exposes the metric."},
	{NotSummable,
		"The series belongs to an aggregate or to aggregated_counters, but is neither a counter nor a histogram, or was not scraped, or is a native histogram with another kind of buckets than the sum has.",
		"Name a counter or a histogram of a scraped target."},
	{Collision,
		"Another series has the same type, labels and resource in Google Cloud Monitoring, and came first.",
		"Keep the label that tells them apart, or rename one of the metrics."},
	{Shadowed,
		"The histogram, or a sum of it, is there as a native one, too, which has precedence.",
		"Nothing."},
	{MaxSeries,
		"As many series as --max-series allows were exported in the last ten minutes.",
		"Select fewer series, or raise --max-series, which raises the bill."},
	{MaxInputs,
		"As many series as --max-inputs allows are summed up.",
		"Narrow the aggregate's match, or raise --max-inputs."},
	{NotFinite,
		"The sample is NaN, or an infinite value of a metric that counts; a gauge may be infinite.",
		"Nothing, where a quantile had no observations; else correct what exposes the metric."},
	{NotNewer,
		"The sample is not newer than the one before.",
		"Nothing, where it is rare; else look for two targets that expose the same series."},
	{IncompleteHistogram,
		"A histogram without its _count.",
		"Correct what exposes the metric, or let the rules record all three of _bucket, _sum and _count."},
	{InconsistentHistogram,
		"A bucket of the histogram has fewer observations than a smaller one.",
		"Correct what exposes the metric."},
	{NoBounds,
		"A histogram without any finite bound: Google refuses it.",
		"Export its _count and _sum by a recording rule."},
	{NoRoom,
		"A counter began anew within a millisecond of its last point. Nothing is lost: the next point includes it.",
		"Nothing."},
}
