package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/linkerd-gcm/linkerd-gcm/exporter"
)

// reloadOnSignal looks at the configuration file whenever SIGHUP arrives, as Prometheus
// does.
func reloadOnSignal(ctx context.Context, e *exporter.Exporter) {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGHUP)
	go func() {
		defer signal.Stop(signals)
		for {
			select {
			case <-ctx.Done():
				return
			case <-signals:
				_ = e.Reload() // It has said so itself.
			}
		}
	}()
}
