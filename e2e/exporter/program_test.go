package exporter

import (
	"errors"
	"maps"
	"os/exec"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/linkerd-gcm/linkerd-gcm/e2e/httpget"
	"github.com/linkerd-gcm/linkerd-gcm/internal/gcmemulator"
)

// grace is how long Kubernetes waits after SIGTERM before it kills a container.
const grace = 30 * time.Second

// TestEndsWhileGoogleIsAway ends the exporter as Kubernetes does, while Google cannot be
// reached: it ends by itself and without an error, and the next one goes on.
func TestEndsWhileGoogleIsAway(t *testing.T) {
	r := newRig(t, recorded, 0)
	running := r.startExporter()
	r.awaitExporter()
	calm := r.live()
	r.awaitAccepted(100)
	if err := r.emulator.SetFaults(gcmemulator.Fault{Kind: gcmemulator.Unavailable}); err != nil {
		t.Fatal(err)
	}
	r.await("the exporter is not ready", time.Minute, func() bool { return httpget.OK(t.Context(), "http://"+r.status+"/-/ready") != nil })
	if err := syscall.Kill(running.PID(), syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	r.await("the exporter ends", grace, func() bool {
		select {
		case <-running.Ended():
			return true
		default:
			return false
		}
	})
	if failed := new(exec.ExitError); errors.As(running.Failure(), &failed) {
		t.Errorf("it ended with %v", failed)
	}
	if err := r.emulator.SetFaults(); err != nil {
		t.Fatal(err)
	}
	r.startExporter()
	calm()
	r.compare(r.settle())
}

// TestManagedPrometheus looks at what arrives where the destination is the other one.
func TestManagedPrometheus(t *testing.T) {
	r := newRig(t, recorded, 1)
	r.startExporter("--destination=managed-prometheus")
	// Each series has a point, or two where the first sample of a counter is an anchor.
	r.awaitAccepted(20)
	types, resources := map[string]bool{}, map[string]bool{}
	for _, a := range r.emulator.Accepted(0) {
		types[a.Series.GetMetric().GetType()+" "+a.Series.GetMetricKind().String()+" "+a.Series.GetValueType().String()] = true
		of := a.Series.GetResource()
		resources[of.GetType()+" "+of.GetLabels()["location"]+" "+of.GetLabels()["cluster"]+" "+of.GetLabels()["job"]] = true
	}
	want := []string{
		"prometheus.googleapis.com/proxy:response:rate/gauge GAUGE DOUBLE",
		"prometheus.googleapis.com/response_latency_ms/histogram CUMULATIVE DISTRIBUTION",
		"prometheus.googleapis.com/response_total/counter CUMULATIVE DOUBLE",
	}
	if diff := cmp.Diff(want, slices.Sorted(maps.Keys(types))); diff != "" {
		t.Errorf("types (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"prometheus_target europe-west4 c linkerd-proxy"}, slices.Sorted(maps.Keys(resources))); diff != "" {
		t.Errorf("resources (-want +got):\n%s", diff)
	}
	for _, refusal := range r.emulator.Refusals() {
		t.Errorf("Google refused %+v", refusal)
	}
}
