package stackdriver

import (
	"strings"

	"github.com/linkerd-gcm/linkerd-gcm/monitoring"
)

// An Export is what the sidecar makes of the series of one metric, provided that
// they are selected, have a target and a resource, and few enough labels.
type Export struct {
	// Metric is the name in Prometheus.
	Metric string
	// Source says where the metric's type comes from, and MetadataKey under which
	// name it was found: the metric's, or that without its suffix.
	Source      MetadataSource
	MetadataKey string
	// PrometheusType is counter, gauge, histogram, summary or unknown.
	PrometheusType string
	// RenameKey is the name under which metric_renames is consulted, and Rename
	// the entry that applies, the last of several; nil where there is none.
	RenameKey string
	Rename    *Rename
	// Type, Kind and Value are what Google Cloud Monitoring gets.
	Type  string
	Kind  monitoring.MetricKind
	Value monitoring.ValueKind
	// Drop is the name of the drop reason, or "" where the metric is exported.
	Drop DropName
}

// MetadataSource says where the sidecar has a metric's type from.
type MetadataSource string

// The sources, in the order in which the sidecar asks them
// (stackdriver-prometheus-sidecar, metadata/cache.go, Get).
const (
	StaticSource  MetadataSource = "static_metadata"
	ScrapedSource MetadataSource = "the scraped metric's own type"
	ColonSource   MetadataSource = "the colon in the name, which is taken for a recording rule's: a gauge"
	NoSource      MetadataSource = ""
)

// An Exporter says what the sidecar makes of metrics, with one configuration.
type Exporter struct {
	prefix  string
	scraped map[string]string
	static  map[string]*StaticMetadata
	renames map[string]*Rename
}

// NewExporter returns the exporter for a configuration; nil is an empty one. The
// prefix is that of --stackdriver.metrics-prefix, and scraped the types of metrics
// that Prometheus knows from its targets, which may be nil: the metrics of
// recording rules are not among them.
func NewExporter(config *Config, prefix string, scraped map[string]string) *Exporter {
	e := &Exporter{prefix, scraped, map[string]*StaticMetadata{}, map[string]*Rename{}}
	if config == nil {
		return e
	}
	for i := range config.StaticMetadata {
		e.static[config.StaticMetadata[i].Metric.Text] = &config.StaticMetadata[i]
	}
	for i := range config.Renames {
		e.renames[config.Renames[i].From.Text] = &config.Renames[i]
	}
	return e
}

// internalGauges are what Prometheus writes for each scrape; the sidecar knows
// their types (metadata/cache.go, internalMetrics).
var internalGauges = map[string]bool{
	"up": true, "scrape_samples_scraped": true, "scrape_duration_seconds": true, "scrape_samples_post_metric_relabeling": true,
}

// metadata is what the sidecar knows of a metric before it exports it.
type metadata struct {
	source     MetadataSource
	metricType string
	value      monitoring.ValueKind
}

func (e *Exporter) metadata(name string) metadata {
	if static := e.static[name]; static != nil {
		found := metadata{StaticSource, static.Type.Text, monitoring.Double}
		if found.metricType == "untyped" {
			found.metricType = "unknown"
		}
		if static.ValueType.Text == "int64" {
			found.value = monitoring.Int64
		}
		return found
	}
	if scraped := e.scraped[name]; scraped != "" {
		if scraped == "untyped" {
			scraped = "unknown"
		}
		return metadata{ScrapedSource, scraped, monitoring.Double}
	}
	if internalGauges[name] {
		return metadata{ScrapedSource, "gauge", monitoring.Double}
	}
	if strings.Contains(name, ":") {
		return metadata{ColonSource, "gauge", monitoring.Double}
	}
	return metadata{}
}

// Export says what the sidecar makes of a metric: refresh in
// stackdriver-prometheus-sidecar, retrieval/series_cache.go, and what follows
// from it in retrieval/transform.go.
func (e *Exporter) Export(metric string) Export {
	base, suffix := "", ""
	found := e.metadata(metric)
	key := metric
	if found.source == NoSource {
		base, suffix, _ = stripSuffix(metric)
		key = base
		if suffix != "" {
			found = e.metadata(base)
		}
	}
	export := Export{Metric: metric, Source: found.source, MetadataKey: key, PrometheusType: found.metricType, RenameKey: metric}
	if found.source == NoSource {
		export.MetadataKey, export.RenameKey, export.Drop = "", "", MetadataNotFound
		return export
	}
	switch found.metricType {
	case "counter":
		export.Kind, export.Value = monitoring.Cumulative, found.value
		if suffix == suffixTotal {
			export.RenameKey = base
		}
	case "summary":
		export.summary(suffix)
	case "histogram":
		export.Kind, export.Value, export.RenameKey = monitoring.Cumulative, monitoring.Distribution, base
		if suffix != suffixBucket && suffix != suffixSum && suffix != suffixCount {
			export.Drop = HistogramStall
		}
	case "gauge", "unknown":
		export.Kind, export.Value = monitoring.Gauge, found.value
	default:
		export.Drop = UnsupportedType
	}
	e.rename(&export)
	return export
}

// summary fills in what the parts of a summary become.
func (e *Export) summary(suffix string) {
	switch suffix {
	case suffixSum:
		e.Kind, e.Value = monitoring.Cumulative, monitoring.Double
	case suffixCount:
		e.Kind, e.Value = monitoring.Cumulative, monitoring.Int64
	case "":
		e.Kind, e.Value = monitoring.Gauge, monitoring.Double
	default:
		e.Drop = SummarySuffix
	}
}

func (e *Exporter) rename(export *Export) {
	name := export.RenameKey
	if export.Rename = e.renames[name]; export.Rename != nil {
		name = export.Rename.To.Text
	}
	export.Type = monitoring.MetricType(e.prefix, name)
}
