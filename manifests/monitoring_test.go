package manifests

import (
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql/parser"
	"sigs.k8s.io/yaml"
)

// metric matches the injector's own metrics, and exporterMetric those of the exporter.
var (
	metric         = regexp.MustCompile(`gcm_injector_\w+`)
	exporterMetric = regexp.MustCompile(`(?:gcm_exporter|prometheus_remote_storage)_\w+`)
)

// documentedMetrics are those of the table in docs/operations.md.
func documentedMetrics(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile("../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, row := range regexp.MustCompile("(?m)^\\| `(gcm_injector_\\w+)`").FindAllStringSubmatch(string(text), -1) {
		names = append(names, row[1])
	}
	slices.Sort(names)
	return names
}

func TestTheBoardShowsEveryMetricOfTheInjector(t *testing.T) {
	text, err := chartFiles.ReadFile("linkerd-gcm/files/dashboard.json")
	if err != nil {
		t.Fatal(err)
	}
	var board struct {
		Panels []struct {
			Title   string
			Targets []struct{ Expr string }
		}
	}
	if err := json.Unmarshal(text, &board); err != nil {
		t.Fatal(err)
	}
	var shown []string
	for _, panel := range board.Panels {
		for _, target := range panel.Targets {
			shown = append(shown, metric.FindAllString(target.Expr, -1)...)
			if _, err := parser.ParseExpr(strings.ReplaceAll(target.Expr, "$__rate_interval", "5m")); err != nil {
				t.Errorf("%s: %v", panel.Title, err)
			}
		}
	}
	slices.Sort(shown)
	if diff := cmp.Diff(documentedMetrics(t), slices.Compact(shown)); diff != "" {
		t.Errorf("metrics on the board (-documented +shown):\n%s", diff)
	}
}

func TestTheAlertsUseMetricsOfTheInjector(t *testing.T) {
	text, err := chartFiles.ReadFile("linkerd-gcm/files/alerts.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, used := range metric.FindAllString(string(text), -1) {
		if !slices.Contains(documentedMetrics(t), used) {
			t.Errorf("there is no metric %s", used)
		}
	}
}

func TestTheAlertsUseMetricsOfTheExporter(t *testing.T) {
	alerts, err := chartFiles.ReadFile("linkerd-gcm/files/alerts.yaml")
	if err != nil {
		t.Fatal(err)
	}
	docs, err := os.ReadFile("../docs/exporter.md")
	if err != nil {
		t.Fatal(err)
	}
	used := exporterMetric.FindAllString(string(alerts), -1)
	if len(used) == 0 {
		t.Error("no alert uses any")
	}
	for _, name := range used {
		if !strings.Contains(string(docs), "\n| `"+name+"` |") {
			t.Errorf("there is no metric %s", name)
		}
	}
}

func TestWhatIsRenderedForMonitoring(t *testing.T) {
	stream, err := Render(Options{Values: map[string]any{"monitoring": map[string]any{
		"podMonitor": true, "prometheusRule": true, "dashboard": true, "labels": map[string]any{"release": "kube-prometheus"},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	rendered := map[string]map[string]any{}
	for _, document := range strings.Split(string(stream), "\n---\n") {
		var object map[string]any
		if err := yaml.UnmarshalStrict([]byte(document), &object); err != nil {
			t.Fatalf("%v\n%s", err, document)
		}
		rendered[object["kind"].(string)] = object
	}
	for _, kind := range []string{"PodMonitor", "PrometheusRule", "ConfigMap"} {
		labels, _ := rendered[kind]["metadata"].(map[string]any)["labels"].(map[string]any)
		if labels["release"] != "kube-prometheus" {
			t.Errorf("%s has the labels %v", kind, labels)
		}
	}
	rules, err := yaml.Marshal(rendered["PrometheusRule"]["spec"])
	if err != nil {
		t.Fatal(err)
	}
	if groups, errs := rulefmt.Parse(rules); len(errs) > 0 || len(groups.Groups) != 2 {
		t.Errorf("PrometheusRule: %v\n%s", errs, rules)
	}
	board := rendered["ConfigMap"]["data"].(map[string]any)["linkerd-gcm.json"].(string)
	if !json.Valid([]byte(board)) {
		t.Errorf("the board is not JSON:\n%s", board)
	}
}
