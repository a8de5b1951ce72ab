package stackdriver

// DropName names one of the ways in which the sidecar loses samples.
type DropName string

// The four that the sidecar counts, in prometheus_sidecar_dropped_series{reason}.
const (
	TargetNotFound   DropName = "target_not_found"
	UnknownResource  DropName = "unknown_resource"
	TooManyLabels    DropName = "too_many_labels"
	MetadataNotFound DropName = "metadata_not_found"
)

// Those that it doesn't count; the names are linkerd-gcm's.
const (
	NotSelected         DropName = "not_selected"
	NotANumber          DropName = "not_a_number"
	FirstSample         DropName = "first_sample"
	SameInterval        DropName = "same_interval"
	SummarySuffix       DropName = "summary_suffix"
	UnsupportedType     DropName = "unsupported_type"
	HistogramStall      DropName = "histogram_stall"
	HistogramIncomplete DropName = "histogram_incomplete"
	UnknownRecord       DropName = "unknown_record"
	RejectedBatch       DropName = "rejected_batch"
)

// DropReason describes one way in which the sidecar loses samples.
type DropReason struct {
	Name DropName
	// Metric is the metric of the sidecar that grows when it happens, or "".
	Metric string
	What   string
	// Source is the file of stackdriver-prometheus-sidecar 0.10.1 to read.
	Source string
}

const droppedSeries = "prometheus_sidecar_dropped_series"

// DropReasons is the table of the ways in which the sidecar loses samples, the
// counted ones first.
var DropReasons = []DropReason{
	{TargetNotFound, droppedSeries,
		"No active target has the series' job and instance, and no other value for a label that both have. Tried again every 3 minutes.",
		"targets/cache.go"},
	{UnknownResource, droppedSeries,
		"No monitored resource can be made from the target's discovered labels: the cluster's name or location is missing, or the target isn't Kubernetes'.",
		"retrieval/resource_map.go"},
	{TooManyLabels, droppedSeries,
		"More than 10 labels are left when the metric's name and the target's labels are gone.",
		"retrieval/series_cache.go"},
	{MetadataNotFound, droppedSeries,
		"The metric is neither in static_metadata nor scraped from the target, and its name has no colon.",
		"metadata/cache.go"},
	{NotSelected, "",
		"No --include matches the series. It is not even remembered.",
		"retrieval/series_cache.go"},
	{NotANumber, "",
		"The sample is NaN, as a quantile without traffic is.",
		"retrieval/transform.go"},
	{FirstSample, "",
		"The first sample of a counter or histogram after a start is only taken down as the value to count from.",
		"retrieval/series_cache.go"},
	{SameInterval, "",
		"Another series with the same metric type, labels and resource has a sample for this time already: two metrics are renamed to one, or a label that told them apart is gone.",
		"retrieval/series_cache.go"},
	{SummarySuffix, "",
		"A metric typed as summary has a series that ends in _bucket or _total. The sidecar logs a warning every 3 minutes.",
		"retrieval/series_cache.go"},
	{UnsupportedType, "",
		"The metric has a type that the sidecar doesn't know, such as info, stateset or gaugehistogram. The sidecar logs a warning every 3 minutes.",
		"retrieval/series_cache.go"},
	{HistogramStall, "",
		"A metric typed as histogram is not part of one. The sidecar tries the same samples forever and exports nothing any more, of any metric.",
		"retrieval/transform.go"},
	{HistogramIncomplete, "",
		"A histogram without its _count series, or whose series are not selected all together.",
		"retrieval/transform.go"},
	{UnknownRecord, "",
		"The write-ahead log holds what the sidecar cannot read: native histograms, exemplars, metadata, or zstd compression.",
		"retrieval/manager.go"},
	{RejectedBatch, "prometheus_remote_storage_failed_samples_total",
		"Google Cloud Monitoring refuses a request, for one bad series in up to 200. It is not sent again.",
		"stackdriver/queue_manager.go"},
}

// Counted reports whether the sidecar counts the reason in a metric.
func (r DropReason) Counted() bool { return r.Metric != "" }
