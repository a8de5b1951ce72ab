package series

import (
	"strings"

	"github.com/prometheus/common/model"

	"github.com/linkerd-gcm/linkerd-gcm/exporter/configuration"
)

// The suffixes that histograms, summaries and counters give to the names of their series.
const (
	suffixBucket = "_bucket"
	suffixSum    = "_sum"
	suffixCount  = "_count"
	suffixTotal  = "_total"
)

// cutSuffix returns a name without the suffix that a metric of several series, or a
// counter of OpenMetrics, gives it.
func cutSuffix(name string) (base, suffix string) {
	for _, suffix := range []string{suffixBucket, suffixCount, suffixSum, suffixTotal} {
		if base, cut := strings.CutSuffix(name, suffix); cut {
			return base, suffix
		}
	}
	return name, ""
}

// A metric is what is known of the metric that a series belongs to.
type metric struct {
	kind   model.MetricType
	int64  bool
	static bool
	// key is the entry of static_metadata that says so.
	key string
	// base and suffix are set where the type was found under the name without suffix.
	base, suffix string
}

// exported returns the name under which a metric's series are exported and renamed, which is
// not their own where they are parts of a histogram or a counter of OpenMetrics.
func (m metric) exported(name string) string {
	if m.kind == model.MetricTypeHistogram && m.suffix != "" || m.kind == model.MetricTypeCounter && m.suffix == suffixTotal {
		return m.base
	}
	return name
}

// A Typing is what is known of a metric by its name.
type Typing struct {
	Type model.MetricType
	// Static is the entry of static_metadata that says the type, "" where none does.
	Static string
	// Renamed is the name that metric_renames is asked for.
	Renamed string
}

// TypingOf returns what is known of a metric; false where nothing is, or where Prometheus has
// to be asked first.
func (r *Resolver) TypingOf(name string, target *Target, lookup Lookup) (Typing, bool) {
	found, answer := r.metric(name, target, lookup)
	return Typing{found.kind, found.key, found.exported(name)}, answer == Found
}

// written are the metrics that Prometheus writes for each scrape and knows no metadata of.
var written = map[string]bool{
	"up": true, "scrape_samples_scraped": true, "scrape_duration_seconds": true, "scrape_samples_post_metric_relabeling": true,
}

// metric finds the type of a metric: under its own name, then without its suffix; what has
// a colon in its name is a recording rule's, and a gauge. Static metadata wins.
func (r *Resolver) metric(name string, target *Target, lookup Lookup) (metric, Answer) {
	if found, answer := r.lookUp(name, target, lookup); answer != NotFound {
		return r.part(name, found, answer, target, lookup)
	}
	if written[name] {
		return metric{kind: model.MetricTypeGauge}, Found
	}
	if base, suffix := cutSuffix(name); suffix != "" {
		if found, answer := r.lookUp(base, target, lookup); answer != NotFound {
			found.base, found.suffix = base, suffix
			return found, answer
		}
	}
	if strings.Contains(name, ":") {
		return metric{kind: model.MetricTypeGauge}, Found
	}
	return metric{}, NotFound
}

// part makes a part of a histogram of what has static metadata of its own: a histogram is one
// metric, as for Google's sidecar.
func (r *Resolver) part(name string, found metric, answer Answer, target *Target, lookup Lookup) (metric, Answer) {
	base, suffix := cutSuffix(name)
	if answer != Found || !found.static || suffix == "" || suffix == suffixTotal {
		return found, answer
	}
	whole, answer := r.lookUp(base, target, lookup)
	switch {
	case answer == Wait:
		return metric{}, Wait
	case answer == NotFound || whole.kind != model.MetricTypeHistogram:
		return found, Found
	}
	whole.base, whole.suffix = base, suffix
	return whole, Found
}

func (r *Resolver) lookUp(name string, target *Target, lookup Lookup) (metric, Answer) {
	if static, key, found := r.static(name); found {
		return metric{kind: known(static.Type), int64: static.Int64, static: true, key: key}, Found
	}
	if target == nil {
		return metric{}, NotFound
	}
	metadata, answer := lookup.Metadata(target, name)
	return metric{kind: known(metadata.Type)}, answer
}

// static finds static metadata under a metric's own name, or under its new one.
func (r *Resolver) static(name string) (found configuration.Static, key string, isGiven bool) {
	key = name
	if found, isGiven = r.file.Static[key]; isGiven {
		return found, key, true
	}
	if renamed, isRenamed := r.file.Renames[name]; isRenamed {
		key = renamed
		found, isGiven = r.file.Static[key]
	}
	return found, key, isGiven
}

// known replaces the older names of the type unknown.
func known(kind model.MetricType) model.MetricType {
	if kind == "untyped" || kind == "" {
		return model.MetricTypeUnknown
	}
	return kind
}
