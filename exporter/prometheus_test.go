package exporter

import (
	"encoding/json"
	"net/http"
	"slices"
	"sync"
)

// fakePrometheus answers the two pages that the exporter asks for.
type fakePrometheus struct {
	mu   sync.Mutex
	pods []string
	// instead answers in its place, where it is set.
	instead http.HandlerFunc
}

// say lets something else answer; nil: as always.
func (f *fakePrometheus) say(instead http.HandlerFunc) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.instead = instead
}

// know makes these the pods that it lists.
func (f *fakePrometheus) know(pods ...string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.pods = slices.Clone(pods)
}

var podTypes = map[string]string{"requests_total": "counter", "load": "gauge"}

func (f *fakePrometheus) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	instead, pods := f.instead, f.pods
	f.mu.Unlock()
	if instead != nil {
		instead(w, r)
		return
	}
	switch r.URL.Path {
	case "/prefix/api/v1/targets":
		active := []any{}
		for _, name := range pods {
			active = append(active, map[string]any{"labels": map[string]string{"job": "web", "instance": name}, "discoveredLabels": map[string]string{
				"__meta_kubernetes_namespace": "n", "__meta_kubernetes_pod_name": name, "__meta_kubernetes_pod_container_name": "web"}})
		}
		answer(w, map[string]any{"activeTargets": active})
	case "/prefix/api/v1/targets/metadata":
		found := []any{}
		for name, kind := range podTypes {
			if metric := r.URL.Query().Get("metric"); metric != "" && metric != name {
				continue
			}
			for _, pod := range pods {
				found = append(found, map[string]any{"target": map[string]string{"job": "web", "instance": pod}, "metric": name, "type": kind})
			}
		}
		answer(w, found)
	default:
		http.NotFound(w, r)
	}
}

func answer(w http.ResponseWriter, data any) {
	_ = json.NewEncoder(w).Encode(map[string]any{"status": "success", "data": data})
}
