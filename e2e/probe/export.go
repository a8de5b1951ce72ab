package main

import (
	"context"
	"net/http"
	"net/url"
	"path"
	"time"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"
	"github.com/oklog/run"

	"github.com/linkerd-gcm/linkerd-gcm/stackdriver"
)

const readinessPoll = 3 * time.Second

// export runs the sidecar's long-running parts until ctx is done or one of them returns,
// which ends the others.
func export(ctx context.Context, logger log.Logger, f *flags, c *config, selectors []stackdriver.Selector, settle time.Duration) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	seen := newSeriesStore(c, selectors, f.metricsPrefix)
	server := &http.Server{Addr: f.listenAddress, Handler: newHandler(f, c, seen), ReadHeaderTimeout: 10 * time.Second}

	var group run.Group
	group.Add(func() error {
		<-ctx.Done()
		return nil
	}, func(error) { cancel() })
	group.Add(func() error {
		return readPrometheus(ctx, logger, f, seen, settle)
	}, func(error) { cancel() })
	group.Add(func() error {
		level.Info(logger).Log("msg", "Web server started")
		return server.ListenAndServe()
	}, func(error) { _ = server.Close() })
	return group.Run()
}

// readPrometheus checks that progress can be saved, waits for Prometheus, and reads its
// WAL as it grows.
func readPrometheus(ctx context.Context, logger log.Logger, f *flags, seen *seriesStore, settle time.Duration) error {
	start, err := readProgress(f.walDirectory)
	if err != nil {
		level.Warn(logger).Log("msg", "reading progress file failed", "err", err)
	}
	if err := saveProgress(f.walDirectory, start); err != nil {
		return err
	}
	if !awaitReadiness(ctx, logger, f.prometheusURL) {
		return nil
	}
	select {
	case <-time.After(settle):
	case <-ctx.Done():
		return nil
	}
	level.Info(logger).Log("component", "Prometheus reader", "msg", "Starting Prometheus reader...")
	reader := &walReader{directory: f.walDirectory, start: start, logger: logger, seen: seen}
	return reader.follow(ctx)
}

// awaitReadiness polls Prometheus' readiness, and returns whether it became ready before
// ctx was done.
func awaitReadiness(ctx context.Context, logger log.Logger, prometheus *url.URL) bool {
	ready := *prometheus
	ready.Path = path.Join(prometheus.Path, "/-/ready")
	poll := time.NewTicker(readinessPoll)
	defer poll.Stop()
	for {
		select {
		case <-ctx.Done():
			return false
		case <-poll.C:
		}
		status, err := get(ctx, ready.String())
		switch {
		case err != nil:
			level.Warn(logger).Log("msg", "query Prometheus readiness", "err", err)
		case status/100 == 2:
			return true
		default:
			level.Warn(logger).Log("msg", "Prometheus not ready", "status", status)
		}
	}
}

func get(ctx context.Context, address string) (status int, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return 0, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, err
	}
	return response.StatusCode, response.Body.Close()
}
