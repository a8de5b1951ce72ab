package webhook

import (
	"fmt"
	"strconv"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/linkerd-gcm/linkerd-gcm/inject"
)

// Metrics counts decisions, those of dry runs apart from the others. No label ever
// takes a value that a user wrote.
type Metrics struct {
	pods, changes *prometheus.CounterVec
}

// NewMetrics registers the counters. Every series is there from the start, at
// zero, so that a rate over it sees the first increment.
func NewMetrics(registry prometheus.Registerer) (*Metrics, error) {
	m := &Metrics{
		pods: counters(inject.PodReasons, "gcm_injector_pod_admissions_total",
			"Pods that the injector was asked about, by what happened to them and why."),
		changes: counters(inject.ChangeReasons, "gcm_injector_configuration_changes_total",
			"Changes of namespaces and ConfigMaps that the injector was asked about, by what happened to them and why."),
	}
	for _, vector := range []*prometheus.CounterVec{m.pods, m.changes} {
		if err := registry.Register(vector); err != nil {
			return nil, fmt.Errorf("registering metrics: %w", err)
		}
	}
	return m, nil
}

// RegisterVersion registers a metric with the version of the injector, for whoever wants to
// know which one it really is.
func RegisterVersion(registry prometheus.Registerer, version string) error {
	info := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "gcm_injector_build_info", Help: "The version of the injector; always 1.",
		ConstLabels: prometheus.Labels{"version": version},
	})
	info.Set(1)
	if err := registry.Register(info); err != nil {
		return fmt.Errorf("registering the version: %w", err)
	}
	return nil
}

func counters(reasons map[inject.Outcome][]inject.Reason, name, help string) *prometheus.CounterVec {
	vector := prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, []string{"outcome", "reason", "dry_run"})
	for outcome, all := range reasons {
		for _, reason := range all {
			for _, dryRun := range []bool{false, true} {
				vector.WithLabelValues(string(outcome), string(reason), strconv.FormatBool(dryRun))
			}
		}
	}
	return vector
}

func (m *Metrics) countPod(d inject.Decision, dryRun bool) { count(m.pods, d, dryRun) }

func (m *Metrics) countChange(d inject.Decision, dryRun bool) { count(m.changes, d, dryRun) }

func count(vector *prometheus.CounterVec, d inject.Decision, dryRun bool) {
	vector.WithLabelValues(string(d.Outcome), string(d.Reason), strconv.FormatBool(dryRun)).Inc()
}
