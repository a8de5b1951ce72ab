package scrapelog

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"

	"github.com/prometheus/common/model"
)

// A target as /api/v1/targets lists it.
type target struct {
	Labels     map[string]string `json:"labels"`
	Discovered map[string]string `json:"discoveredLabels"`
}

// What /api/v1/targets/metadata has of a metric.
type metadata struct {
	Target map[string]string `json:"target"`
	Metric string            `json:"metric"`
	Type   model.MetricType  `json:"type"`
}

// ServeHTTP answers as the HTTP API of a Prometheus with these targets. It may be called
// while the log is written.
func (l *Log) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/api/v1/targets":
		answer(w, map[string]any{"activeTargets": l.targets()})
	case "/api/v1/targets/metadata":
		answer(w, l.metadata(r.FormValue("metric")))
	default:
		http.NotFound(w, r)
	}
}

func answer(w http.ResponseWriter, data any) {
	// Whoever asked is gone if this fails, and nobody else wants to know.
	_ = json.NewEncoder(w).Encode(map[string]any{"status": "success", "data": data})
}

func (l *Log) targets() []target {
	all := make([]target, l.options.Targets)
	for i := range all {
		all[i] = target{targetLabels(i), map[string]string{
			"__meta_kubernetes_namespace": "shop", "__meta_kubernetes_pod_name": fmt.Sprintf("web-%d", i), "__meta_kubernetes_pod_container_name": "linkerd-proxy",
		}}
	}
	return all
}

// metadata are those of a metric, or of all where it is "".
func (l *Log) metadata(metric string) []metadata {
	names := l.metrics()
	if metric != "" {
		names = slices.DeleteFunc(names, func(name string) bool { return name != metric })
	}
	all := []metadata{}
	for i := range l.options.Targets {
		for _, name := range names {
			all = append(all, metadata{targetLabels(i), name, l.options.Type})
		}
	}
	return all
}
