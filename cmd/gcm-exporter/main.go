// Command gcm-exporter exports chosen metrics of a Prometheus to Google Cloud Monitoring. It
// reads Prometheus' write-ahead log, as a sidecar does that shares its volume. This package
// parses flags and connects the parts; package exporter is the pipeline.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

// version is set by the linker.
var version = "dev"

// The exit codes. After SIGTERM, and when --once has done its work, it is 0.
const (
	exitFailed        = 1
	exitConfiguration = 2
)

// A configurationError is one that no restart will change.
type configurationError struct{ error }

func (e configurationError) Unwrap() error { return e.error }

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run exports until the context is done, and returns the exit code.
func run(ctx context.Context, args []string, out, messages io.Writer) int {
	o, done, err := parse(args, messages)
	switch {
	case done:
		return 0
	case err != nil:
		err = configurationError{err}
	default:
		err = o.export(ctx, out, messages)
	}
	if err == nil {
		return 0
	}
	fmt.Fprintf(messages, "%s: %s\n", program, err)
	if errors.As(err, &configurationError{}) {
		return exitConfiguration
	}
	return exitFailed
}
