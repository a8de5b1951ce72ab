package series

import (
	"strings"

	"github.com/prometheus/common/model"

	"github.com/linkerd-gcm/linkerd-gcm/exporter/configuration"
	"github.com/linkerd-gcm/linkerd-gcm/monitoring"
)

// Role says what a series is for the time series that it becomes.
type Role uint8

// The roles.
const (
	// Scalar becomes a time series of numbers.
	Scalar Role = iota
	// Bucket, Sum and Count are the parts of a classic histogram.
	Bucket
	Sum
	Count
	// Native is a native histogram.
	Native
)

// An output is a metric of Google Cloud Monitoring that a series goes into.
type output struct {
	metricType string
	kind       monitoring.MetricKind
	value      monitoring.ValueKind
}

var roles = map[string]Role{suffixBucket: Bucket, suffixSum: Sum, suffixCount: Count, "": Native}

// outputs returns what a series becomes, by its metric's type.
func (r *Resolver) outputs(name string, m metric, recorded bool) (Role, []output, Reason) {
	if m.kind == model.MetricTypeHistogram {
		role, found := roles[m.suffix]
		if !found {
			return 0, nil, NotAHistogram
		}
		base := m.exported(name)
		return role, []output{{r.typeOf(base, base, "histogram"), monitoring.Cumulative, monitoring.Distribution}}, ""
	}
	if r.settings.Destination == configuration.ManagedPrometheus {
		return r.managedOutputs(name, m, recorded)
	}
	value := monitoring.Double
	if m.int64 {
		value = monitoring.Int64
	}
	switch m.kind {
	case model.MetricTypeCounter:
		name = m.exported(name)
		return Scalar, []output{{r.typeOf(name, name, ""), monitoring.Cumulative, value}}, ""
	case model.MetricTypeGauge, model.MetricTypeUnknown:
		return Scalar, []output{{r.typeOf(name, name, ""), monitoring.Gauge, value}}, ""
	case model.MetricTypeSummary:
		return r.summary(name, m.suffix)
	}
	return 0, nil, UnsupportedType
}

func (r *Resolver) summary(name, suffix string) (Role, []output, Reason) {
	metricType := r.typeOf(name, name, "")
	switch suffix {
	case "":
		return Scalar, []output{{metricType, monitoring.Gauge, monitoring.Double}}, ""
	case suffixSum:
		return Scalar, []output{{metricType, monitoring.Cumulative, monitoring.Double}}, ""
	case suffixCount:
		return Scalar, []output{{metricType, monitoring.Cumulative, monitoring.Int64}}, ""
	}
	return 0, nil, UnsupportedType
}

// managedOutputs returns what Google's managed collection makes of a series
// (GoogleCloudPlatform/prometheus-engine, pkg/export/gmp_series_cache.go).
func (r *Resolver) managedOutputs(name string, m metric, recorded bool) (Role, []output, Reason) {
	gauge := func(suffix string) output {
		return output{r.typeOf(name, name, suffix), monitoring.Gauge, monitoring.Double}
	}
	cumulative := func(suffix string) output {
		return output{r.typeOf(name, name, suffix), monitoring.Cumulative, monitoring.Double}
	}
	if recorded && !(m.static && m.kind == model.MetricTypeCounter) {
		return Scalar, []output{gauge("gauge")}, ""
	}
	switch m.kind {
	case model.MetricTypeCounter:
		return Scalar, []output{cumulative("counter")}, ""
	case model.MetricTypeGauge:
		return Scalar, []output{gauge("gauge")}, ""
	case model.MetricTypeUnknown:
		return Scalar, []output{gauge("unknown"), cumulative("unknown:counter")}, ""
	case model.MetricTypeSummary:
		switch m.suffix {
		case "":
			return Scalar, []output{gauge("summary")}, ""
		case suffixSum:
			return Scalar, []output{cumulative("summary:counter")}, ""
		case suffixCount:
			return Scalar, []output{cumulative("summary")}, ""
		}
	}
	return 0, nil, UnsupportedType
}

// managedPrefix precedes the names of metrics of Google's managed collection.
const managedPrefix = "prometheus.googleapis.com"

// typeOf returns the type of a metric: with its new name, or its own, in which what Google
// refuses becomes an underscore. Managed Prometheus takes the name as it is, and has the
// kind behind it.
func (r *Resolver) typeOf(renameKey, name, kind string) string {
	if r.settings.Destination == configuration.ManagedPrometheus {
		return managedPrefix + "/" + name + "/" + kind
	}
	if renamed, found := r.file.Renames[renameKey]; found {
		return monitoring.MetricType(r.settings.MetricsPrefix, renamed)
	}
	return monitoring.MetricType(r.settings.MetricsPrefix, strings.Map(allowed, name))
}

// allowed replaces what is not allowed in the name of a metric. Prometheus has colons in
// the names of recording rules.
func allowed(c rune) rune {
	switch {
	case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '_', c == '/', c == '.':
		return c
	}
	return '_'
}
