package check

import (
	"testing"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/linkerd-gcm/linkerd-gcm/exporter/status"
	"github.com/linkerd-gcm/linkerd-gcm/stackdriver"
)

// losing is what an exporter says that loses samples for three reasons: one of Google's, one
// of its own, and one that is part of normal operation.
func losing(t *testing.T, ago time.Duration) map[string]string {
	return reported(t, func(r *status.Report) {
		last := r.Now.Add(-ago)
		r.Reasons = []status.Reason{
			{Name: "target_not_found", Count: 7, Meaning: "No target.", Fix: "Keep job.", Examples: []string{"requests{}"}, Last: last},
			{Name: "not_finite", Count: 9, Meaning: "NaN.", Fix: "Nothing.", Last: last, Expected: true},
			{Name: "kind_conflict", Count: 1, Meaning: "Another kind.", Fix: "Rename it.", Examples: []string{"responses{}"}, Last: last, Refused: true},
		}
	})
}

// lossStates are the states of both checks about losses: want is what is said of an exporter
// that loses samples now.
func lossStates(t *testing.T, want string) map[string]state {
	ours, google := []client.Object{askingNamespace(), exportingPod("gcm-exporter")}, []client.Object{askingNamespace(), exportingPod(stackdriver.Name)}
	return map[string]state{
		"now":                 {ours, losing(t, time.Second), Options{}, want},
		"hours ago":           {ours, losing(t, 3*time.Hour), Options{}, ""},
		"it cannot be asked":  {ours, nil, Options{}, notApplicable},
		"by Google's sidecar": {google, map[string]string{metricsPath: metricsText("100", "10", "5", "5", "7")}, Options{}, notApplicable},
	}
}

func TestRefusals(t *testing.T) {
	runIn(t, refusalsCheck, lossStates(t, "pod linkerd-viz/prometheus-1: Google refuses points as kind_conflict (1 sample so far): Another kind. Such as responses{}. To do: Rename it."))
}
