package configuration

import (
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
)

// MaxFileSize is the longest file that is read, in bytes: Kubernetes' own limit of a
// ConfigMap.
const MaxFileSize = 1 << 20

// A File is the configuration file. The zero File is an empty one.
type File struct {
	// Renames are the names that metrics get in Google Cloud Monitoring, by the names
	// that they have in Prometheus.
	Renames map[string]string
	// Static has the metadata of metrics that Prometheus knows nothing of, or the wrong
	// thing.
	Static map[string]Static
	// Aggregates are the sums that the exporter makes itself.
	Aggregates []Aggregate
	// Counters are the sums of Google's sidecar, over all targets.
	Counters []Counter
	// HasKeys says that the file has any of its lists, be it an empty one.
	HasKeys bool
}

// Empty reports whether nothing is in the file, not even a list without entries: somebody
// who has written that down wants none.
func (f *File) Empty() bool {
	return !f.HasKeys && len(f.Renames)+len(f.Static)+len(f.Aggregates)+len(f.Counters) == 0
}

// Static is an entry of static_metadata.
type Static struct {
	// Type is one of counter, gauge, histogram, summary and unknown.
	Type model.MetricType
	// Int64 says that the metric's points are whole numbers.
	Int64 bool
	Help  string
}

// An Aggregate is an entry of aggregate: a counter or a histogram, summed up over labels
// for each target.
type Aggregate struct {
	// Metric is a counter's name, or a histogram's without its suffix.
	Metric string
	// Match has the matchers that a series must pass besides its name.
	Match Selector
	// By are the labels that stay, where HasBy says so; else those of Without go. With
	// neither, no label stays.
	By, Without []string
	HasBy       bool
	// To is the name of the sum in Google Cloud Monitoring; ParseFile fills in one that is
	// not given.
	To string
}

// A Counter is an entry of aggregated_counters: the sum of all series of all targets that
// any of the filters matches.
type Counter struct {
	Metric, Help string
	Filters      []Selector
}

// A Selector is what a series must match: all of its matchers.
type Selector []*labels.Matcher
