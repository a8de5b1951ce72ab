package exporter

import (
	"fmt"
	"time"

	"github.com/linkerd-gcm/linkerd-gcm/exporter/cloudmonitoring"
	"github.com/linkerd-gcm/linkerd-gcm/exporter/status"
)

// Google is the sink that sends points.
type Google struct {
	*cloudmonitoring.Sender
}

// Idle has nothing to do: points are sent as they come.
func (g Google) Idle() {}

// Report fills in how sending goes. It returns some series for each reason for which points
// are refused or given up.
func (g Google) Report(r *status.Report) map[string][]string {
	s := g.Status()
	r.Ready, r.NotReady = s.Ready, s.NotReady
	r.Google.LastError, r.Google.LastErrorAt = s.LastError, s.LastErrorAt
	r.Google.Queue, r.Google.Capacity, r.Google.Concurrency = s.Queue, s.Capacity, s.Concurrency
	r.Google.Requests, r.Google.RequestTime = s.Requests, s.RequestTime.Seconds()
	aside := map[string]string{}
	for _, set := range s.SetAside {
		aside[set.Metric] = fmt.Sprintf("set aside until %s: %s What it is, says: %s", set.Until.UTC().Format(time.TimeOnly), set.Message, set.Command)
	}
	for i := range r.Metrics {
		refusal := s.Refusals[r.Metrics[i].Type]
		r.Metrics[i].LastRefusal, r.Metrics[i].LastRefusalAt = refusal.Message, refusal.At
		if set := aside[r.Metrics[i].Type]; set != "" {
			r.Metrics[i].LastRefusal = set
		}
	}
	examples := map[string][]string{}
	for reason, known := range s.Reasons {
		examples[reason] = known.Examples
	}
	return examples
}
