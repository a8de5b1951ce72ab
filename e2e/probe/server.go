package main

import (
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// newHandler serves /series, which only the probe has, and short forms of the real
// sidecar's /metrics and /statusz.
func newHandler(f *flags, c *config, seen *seriesStore) http.Handler {
	registry := prometheus.NewRegistry()
	registry.MustRegister(seen.batches, seen.processed, seen.produced)

	mux := http.NewServeMux()
	mux.Handle("/metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	mux.HandleFunc("/series", func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, seen.list()) })
	if f.enableStatusz {
		mux.HandleFunc("/statusz", func(w http.ResponseWriter, _ *http.Request) {
			writeJSON(w, map[string]any{"args": f.commandLine, "config": c})
		})
	}
	return mux
}

func writeJSON(w http.ResponseWriter, value any) {
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(value); err != nil {
		http.Error(w, fmt.Sprintf("encoding the answer: %v", err), http.StatusInternalServerError)
	}
}
