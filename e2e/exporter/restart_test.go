package exporter

import (
	"math/rand/v2"
	"path/filepath"
	"testing"
	"time"

	"github.com/linkerd-gcm/linkerd-gcm/internal/gcmemulator"
)

// kills is how often the exporter is killed.
const kills = 200

// TestKilled kills the exporter again and again, at any moment: right after Google has
// accepted something, which the exporter has had no time to save, as well as in the middle
// of a start. Nothing is lost, nothing comes twice, and nothing falls.
func TestKilled(t *testing.T) {
	r := newRig(t, recorded, 0)
	running := r.startExporter()
	r.awaitExporter()
	calm := r.live()
	r.awaitAccepted(1)
	random := rand.New(rand.NewPCG(3, 4))
	for range kills {
		if random.IntN(2) == 0 {
			r.awaitAccepted(1)
		}
		r.pass(time.Duration(random.IntN(1000)) * time.Millisecond)
		kill(t, running)
		running = r.startExporter()
	}
	calm()
	r.compare(r.settle())
	if counts := r.emulator.Counts(); counts.Accepted == 0 {
		t.Error("nothing has arrived")
	}
}

// awaitAccepted waits until Google has accepted so many points more.
func (r *rig) awaitAccepted(more int) {
	r.t.Helper()
	before := r.emulator.Counts().Accepted
	r.await("Google accepts a point", time.Minute, func() bool { return r.emulator.Counts().Accepted >= before+more })
}

// pass lets time go by, because the moment of what follows is to be any.
func (r *rig) pass(d time.Duration) {
	select {
	case <-r.t.Context().Done():
	case <-time.After(d):
	}
}

// TestOverlap lets two exporters of one identity run at the same time, as in a rollout on a
// volume that ends with its pod: the second has no state and another log. Within two minutes
// it is whole, and nothing is dated before what Google has.
func TestOverlap(t *testing.T) {
	r := newRig(t, "", 3)
	first := r.startExporter("--state-file="+r.path("first.state"), "--web.listen-address=127.0.0.1:0")
	r.awaitAccepted(20)
	second := r.startExporter("--state-file=" + r.path("second.state"))
	r.pass(overlap)
	first.Stop()
	ended := time.Now()
	whole := ended.Add(2 * time.Minute)
	r.await("the second exporter is whole", 3*time.Minute, func() bool { return time.Now().After(whole.Add(20 * time.Second)) })
	second.Stop()
	scraped := r.scraped(`{__name__=~"response_total|response_latency_ms_count"}`)
	until := time.Now().Add(-5 * time.Second).UnixMilli()
	for of, points := range accepted(r.emulator) {
		checkOrder(t, of, points)
		checkGaps(t, of, after(scraped[of.series()], whole.UnixMilli()), points, until)
	}
}

// overlap is how long both exporters run.
const overlap = time.Minute

// after are the samples after a time.
func after(samples []sample, time int64) []sample {
	var later []sample
	for _, s := range samples {
		if s.time > time {
			later = append(later, s)
		}
	}
	return later
}

// TestPrometheusRestarts stops Prometheus, and kills it, while the exporter runs: the
// exporter goes on across the segments.
func TestPrometheusRestarts(t *testing.T) {
	r := newRig(t, recorded, 0)
	r.startExporter()
	r.awaitExporter()
	calm := r.live()
	for _, end := range []func(){r.server.Stop, func() { kill(t, r.server) }} {
		r.awaitAccepted(100)
		end()
		r.startPrometheus()
	}
	r.awaitAccepted(100)
	calm()
	arrivedUntil := r.settle()
	for of, points := range accepted(r.emulator) {
		checkOrder(t, of, points)
		checkGaps(t, of, r.scraped(`{__name__=~"response_total|response_latency_ms_count|proxy:response:rate"}`)[of.series()], points, arrivedUntil)
	}
}

// TestTruncated lets Prometheus truncate its log, with blocks of minutes instead of hours,
// while the exporter is down, and while it is held up by Google.
func TestTruncated(t *testing.T) {
	blocks := []string{"--storage.tsdb.min-block-duration=40s", "--storage.tsdb.max-block-duration=40s", "--storage.tsdb.wal-segment-size=10MB"}
	r := newRig(t, "", 0)
	r.server.Stop()
	r.startPrometheus(blocks...)
	running := r.startExporter()
	r.awaitExporter()
	calm := r.live()
	r.awaitAccepted(100)
	// Nobody could know a pod that lives and dies while the exporter is down, nor a birth
	// that the log no longer holds.
	calm()
	r.mesh.calmDown()
	r.awaitAccepted(100)
	running.Stop()
	r.awaitTruncation()
	r.startExporter()
	r.awaitAccepted(100)
	if err := r.emulator.SetFaults(gcmemulator.Fault{Kind: gcmemulator.Unavailable}); err != nil {
		t.Fatal(err)
	}
	r.awaitTruncation()
	if err := r.emulator.SetFaults(); err != nil {
		t.Fatal(err)
	}
	// Samples that the log no longer holds have no points, but counters count on.
	r.settle()
	r.compareSums()
}

// awaitTruncation waits until Prometheus has made one more checkpoint.
func (r *rig) awaitTruncation() {
	r.t.Helper()
	before := r.checkpoint()
	r.await("Prometheus truncates its log", 4*time.Minute, func() bool { return r.checkpoint() != before })
}

// checkpoint is the name of the newest checkpoint, or "".
func (r *rig) checkpoint() string {
	found, err := filepath.Glob(r.path("data/wal/checkpoint.*"))
	if err != nil {
		r.t.Fatal(err)
	}
	newest := ""
	for _, name := range found {
		if filepath.Ext(name) != ".tmp" {
			newest = max(newest, name)
		}
	}
	return newest
}
