package exporter

import (
	"strings"
	"testing"
	"time"

	"github.com/linkerd-gcm/linkerd-gcm/exporter/status"
	"github.com/linkerd-gcm/linkerd-gcm/internal/gcmemulator"
)

// order lets the emulator fail from now on.
func (r *rig) order(faults ...gcmemulator.Fault) {
	r.t.Helper()
	if err := r.emulator.SetFaults(faults...); err != nil {
		r.t.Fatal(err)
	}
}

// onlyFaults fails if Google has refused a point by a rule of its own.
func (r *rig) onlyFaults() {
	r.t.Helper()
	for _, refusal := range r.emulator.Refusals() {
		if refusal.Rule != "fault" {
			r.t.Errorf("Google refused by a rule: %+v", refusal)
		}
	}
}

// TestGoogleIsAway lets Google be away for some hours. The log is the only buffer, and
// holds all of it.
func TestGoogleIsAway(t *testing.T) {
	for _, away := range []time.Duration{time.Hour, 150 * time.Minute, 26 * time.Hour} {
		t.Run(away.String(), func(t *testing.T) {
			r := newRig(t, 3)
			r.sending.Capacity = 100
			r.start()
			r.pass(10*time.Minute, 30*time.Second)
			r.settled()
			r.order(gcmemulator.Fault{Kind: gcmemulator.Unavailable})
			r.pass(away, away/120)
			during := r.reported("the queue is full, and reading stops", time.Second, func(s status.Report) bool {
				return !s.Ready && s.Google.Queue == r.sending.Capacity && s.Log.Unread > 0
			})
			if !strings.Contains(during.NotReady, "Google cannot be reached") || !during.Healthy {
				t.Errorf("ready: %q; healthy: %q", during.NotReady, during.Unhealthy)
			}
			if during.Google.LastError == "" || during.Google.LastErrorAt.Before(noon) {
				t.Errorf("the page shows no error: %+v", during.Google)
			}
			r.said(1, "Google cannot be reached")
			r.order()
			back := r.clock.Now()
			after := r.settled()
			if tooOld := because(after, "too_old"); (tooOld > 0) != (away > 24*time.Hour) || row(after, "dropped") != tooOld {
				t.Errorf("after %s: %+v, of them %d too_old", away, after.Samples, tooOld)
			}
			if !after.Ready || after.NotReady != "" {
				t.Errorf("not ready: %q", after.NotReady)
			}
			r.said(1, "Google answers again")
			all := arrived(r.emulator)
			checkOrder(t, all)
			r.log.checkSums(all)
			for _, metric := range []string{"load", "requests_total"} {
				r.log.checkGaps(all, metric, later(noon.Add(time.Minute), back.Add(-24*time.Hour)))
			}
			r.onlyFaults()
			r.stop()
		})
	}
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
