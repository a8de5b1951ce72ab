package exporter

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/linkerd-gcm/linkerd-gcm/exporter/configuration"
	"github.com/linkerd-gcm/linkerd-gcm/exporter/points"
	"github.com/linkerd-gcm/linkerd-gcm/exporter/series"
	"github.com/linkerd-gcm/linkerd-gcm/exporter/status"
	"github.com/linkerd-gcm/linkerd-gcm/exporter/wal"
	"github.com/linkerd-gcm/linkerd-gcm/internal/gcmemulator"
)

// TestHealth is about a reader that has something to do and does nothing. Only that is not
// healthy: a restart would not help against anything else.
func TestHealth(t *testing.T) {
	for name, test := range map[string]struct {
		change  func(e *Exporter)
		unread  int64
		idle    time.Duration
		healthy bool
	}{
		"stuck":             {func(*Exporter) {}, 100, stuckAfter, false},
		"not for long":      {func(*Exporter) {}, 100, stuckAfter - time.Second, true},
		"nothing to read":   {func(*Exporter) {}, 0, time.Hour, true},
		"the queue is full": {func(e *Exporter) { e.progress.blocked(true) }, 100, time.Hour, true},
		"the queue was full": {func(e *Exporter) {
			e.progress.blocked(true)
			e.progress.moved = noon.Add(-time.Hour)
			e.progress.blocked(false)
		}, 100, time.Minute, true},
		"waits for Prometheus":  {func(e *Exporter) { e.api.waiting(true) }, 100, time.Hour, true},
		"waited for Prometheus": {func(e *Exporter) { e.progress.moved = noon.Add(-time.Hour); e.progress.goOn() }, 100, time.Minute, true},
		"reads": {func(e *Exporter) {
			e.progress.read(wal.Position{Offset: 1})
			e.progress.moved = noon.Add(-time.Hour)
			at(e)
		}, 100, time.Minute, true},
		"polls, and does not get on": {func(e *Exporter) { e.progress.moved = noon.Add(-time.Hour); at(e) }, 100, 0, false},
		"the end of the log":         {func(e *Exporter) { e.progress.caughtUp(); e.progress.moved = noon.Add(-time.Hour); at(e) }, 100, time.Minute, true},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, 0)
			e := &Exporter{options: r.options, api: newAPI(r.options), progress: progress{now: r.clock.Now, moved: noon}}
			e.derivation = points.New(points.Options{}, series.NewResolver(r.settings, &configuration.File{}), nil, nil)
			test.change(e)
			if healthy, why := e.healthy(noon.Add(test.idle), test.unread); healthy != test.healthy || healthy != (why == "") {
				t.Errorf("healthy: %v, %q", healthy, why)
			}
		})
	}
}

// at lets the reader look.
func at(e *Exporter) { e.progress.at(noon, wal.Counts{}, e.derivation, nil, 0) }

// TestTheLogIsNotThereYet starts before Prometheus does.
func TestTheLogIsNotThereYet(t *testing.T) {
	r := newRig(t, 2)
	r.options.WAL = filepath.Join(r.folder, "later", "wal")
	r.start()
	r.clock.Step(time.Minute)
	s := r.reported("it waits", func(s status.Report) bool { return s.Now.Sub(noon) > 10*time.Minute })
	if !s.Healthy || !s.Ready || s.Log.Error != "" {
		t.Errorf("healthy: %q, ready: %q, log: %q", s.Unhealthy, s.NotReady, s.Log.Error)
	}
	try(t, r.log.log.Close())
	r.log = newPrometheusLog(t, r.options.WAL, 2)
	r.pass(2*time.Minute, 15*time.Second)
	r.settled()
	r.log.checkGaps(arrived(r.emulator), "load", noon)
}

// TestUnknownRecordsAreShown writes records of a kind of the future.
func TestUnknownRecordsAreShown(t *testing.T) {
	r := newRig(t, 2)
	r.start()
	r.pass(time.Minute, 15*time.Second)
	r.log.write([]byte{13, 1, 2, 3}, []byte{13, 4})
	r.pass(time.Minute, 15*time.Second)
	s := r.reported("they are shown", func(s status.Report) bool { return len(s.Log.Unknown) > 0 })
	if s.Log.Unknown[0] != (status.Amount{Name: "13", Count: 2}) {
		t.Errorf("got %+v", s.Log.Unknown)
	}
	r.settled()
	r.log.checkGaps(arrived(r.emulator), "load", noon)
}

// renames gives a metric another name.
const renames = "metric_renames: [{from: load, to: burden}]\n"

// TestReload changes the configuration file while the exporter runs.
func TestReload(t *testing.T) {
	r := newRig(t, 2)
	r.options.ConfigFile = filepath.Join(r.folder, "c.yml")
	try(t, os.WriteFile(r.options.ConfigFile, nil, 0o600))
	r.start()
	r.pass(time.Minute, 15*time.Second)
	r.settled()
	try(t, os.WriteFile(r.options.ConfigFile, []byte(renames), 0o600))
	_ = r.exporter.Reload()
	changed := r.reported("it is in use", func(s status.Report) bool { return s.Configuration.Loaded.After(noon.Add(time.Minute)) })
	r.pass(time.Minute, 15*time.Second)
	r.settled()
	all := arrived(r.emulator)
	if len(all["burden/web-000"]) != 4 || len(all["load/web-000"]) != 4 {
		t.Errorf("load has %d points, and burden %d", len(all["load/web-000"]), len(all["burden/web-000"]))
	}
	r.log.checkSums(all)
	try(t, os.WriteFile(r.options.ConfigFile, []byte("nonsense: 1\n"), 0o600))
	_ = r.exporter.Reload() // The pipeline itself looks every five seconds, too.
	r.pass(time.Minute, 15*time.Second)
	during := r.settled()
	if !strings.Contains(during.Configuration.Error, "nonsense") || !during.Configuration.Loaded.Equal(changed.Configuration.Loaded) || !during.Ready {
		t.Errorf("configuration: %+v", during.Configuration)
	}
	r.stop()
	r.start()
	r.pass(time.Minute, 15*time.Second)
	if after := r.settled(); !strings.Contains(after.Configuration.Error, "nonsense") {
		t.Errorf("after a restart: %+v", after.Configuration)
	}
	r.said(1, "the last one that was is in use")
	if got := arrived(r.emulator)["burden/web-000"]; len(got) != 12 {
		t.Errorf("burden has %d points, not 12", len(got))
	}
	try(t, os.WriteFile(r.options.ConfigFile, []byte(renames), 0o600))
	_ = r.exporter.Reload()
	r.reported("it is right again", func(s status.Report) bool { return s.Configuration.Error == "" })
}

// TestTheFirstConfigurationIsKept restarts with an invalid file that never changed before.
func TestTheFirstConfigurationIsKept(t *testing.T) {
	r := newRig(t, 1)
	r.options.ConfigFile = filepath.Join(r.folder, "c.yml")
	try(t, os.WriteFile(r.options.ConfigFile, []byte(renames), 0o600))
	r.start()
	r.pass(time.Minute, 15*time.Second)
	r.settled()
	r.stop()
	try(t, os.WriteFile(r.options.ConfigFile, []byte("nonsense: 1\n"), 0o600))
	r.start()
	r.pass(time.Minute, 15*time.Second)
	r.settled()
	if got := arrived(r.emulator); len(got["burden/web-000"]) != 8 || len(got["load/web-000"]) != 0 {
		t.Errorf("burden has %d points, and load %d", len(got["burden/web-000"]), len(got["load/web-000"]))
	}
}

// TestSIGTERMWhileNothingGoes ends an exporter whose reader waits: for room in the queue, and
// for Prometheus.
func TestSIGTERMWhileNothingGoes(t *testing.T) {
	for name, wrong := range map[string]func(r *rig){
		"the queue is full": func(r *rig) { r.order(gcmemulator.Fault{Kind: gcmemulator.Unavailable}) },
		"waits for Prometheus": func(r *rig) {
			r.prometheus.say(http.NotFound)
			r.prometheus.know(append(r.log.names(), r.log.birth().name)...)
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, 3)
			r.sending.Capacity = 10
			r.start()
			r.pass(2*time.Minute, 15*time.Second)
			r.settled()
			wrong(r)
			r.pass(5*time.Minute, 15*time.Second)
			r.stop()
			r.order()
			r.prometheus.say(nil)
			r.start()
			if after := r.settled(); row(after, "dropped")+row(after, "refused") > 0 {
				t.Errorf("%+v", after.Samples)
			}
			all := arrived(r.emulator)
			checkOrder(t, all)
			r.log.checkSums(all)
			r.log.checkGaps(all, "load", noon)
		})
	}
}

// TestHeldBack scrapes counters more often than Google takes points, and has them begin anew:
// what is lost of the last points before is counted, and by how much they would have risen.
func TestHeldBack(t *testing.T) {
	r := newRig(t, 1)
	r.settings.MinPeriod = configuration.DefaultMinPeriod
	r.start()
	for range 6 {
		r.pass(35*time.Second, 5*time.Second)
		r.log.pods[0].count = 0
	}
	r.pass(5*time.Second, 5*time.Second)
	after := r.reported("all is read", func(s status.Report) bool { return s.Selected == r.log.selected })
	if row(after, "held") == 0 || len(after.Outside) != 1 || after.Outside[0].Name != "held_lost" || after.HeldLost < after.Outside[0].Count {
		t.Errorf("%+v %+v %v", after.Samples, after.Outside, after.HeldLost)
	}
	all := arrived(r.emulator)
	checkOrder(t, all)
	r.onlyFaults()
}
