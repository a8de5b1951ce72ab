package exporter

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/linkerd-gcm/linkerd-gcm/exporter/status"
)

// TestChangeover lets the exporter take over from another one, which has left what Google's
// sidecar leaves. Gauges lose nothing, and counters no more than what they rose by meanwhile.
func TestChangeover(t *testing.T) {
	r := newRig(t, 3)
	google := r.twin()
	google.options.StateFile = filepath.Join(r.folder, "elsewhere", "state")
	try(t, os.Mkdir(filepath.Dir(google.options.StateFile), 0o700))
	google.start()
	google.pass(20*time.Minute, 15*time.Second)
	google.settled()
	saved := r.leaveProgress(0)
	google.pass(time.Minute, 15*time.Second)
	google.settled()
	google.stop()
	ended := r.clock.Now()
	r.scrapeFor(3 * time.Minute)

	r.start()
	since := r.clock.Now()
	r.clock.Step(2 * time.Minute) // Prometheus reads its log before it scrapes.
	scrapes := r.clock.Now()
	r.pass(20*time.Minute, 15*time.Second)
	after := r.reported("the newest has arrived", func(s status.Report) bool {
		return s.Log.Newest.Equal(r.log.newest()) && row(s, "waiting") == 0
	})
	r.said(1, "Google's sidecar has exported this log before")
	all := arrived(r.emulator)
	checkOrder(t, all)
	r.log.checkGaps(all, "load", noon.Add(time.Minute))
	r.log.checkGaps(all, "requests_total", scrapes.Add(31*time.Second))
	r.log.checkNoBurst(all, ended)
	for name, points := range all {
		for _, p := range points {
			if p.end > since.UnixMilli() && p.start > 0 && p.start < since.UnixMilli() && p.start != p.end {
				t.Errorf("%s: a point of %s counts from %s on, before the exporter began", name, time.UnixMilli(p.end), time.UnixMilli(p.start))
			}
		}
	}
	lost := after.Log.LostSeconds
	if want := scrapes.Sub(saved).Seconds(); len(lost) != 1 || lost[0].Name != "changeover" || lost[0].Count < want || lost[0].Count > want+2*15 {
		t.Errorf("the page says %+v is lost, want no less than %v, and the time until the next scrape", lost, want)
	}
	if refused, written := row(after, "refused"), row(after, "written_before"); refused > 0 || written == 0 {
		t.Errorf("%d refused, %d written before", refused, written)
	}
}

// leaveProgress writes what Google's sidecar writes: how much it has read, less a margin. It
// returns the time of the newest sample.
func (r *rig) leaveProgress(margin int64) time.Time {
	r.t.Helper()
	end := r.exporterEnd()
	text := fmt.Sprintf(`{"offset":%d}`, end-margin)
	try(r.t, os.WriteFile(filepath.Join(r.log.dir, googleProgress), []byte(text), 0o600))
	return r.log.newest()
}

// exporterEnd is the length of the log, in which each segment counts as if it were full.
func (r *rig) exporterEnd() int64 {
	r.t.Helper()
	segments, err := filepath.Glob(filepath.Join(r.log.dir, "0*"))
	try(r.t, err)
	info, err := os.Stat(segments[len(segments)-1])
	try(r.t, err)
	var number int64
	if _, err := fmt.Sscanf(filepath.Base(segments[len(segments)-1]), "%d", &number); err != nil {
		r.t.Fatal(err)
	}
	return number*googleSegmentSize + info.Size()
}

// TestNoChangeover is about what Google's sidecar has left, and that says nothing.
func TestNoChangeover(t *testing.T) {
	for name, test := range map[string]struct {
		text  string
		warns int
	}{
		"not of this log": {`{"offset": 999999999999}`, 1},
		"not a number":    {`{"offset": "x"}`, 1},
		"nothing":         {``, 1},
		"no offset":       {`{}`, 1},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, 1)
			r.scrapeFor(30 * time.Minute)
			try(t, os.WriteFile(filepath.Join(r.log.dir, googleProgress), []byte(test.text), 0o600))
			r.start()
			since := r.clock.Now()
			r.pass(2*time.Minute, 15*time.Second)
			r.reported("the newest has arrived", func(s status.Report) bool {
				return s.Log.Newest.Equal(r.log.newest()) && row(s, "waiting") == 0
			})
			r.said(test.warns, "Where Google's sidecar ended is not known")
			r.said(0, "has exported this log before")
			all := arrived(r.emulator)
			r.log.checkGaps(all, "load", since.Add(-9*time.Minute))
		})
	}
}

// TestChangeoverOnlyOnce keeps what Google's sidecar left from counting again, where the
// exporter's own state is lost.
func TestChangeoverOnlyOnce(t *testing.T) {
	r := newRig(t, 1)
	r.scrapeFor(5 * time.Minute)
	r.leaveProgress(512 << 10) // It is negative: Google's sidecar reads everything again then.
	r.start()
	r.pass(5*time.Minute, 15*time.Second)
	r.said(1, "has exported this log before")
	r.stop()
	try(t, os.Remove(r.options.StateFile))
	r.start()
	r.pass(time.Minute, 15*time.Second)
	r.said(1, "has exported this log before")
	checkOrder(t, arrived(r.emulator))
}
