package webhook

import (
	"fmt"

	"github.com/prometheus/client_golang/prometheus"
)

// Metrics counts admissions. No label ever takes a value that a user wrote.
type Metrics struct {
	admissions *prometheus.CounterVec
}

// NewMetrics registers the counters. Every series is there from the start, at
// zero, so that a rate over it sees the first increment.
func NewMetrics(registry prometheus.Registerer) (*Metrics, error) {
	m := &Metrics{admissions: prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "gcm_injector_pod_admissions_total",
		Help: "Pods that the injector was asked about, by what happened to them and why.",
	}, []string{"outcome", "reason"})}
	for outcome, all := range reasons {
		for _, reason := range all {
			m.admissions.WithLabelValues(string(outcome), string(reason))
		}
	}
	if err := registry.Register(m.admissions); err != nil {
		return nil, fmt.Errorf("registering metrics: %w", err)
	}
	return m, nil
}

func (m *Metrics) count(outcome Outcome, reason Reason) {
	m.admissions.WithLabelValues(string(outcome), string(reason)).Inc()
}
