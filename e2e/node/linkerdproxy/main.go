// Command linkerd-proxy replaces Linkerd's proxy in tests: it serves the metrics that
// linkerd-viz scrapes from a meshed pod, with the proxy's names and labels, as if there
// were constant traffic, until PUT /still ends it: from then on, /metrics is what there was
// in all.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

func main() {
	address := flag.String("admin-address", ":4191", "address to serve metrics on; linkerd-viz scrapes the default port")
	service := flag.String("service", "web", "the service that requests go to")
	namespace := flag.String("namespace", "default", "the namespace of that service")
	rate := flag.Float64("rate", 10, "requests a second in each direction; one in ten fails")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := serve(ctx, *address, *rate, inbound(), outbound(*service, *namespace), scrapes(), probes()); err != nil {
		fmt.Fprintln(os.Stderr, "linkerd-proxy:", err)
		os.Exit(1)
	}
}

// serve counts requests in all directions, and serves, until ctx ends.
func serve(ctx context.Context, address string, rate float64, directions ...*traffic) error {
	process := prometheus.NewRegistry()
	process.MustRegister(started())
	metrics := prometheus.Gatherers{process} // a registry accepts a metric with one set of labels only
	moving, still := context.WithCancel(ctx)
	defer still()
	var flowing sync.WaitGroup
	for _, t := range directions {
		registry := prometheus.NewRegistry()
		registry.MustRegister(t.requests, t.responses, t.latency)
		metrics = append(metrics, registry)
		flowing.Go(func() { t.flow(moving, rate) })
	}
	mux := http.NewServeMux()
	mux.Handle("/metrics", promhttp.HandlerFor(metrics, promhttp.HandlerOpts{}))
	mux.HandleFunc("/ready", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ready") })
	mux.HandleFunc("PUT /still", func(http.ResponseWriter, *http.Request) {
		still()
		flowing.Wait()
	})
	server := &http.Server{Addr: address, Handler: mux, ReadHeaderTimeout: 10 * time.Second}

	context.AfterFunc(ctx, func() { _ = server.Close() })
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
