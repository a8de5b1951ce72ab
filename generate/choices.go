// Package generate writes the ConfigMaps that the sidecar reads: for gcm-exporter what
// it sums up itself; for both sidecars, so that they agree with each other, recording
// rules for Linkerd's metrics and, for these or for any other rules, the sidecar's
// configuration file.
//
// It does not check what it gets: package rules parses a user's rules, and package
// lint finds what is wrong with them. It reads and writes no files.
package generate

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/prometheus/common/model"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/linkerd-gcm/linkerd-gcm/settings"
)

const (
	// MinWindow is the shortest window that holds enough of linkerd-viz' samples,
	// one every ten seconds, after two failed scrapes.
	MinWindow = 40 * time.Second
	// MinInterval is the shortest time between two points that Google Cloud
	// Monitoring accepts according to all of its documents.
	MinInterval = 10 * time.Second
)

// Choices say what is recorded and exported.
type Choices struct {
	// Sidecar is the one that exports: comments say what it does with the metrics.
	Sidecar settings.Sidecar
	// Namespaces are those whose pods' proxies measure; none means all.
	Namespaces []string
	// Percentiles are those of the latency, between 0 and 100.
	Percentiles []float64
	// Windows are the times over which rates, counts and percentiles are taken.
	Windows []time.Duration
	// Interval is the time between two evaluations, and so between two points.
	Interval time.Duration
	// Counter asks for cumulative counts of responses as well.
	Counter bool
}

// sorted returns the choices in order and without repetitions.
func (c Choices) sorted() Choices {
	c.Namespaces = slices.Compact(slices.Sorted(slices.Values(c.Namespaces)))
	c.Percentiles = slices.Compact(slices.Sorted(slices.Values(c.Percentiles)))
	c.Windows = slices.Compact(slices.Sorted(slices.Values(c.Windows)))
	return c
}

// ParsePercentile reads a percentile such as 99.9. The error says what to write.
func ParsePercentile(text string) (float64, error) {
	const decimals = 1000
	percentile, err := strconv.ParseFloat(text, 64)
	if err != nil || !(percentile > 0 && percentile < 100) || percentile != float64(int(percentile*decimals+0.5))/decimals {
		return 0, errors.New("want a number above 0 and below 100 with at most three decimals, such as 99.9")
	}
	return percentile, nil
}

// ParseWindow reads a window such as 5m. The error says what to write.
func ParseWindow(text string) (time.Duration, error) {
	window, err := model.ParseDuration(text)
	if err != nil || time.Duration(window) < MinWindow {
		return 0, fmt.Errorf("want a duration of at least %s, such as 1m: linkerd-viz scrapes every 10s, and a shorter window is empty after one or two failed scrapes", MinWindow)
	}
	return time.Duration(window), nil
}

// ParseInterval reads an interval such as 30s. The error says what to write.
func ParseInterval(text string) (time.Duration, error) {
	interval, err := model.ParseDuration(text)
	if err != nil || time.Duration(interval) < MinInterval {
		return 0, fmt.Errorf("want a duration of at least %s, such as 30s: Google Cloud Monitoring refuses points that are closer together", MinInterval)
	}
	return time.Duration(interval), nil
}

// CheckNamespace returns an error that says what is wrong with the name of a
// namespace, or nil.
func CheckNamespace(name string) error {
	if wrong := validation.IsDNS1123Label(name); len(wrong) > 0 {
		return fmt.Errorf("want the name of a namespace, such as shop: %s", wrong[0])
	}
	return nil
}
