// Command linkerd-proxy replaces Linkerd's proxy in tests: it serves the metrics that
// linkerd-viz scrapes from a meshed pod, with the proxy's names and labels, as if there
// were constant traffic.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"os"
	"os/signal"
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
	if err := serve(ctx, *address, *rate, inbound(), outbound(*service, *namespace)); err != nil {
		fmt.Fprintln(os.Stderr, "linkerd-proxy:", err)
		os.Exit(1)
	}
}

func serve(ctx context.Context, address string, rate float64, directions ...*traffic) error {
	var metrics prometheus.Gatherers // a registry accepts a metric with one set of labels only
	for _, t := range directions {
		registry := prometheus.NewRegistry()
		registry.MustRegister(t.requests, t.responses, t.latency)
		metrics = append(metrics, registry)
		go t.flow(ctx, rate)
	}
	mux := http.NewServeMux()
	mux.Handle("/metrics", promhttp.HandlerFor(metrics, promhttp.HandlerOpts{}))
	mux.HandleFunc("/ready", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ready") })
	server := &http.Server{Addr: address, Handler: mux, ReadHeaderTimeout: 10 * time.Second}

	context.AfterFunc(ctx, func() { _ = server.Close() })
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
