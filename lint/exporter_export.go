package lint

import (
	"cmp"
	"slices"
	"strings"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"github.com/linkerd-gcm/linkerd-gcm/exporter/configuration"
	"github.com/linkerd-gcm/linkerd-gcm/exporter/series"
	"github.com/linkerd-gcm/linkerd-gcm/monitoring"
	"github.com/linkerd-gcm/linkerd-gcm/stackdriver"
	"github.com/linkerd-gcm/linkerd-gcm/viz"
)

// exporting says what becomes of a metric. Both sidecars answer in the form of Google's.
type exporting interface {
	Export(metric string) stackdriver.Export
}

// resolver asks the code of gcm-exporter what becomes of a metric.
type resolver struct {
	*series.Resolver
	renames map[string]*stackdriver.Rename
	// known are the answers so far.
	known map[string]stackdriver.Export
}

// newExporting returns what answers for the sidecar that is judged.
func (c *context) newExporting(parsed *configuration.File) exporting {
	if !c.byExporter() {
		return stackdriver.NewExporter(c.config, c.metricsPrefix(), scrapedHistograms)
	}
	destination := configuration.CloudMonitoring
	if c.managed() {
		destination = configuration.ManagedPrometheus
	}
	r := &resolver{renames: map[string]*stackdriver.Rename{}, known: map[string]stackdriver.Export{}, Resolver: series.NewResolver(configuration.Settings{
		Destination: destination, MetricsPrefix: cmp.Or(c.metricsPrefix(), monitoring.DefaultMetricsPrefix),
		Project: "p", Location: "l", Cluster: "c", MaxLabels: configuration.DefaultMaxLabels,
	}, parsed)}
	if c.config != nil && !c.managed() {
		for i := range c.config.Renames {
			r.renames[c.config.Renames[i].From.Text] = &c.config.Renames[i]
		}
	}
	return r
}

// aTarget stands for the targets of linkerd-viz: their series have a resource.
var aTarget = &series.Target{
	Labels: labels.FromStrings("job", viz.ProxyJob, "instance", "i"),
	Discovered: labels.FromStrings("__meta_kubernetes_namespace", "n", "__meta_kubernetes_pod_name", "p",
		"__meta_kubernetes_pod_container_name", "c"),
}

// facts answer what Prometheus would say of the proxies' metrics. Every series has a target
// here: which of them have none is seen in the rules.
type facts struct{}

func (facts) Target(labels.Labels) (*series.Target, series.Answer) { return aTarget, series.Found }

func (facts) Metadata(_ *series.Target, metric string) (series.Metadata, series.Answer) {
	switch {
	case slices.Contains(viz.RawHistograms, metric):
		return series.Metadata{Type: model.MetricTypeHistogram}, series.Found
	case slices.Contains(viz.ProxyCounters, metric) && strings.HasSuffix(metric, "_total"):
		return series.Metadata{Type: model.MetricTypeCounter}, series.Found
	case slices.Contains(viz.ProxyCounters, metric):
		return series.Metadata{Type: model.MetricTypeGauge}, series.Found
	}
	return series.Metadata{}, series.NotFound
}

// dropNames are what Google's sidecar would call the reasons that follow from a name.
var dropNames = map[series.Reason]stackdriver.DropName{
	series.MetadataNotFound: stackdriver.MetadataNotFound,
	series.UnsupportedType:  stackdriver.SummarySuffix,
	series.NotAHistogram:    stackdriver.HistogramStall,
}

// Export says what becomes of the series of a recorded metric.
func (r *resolver) Export(metric string) stackdriver.Export {
	export, known := r.known[metric]
	if !known {
		export = r.resolve(metric)
		r.known[metric] = export
	}
	return export
}

func (r *resolver) resolve(metric string) stackdriver.Export {
	lset := labels.FromStrings(labels.MetricName, metric, "job", viz.ProxyJob, "instance", "i", labels.BucketLabel, "1")
	found, _ := r.Resolve(lset, false, facts{})
	export := stackdriver.Export{Metric: metric, Drop: dropNames[found.Reason]}
	typing, known := r.TypingOf(metric, aTarget, facts{})
	if known {
		export.PrometheusType, export.RenameKey, export.MetadataKey = string(typing.Type), typing.Renamed, typing.Renamed
		export.Rename = r.renames[typing.Renamed]
		export.Source = sourceOf(metric, typing)
	}
	if typing.Static != "" {
		export.MetadataKey = typing.Static
	}
	if found.Role == series.Native { // a rule records numbers
		export.Drop = stackdriver.HistogramStall
	}
	if len(found.Outputs) > 0 {
		out := found.Outputs[0]
		export.Type, export.Kind, export.Value = out.MetricType, out.Kind, out.Value
	}
	return export
}

func sourceOf(metric string, typing series.Typing) stackdriver.MetadataSource {
	switch {
	case typing.Static != "":
		return stackdriver.StaticSource
	case strings.Contains(metric, ":"):
		return stackdriver.ColonSource
	}
	return stackdriver.ScrapedSource
}

// sum says what becomes of the sum of a scraped metric, by the number of its entry.
func (r *resolver) sum(number int, metric string) stackdriver.Export {
	name := metric
	if slices.Contains(viz.RawHistograms, metric) {
		name += "_count"
	}
	lset := labels.FromStrings(labels.MetricName, name, "job", viz.ProxyJob, "instance", "i")
	found, _ := r.ResolveInput(number, lset, true, facts{})
	if len(found.Outputs) == 0 {
		return stackdriver.Export{}
	}
	out := found.Outputs[0]
	return stackdriver.Export{Metric: metric, Type: out.MetricType, Kind: out.Kind, Value: out.Value}
}
