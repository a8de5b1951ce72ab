package status

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/pprof"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Options say which pages there are besides /metrics, /-/healthy and /-/ready.
type Options struct {
	// Page serves the status page and its JSON, and Profiles Go's profiles.
	Page, Profiles bool
}

// Handler serves the exporter's own pages from reports, each of which is made when it is
// asked for.
func Handler(report func() Report, options Options) http.Handler {
	registry := prometheus.NewRegistry()
	registry.MustRegister(collector{report}, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /-/healthy", probe(func() (bool, string) { r := report(); return r.Healthy, r.Unhealthy }))
	mux.HandleFunc("GET /-/ready", probe(func() (bool, string) { r := report(); return r.Ready, r.NotReady }))
	if options.Page {
		servePage(mux, report)
	}
	if options.Profiles {
		mux.HandleFunc("GET /debug/pprof/", pprof.Index)
		mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
		mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	}
	return mux
}

// probe answers 200, or 503 with the reason.
func probe(state func() (bool, string)) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		good, why := state()
		if !good {
			http.Error(w, why, http.StatusServiceUnavailable)
			return
		}
		_, _ = io.WriteString(w, "ok\n")
	}
}

func servePage(mux *http.ServeMux, report func() Report) {
	mux.Handle("GET /{$}", http.RedirectHandler("statusz", http.StatusFound))
	mux.HandleFunc("GET /statusz", func(w http.ResponseWriter, _ *http.Request) {
		var body bytes.Buffer
		if err := WritePage(&body, report()); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
		_, _ = w.Write(body.Bytes())
	})
	mux.HandleFunc("GET /statusz.json", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		encoder := json.NewEncoder(w)
		encoder.SetIndent("", "  ")
		_ = encoder.Encode(report())
	})
}
