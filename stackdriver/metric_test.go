package stackdriver

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/linkerd-gcm/linkerd-gcm/monitoring"
)

func parseConfig(t *testing.T, text string) *Config {
	t.Helper()
	config, err := ParseConfig([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return config
}

func TestMetricsAreExportedAsTheSidecarDoes(t *testing.T) {
	const external = "external.googleapis.com/prometheus/"
	for name, test := range map[string]struct {
		config  string
		scraped map[string]string
		metric  string
		want    Export
		rename  string
	}{
		"a recorded metric is a gauge because of its colon": {
			metric: "job:x",
			want: Export{Source: ColonSource, MetadataKey: "job:x", PrometheusType: "gauge", RenameKey: "job:x",
				Type: external + "job:x", Kind: monitoring.Gauge, Value: monitoring.Double},
		},
		"static metadata is looked up by the original name, and renames apply to the type": {
			config: "{static_metadata: [{metric: 'job:x', type: counter}], metric_renames: [{from: 'job:x', to: x}]}",
			metric: "job:x",
			want: Export{Source: StaticSource, MetadataKey: "job:x", PrometheusType: "counter", RenameKey: "job:x",
				Type: external + "x", Kind: monitoring.Cumulative, Value: monitoring.Double},
			rename: "x",
		},
		"static metadata under the new name does nothing": {
			config: "{static_metadata: [{metric: x, type: counter}], metric_renames: [{from: 'job:x', to: x}]}",
			metric: "job:x",
			want: Export{Source: ColonSource, MetadataKey: "job:x", PrometheusType: "gauge", RenameKey: "job:x",
				Type: external + "x", Kind: monitoring.Gauge, Value: monitoring.Double},
			rename: "x",
		},
		"of several entries the last one wins": {
			config: "{static_metadata: [{metric: x, type: counter}, {metric: x, type: gauge, value_type: int64}], metric_renames: [{from: x, to: a}, {from: x, to: b}]}",
			metric: "x",
			want: Export{Source: StaticSource, MetadataKey: "x", PrometheusType: "gauge", RenameKey: "x",
				Type: external + "b", Kind: monitoring.Gauge, Value: monitoring.Int64},
			rename: "b",
		},
		"a name without a colon and without metadata is dropped": {
			metric: "plain",
			want:   Export{Drop: MetadataNotFound},
		},
		"a name without a colon is exported with static metadata": {
			config: "{static_metadata: [{metric: plain, type: untyped}]}",
			metric: "plain",
			want: Export{Source: StaticSource, MetadataKey: "plain", PrometheusType: "unknown", RenameKey: "plain",
				Type: external + "plain", Kind: monitoring.Gauge, Value: monitoring.Double},
		},
		"a counter under its base name is renamed by its base name": {
			config: "{static_metadata: [{metric: p, type: counter, value_type: int64}], metric_renames: [{from: p_total, to: no}, {from: p, to: yes_}]}",
			metric: "p_total",
			want: Export{Source: StaticSource, MetadataKey: "p", PrometheusType: "counter", RenameKey: "p",
				Type: external + "yes_", Kind: monitoring.Cumulative, Value: monitoring.Int64},
			rename: "yes_",
		},
		"a counter's base name stands for _total alone when it is renamed": {
			config: "{static_metadata: [{metric: p, type: counter}], metric_renames: [{from: p, to: no}]}",
			metric: "p_count",
			want: Export{Source: StaticSource, MetadataKey: "p", PrometheusType: "counter", RenameKey: "p_count",
				Type: external + "p_count", Kind: monitoring.Cumulative, Value: monitoring.Double},
		},
		"a counter under its full name is renamed by its full name": {
			config: "{static_metadata: [{metric: 'a:b_total', type: counter}], metric_renames: [{from: 'a:b_total', to: b}]}",
			metric: "a:b_total",
			want: Export{Source: StaticSource, MetadataKey: "a:b_total", PrometheusType: "counter", RenameKey: "a:b_total",
				Type: external + "b", Kind: monitoring.Cumulative, Value: monitoring.Double},
			rename: "b",
		},
		"with a colon the base name is never asked for": {
			config: "{static_metadata: [{metric: 'a:b', type: counter}]}",
			metric: "a:b_total",
			want: Export{Source: ColonSource, MetadataKey: "a:b_total", PrometheusType: "gauge", RenameKey: "a:b_total",
				Type: external + "a:b_total", Kind: monitoring.Gauge, Value: monitoring.Double},
		},
		"a scraped histogram is a distribution, named by its base": {
			config:  "{metric_renames: [{from: h_bucket, to: no}, {from: h, to: yes_}]}",
			scraped: map[string]string{"h": "histogram"},
			metric:  "h_bucket",
			want: Export{Source: ScrapedSource, MetadataKey: "h", PrometheusType: "histogram", RenameKey: "h",
				Type: external + "yes_", Kind: monitoring.Cumulative, Value: monitoring.Distribution},
			rename: "yes_",
		},
		"a recorded metric typed as histogram stalls the sidecar": {
			config: "{static_metadata: [{metric: 'a:b:c', type: histogram}]}",
			metric: "a:b:c",
			want: Export{Source: StaticSource, MetadataKey: "a:b:c", PrometheusType: "histogram",
				Type: external, Kind: monitoring.Cumulative, Value: monitoring.Distribution, Drop: HistogramStall},
		},
		"a bucket typed as histogram under its full name stalls the sidecar": {
			config: "{static_metadata: [{metric: h_bucket, type: histogram}]}",
			metric: "h_bucket",
			want: Export{Source: StaticSource, MetadataKey: "h_bucket", PrometheusType: "histogram",
				Type: external, Kind: monitoring.Cumulative, Value: monitoring.Distribution, Drop: HistogramStall},
		},
		"a total typed as histogram under its base name stalls the sidecar": {
			config: "{static_metadata: [{metric: h, type: histogram}]}",
			metric: "h_total",
			want: Export{Source: StaticSource, MetadataKey: "h", PrometheusType: "histogram", RenameKey: "h",
				Type: external + "h", Kind: monitoring.Cumulative, Value: monitoring.Distribution, Drop: HistogramStall},
		},
		"the count of a summary is an integer whatever value_type says": {
			config: "{static_metadata: [{metric: s, type: summary, value_type: double}]}",
			metric: "s_count",
			want: Export{Source: StaticSource, MetadataKey: "s", PrometheusType: "summary", RenameKey: "s_count",
				Type: external + "s_count", Kind: monitoring.Cumulative, Value: monitoring.Int64},
		},
		"a summary has no buckets": {
			config: "{static_metadata: [{metric: s, type: summary}]}",
			metric: "s_bucket",
			want: Export{Source: StaticSource, MetadataKey: "s", PrometheusType: "summary", RenameKey: "s_bucket",
				Type: external + "s_bucket", Drop: SummarySuffix},
		},
		"a bucket typed as summary under its full name is a gauge": {
			config: "{static_metadata: [{metric: s_bucket, type: summary}]}",
			metric: "s_bucket",
			want: Export{Source: StaticSource, MetadataKey: "s_bucket", PrometheusType: "summary", RenameKey: "s_bucket",
				Type: external + "s_bucket", Kind: monitoring.Gauge, Value: monitoring.Double},
		},
		"a scraped type that the sidecar doesn't know": {
			scraped: map[string]string{"i": "info"},
			metric:  "i",
			want: Export{Source: ScrapedSource, MetadataKey: "i", PrometheusType: "info", RenameKey: "i",
				Type: external + "i", Drop: UnsupportedType},
		},
		"the metrics that Prometheus writes itself are gauges": {
			metric: "up",
			want: Export{Source: ScrapedSource, MetadataKey: "up", PrometheusType: "gauge", RenameKey: "up",
				Type: external + "up", Kind: monitoring.Gauge, Value: monitoring.Double},
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := NewExporter(parseConfig(t, test.config), "", test.scraped).Export(test.metric)
			test.want.Metric = test.metric
			if diff := cmp.Diff(test.want, got, cmpopts.IgnoreFields(Export{}, "Rename")); diff != "" {
				t.Errorf("differs (-want +got):\n%s", diff)
			}
			rename := ""
			if got.Rename != nil {
				rename = got.Rename.To.Text
			}
			if rename != test.rename {
				t.Errorf("renamed to %q, want %q", rename, test.rename)
			}
		})
	}
}

func TestExportsHaveThePrefix(t *testing.T) {
	for prefix, want := range map[string]string{
		"":                                  "external.googleapis.com/prometheus/up",
		"custom.googleapis.com/linkerd":     "custom.googleapis.com/linkerd/up",
		"external.googleapis.com/trailing/": "external.googleapis.com/trailing//up",
	} {
		if got := NewExporter(nil, prefix, nil).Export("up"); got.Type != want {
			t.Errorf("prefix %q: got %q, want %q", prefix, got.Type, want)
		}
	}
}

func TestEveryDropReasonIsDescribedOnce(t *testing.T) {
	seen := map[DropName]bool{}
	for _, reason := range DropReasons {
		if seen[reason.Name] || reason.What == "" || reason.Source == "" {
			t.Errorf("%s is described twice or not at all", reason.Name)
		}
		seen[reason.Name] = true
	}
	counted := []DropName{TargetNotFound, UnknownResource, TooManyLabels, MetadataNotFound}
	for _, reason := range DropReasons {
		if (reason.Metric == droppedSeries) != slices.Contains(counted, reason.Name) {
			t.Errorf("%s is counted in %q", reason.Name, reason.Metric)
		}
	}
	for _, name := range []DropName{NotSelected, NotANumber, FirstSample, SameInterval, SummarySuffix, UnsupportedType,
		HistogramStall, HistogramIncomplete, UnknownRecord, RejectedBatch} {
		if !seen[name] {
			t.Errorf("%s is not in the table", name)
		}
	}
}
