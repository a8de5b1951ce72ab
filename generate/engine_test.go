package generate_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb/chunks"
	"github.com/prometheus/prometheus/util/annotations"

	"github.com/linkerd-gcm/linkerd-gcm/generate"
	"github.com/linkerd-gcm/linkerd-gcm/rules"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
)

// seriesSet iterates over series.
type seriesSet struct {
	series []storage.Series
	next   int
}

func (s *seriesSet) Next() bool                        { s.next++; return s.next <= len(s.series) }
func (s *seriesSet) At() storage.Series                { return s.series[s.next-1] }
func (s *seriesSet) Err() error                        { return nil }
func (s *seriesSet) Warnings() annotations.Annotations { return nil }

// TestEachInboundSeriesIsCountedByItself evaluates the rule of --counter with
// Prometheus' own engine over two series of one pod that a sum would add up.
func TestEachInboundSeriesIsCountedByItself(t *testing.T) {
	file, _ := rules.Parse([]byte(generate.Rules(generate.Choices{Sidecar: settings.Stackdriver, Windows: []time.Duration{time.Minute}, Counter: true})))
	all := file.Rules()
	series := func(client string) storage.Series {
		return storage.NewListSeries(labels.FromStrings("__name__", "response_total", "job", "linkerd-proxy", "instance", "10.0.0.1:4191",
			"namespace", "shop", "pod", "web-1", "app", "web", "direction", "inbound",
			"target_addr", "10.0.0.1:80", "target_ip", "10.0.0.1", "target_port", "80", "tls", "true", "client_id", client,
			"srv_kind", "default", "srv_name", "all-unauthenticated", "srv_port", "80", "route_kind", "default", "route_name", "default",
			"authz_kind", "default", "authz_name", "all-unauthenticated", "status_code", "200", "classification", "success",
		), chunks.GenerateSamples(0, 1))
	}
	queryable := &storage.MockQueryable{MockQuerier: &storage.MockQuerier{
		SelectMockFunction: func(bool, *storage.SelectHints, ...*labels.Matcher) storage.SeriesSet {
			return &seriesSet{series: []storage.Series{series("a"), series("b")}}
		},
	}}
	engine := promql.NewEngine(promql.EngineOpts{MaxSamples: 100, Timeout: 10 * time.Second})
	query, err := engine.NewInstantQuery(t.Context(), queryable, nil, all[len(all)-1].Expr.Text, time.UnixMilli(0))
	if err != nil {
		t.Fatal(err)
	}
	defer query.Close()
	vector, err := query.Exec(t.Context()).Vector()
	if err != nil {
		t.Fatal(err)
	}
	var got []map[string]string
	for _, sample := range vector {
		got = append(got, sample.Metric.Map())
	}
	want := make([]map[string]string, 0, 2)
	for _, client := range []string{"a", "b"} {
		want = append(want, map[string]string{
			"__name__": "response_total", // which the rule gets its own name for
			"job":      "linkerd-proxy", "instance": "10.0.0.1:4191", "namespace": "shop", "pod": "web-1", "app": "web", "svc_app": "web",
			"status_code": "200", "classification": "success",
			"proxy_series": "|10.0.0.1:80|true||" + client + "||default|all-unauthenticated|80|||default|default||default|all-unauthenticated||",
		})
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("series (-want +got):\n%s", diff)
	}
}
