// Command linkerd-proxy stands in tests where Linkerd's proxy stands in a meshed pod: it serves metrics that linkerd-viz
// scrapes, by the proxy's own names and labels, as if requests kept coming.
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
	address := flag.String("admin-address", ":4191", "where metrics are served, which is where linkerd-viz looks for them")
	service := flag.String("service", "web", "the service that requests go to")
	namespace := flag.String("namespace", "default", "the namespace of that service")
	rate := flag.Float64("rate", 10, "requests a second, one in ten of which fails")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := serve(ctx, *address, newTraffic(*service, *namespace), *rate); err != nil {
		fmt.Fprintln(os.Stderr, "linkerd-proxy:", err)
		os.Exit(1)
	}
}

func serve(ctx context.Context, address string, t *traffic, rate float64) error {
	registry := prometheus.NewRegistry()
	registry.MustRegister(t.requests, t.responses, t.latency)
	mux := http.NewServeMux()
	mux.Handle("/metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	mux.HandleFunc("/ready", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ready") })
	server := &http.Server{Addr: address, Handler: mux, ReadHeaderTimeout: 10 * time.Second}

	go t.flow(ctx, rate)
	context.AfterFunc(ctx, func() { _ = server.Close() })
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
