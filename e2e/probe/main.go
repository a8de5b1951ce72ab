// Command stackdriver-prometheus-sidecar is the sidecar probe: it replaces Google's
// stackdriver-prometheus-sidecar in tests, because there is no published image of it. It
// starts, checks its flags and files, waits, reads and exits like the real one (0.10.1),
// but sends nothing to Google: it serves what it has read on its web address.
//
// It does not look up targets or metric metadata, so it also shows series that the real
// one would drop because of their labels.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"
	"github.com/prometheus/prometheus/tsdb/wlog"
)

// Exit codes of the real sidecar, cmd/stackdriver-prometheus-sidecar/main.go. If
// something fails while it is running, it logs the error and exits with exitOK, as after
// a SIGTERM.
const (
	exitOK      = 0
	exitFailure = 1
	exitConfig  = 2
)

// settleTime is how long the sidecar sleeps once Prometheus is ready, so that the first
// scrapes complete. The real one sleeps a fixed minute; tests that wait for series
// shorten it with settleVariable, which the probe's image can set.
const (
	settleTime     = time.Minute
	settleVariable = "SIDECAR_PROBE_SETTLE_TIME"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := execute(ctx, os.Args[1:], os.Stderr)
	stop()
	os.Exit(code)
}

// execute is the whole program: it returns the exit code once ctx is done or something
// fails.
func execute(ctx context.Context, args []string, stderr io.Writer) int {
	settings, code := parseFlags(args, stderr)
	if settings == nil {
		return code
	}
	logger := newLogger(settings.logLevel, settings.logFormat, stderr)

	config := &config{}
	if settings.configFile != "" {
		var err error
		if config, err = readConfig(settings.configFile); err != nil {
			level.Error(logger).Log("msg", "Parse config file "+settings.configFile, "err", err)
			return exitConfig
		}
	}
	level.Info(logger).Log("msg", "Starting Stackdriver Prometheus sidecar", "version", "(probe)")

	selectors, err := parseSelectors(logger, settings.includes, settings.filters)
	if err != nil {
		level.Error(logger).Log("msg", "Error parsing --include (or --filter)", "err", err)
		return exitConfig
	}
	settle, err := settleDuration()
	if err != nil {
		level.Error(logger).Log("msg", "Reading the environment", "err", err)
		return exitConfig
	}

	if _, _, err := wlog.LastCheckpoint(settings.walDirectory); err != nil && !errors.Is(err, errNoCheckpoint) {
		level.Error(logger).Log("msg", "Tailing WAL failed", "err", fmt.Errorf("retrieve last checkpoint: %w", err))
		return exitFailure
	}

	if err := export(ctx, logger, settings, config, selectors, settle); err != nil {
		level.Error(logger).Log("err", err)
	}
	level.Info(logger).Log("msg", "See you next time!")
	return exitOK
}

func settleDuration() (time.Duration, error) {
	text := os.Getenv(settleVariable)
	if text == "" {
		return settleTime, nil
	}
	settle, err := time.ParseDuration(text)
	if err != nil {
		return 0, fmt.Errorf("%s=%s: %w", settleVariable, text, err)
	}
	return settle, nil
}

// newLogger returns a logger with the format of github.com/prometheus/common/promlog,
// which the real sidecar uses.
func newLogger(threshold, format string, w io.Writer) log.Logger {
	logger := log.NewLogfmtLogger(log.NewSyncWriter(w))
	if format == "json" {
		logger = log.NewJSONLogger(log.NewSyncWriter(w))
	}
	logger = level.NewFilter(logger, level.Allow(level.ParseDefault(threshold, level.InfoValue())))
	return log.With(logger, "ts", log.DefaultTimestampUTC)
}
