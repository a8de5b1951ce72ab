// Command linkerd-proxy replaces Linkerd's proxy in tests: it serves the metrics that
// linkerd-viz scrapes from a meshed pod, with the proxy's names and labels, as if there
// were constant traffic, until PUT /still ends it: from then on, /metrics is what there was
// in all. It forwards no request to its pod, but can refuse them, as where no policy lets
// anybody in.
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
	"golang.org/x/sync/errgroup"
)

func main() {
	address := flag.String("admin-address", ":4191", "address to serve metrics on; linkerd-viz scrapes the default port")
	refused := flag.String("inbound-address", "", "address to answer all requests on with 403; by default, there is none")
	service := flag.String("service", "web", "the service that requests go to")
	namespace := flag.String("namespace", "default", "the namespace of that service")
	rate := flag.Float64("rate", 10, "requests a second in each direction; one in ten fails")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	servers, ctx := errgroup.WithContext(ctx)
	servers.Go(func() error {
		return serve(ctx, *address, *rate, inbound(), outbound(*service, *namespace), scrapes(), probes())
	})
	if *refused != "" {
		servers.Go(func() error { return listen(ctx, *refused, http.HandlerFunc(refuse)) })
	}
	if err := servers.Wait(); err != nil {
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
	return listen(ctx, address, mux)
}

// refuse answers as the proxy does whom no policy lets in: with an empty body.
func refuse(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("L5d-Proxy-Error", "unauthorized request on route")
	w.WriteHeader(http.StatusForbidden)
}

// listen serves until ctx ends.
func listen(ctx context.Context, address string, handler http.Handler) error {
	server := &http.Server{Addr: address, Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	context.AfterFunc(ctx, func() { _ = server.Close() })
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
