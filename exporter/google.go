package exporter

import (
	"github.com/linkerd-gcm/linkerd-gcm/exporter/cloudmonitoring"
	"github.com/linkerd-gcm/linkerd-gcm/exporter/status"
)

// Google is the sink that sends points.
type Google struct {
	*cloudmonitoring.Sender
}

// Idle has nothing to do: points are sent as they come.
func (g Google) Idle() {}

// Report fills in how sending goes.
func (g Google) Report(r *status.Report) {
	s := g.Status()
	r.Ready, r.NotReady = s.Ready, s.NotReady
	r.Google.LastError, r.Google.LastErrorAt = s.LastError, s.LastErrorAt
	r.Google.Queue, r.Google.Capacity, r.Google.Concurrency = s.Queue, s.Capacity, s.Concurrency
	r.Google.Requests, r.Google.RequestTime = s.Requests, s.RequestTime.Seconds()
	for i := range r.Metrics {
		if refusal := s.Refusals[r.Metrics[i].Type]; refusal != "" {
			r.Metrics[i].LastRefusal = refusal
		}
	}
}

// Examples has some series for each reason for which points are refused or given up.
func (g Google) Examples() map[string][]string {
	examples := map[string][]string{}
	for reason, s := range g.Status().Reasons {
		examples[reason] = s.Examples
	}
	return examples
}
