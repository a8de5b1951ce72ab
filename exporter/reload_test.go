package exporter

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/tsdb/chunks"
	"github.com/prometheus/prometheus/tsdb/record"
	metricpb "google.golang.org/genproto/googleapis/api/metric"

	"github.com/linkerd-gcm/linkerd-gcm/exporter/configuration"
	"github.com/linkerd-gcm/linkerd-gcm/exporter/state"
	"github.com/linkerd-gcm/linkerd-gcm/exporter/status"
	"github.com/linkerd-gcm/linkerd-gcm/internal/gcmemulator"
)

const (
	idleCounts = "static_metadata:\n- metric: idle\n  type: counter\n"
	idleSummed = idleCounts + "aggregate:\n- metric: idle\n  by: []\n  to: sums\n"
)

// configure writes the configuration file.
func (r *rig) configure(text string) {
	r.t.Helper()
	r.options.ConfigFile = filepath.Join(r.folder, "config.yml")
	try(r.t, os.WriteFile(r.options.ConfigFile, []byte(text), 0o600))
}

// read waits until the newest sample has arrived.
func (r *rig) read() status.Report {
	r.t.Helper()
	return r.reported("the newest has arrived", func(s status.Report) bool {
		return s.Log.Newest.Equal(r.log.newest()) && row(s, "waiting") == 0
	})
}

// A change is one of the configuration that makes series matter which did not before.
type change struct {
	apply  func(*rig)
	metric string
}

var changes = map[string]change{
	"aggregate": {func(r *rig) { r.configure(idleSummed) }, "sums"},
	"include": {func(r *rig) {
		include, err := configuration.ParseSelector(`{__name__="idle"}`)
		try(r.t, err)
		r.settings.Include = append(r.settings.Include, include)
	}, "idle"},
}

// TestSeriesThatMatterLater changes the configuration long after the log has named the
// series that it is about: while the exporter runs, and while it does not; with a segment in
// front that ends in the middle of a record, and with a checkpoint.
func TestSeriesThatMatterLater(t *testing.T) {
	for name, change := range changes {
		for _, truncated := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				r := newRig(t, 3)
				r.configure(idleCounts)
				if !truncated {
					r.log.tear()
				}
				r.start()
				r.pass(10*time.Minute, 15*time.Second)
				if truncated {
					try(t, r.log.log.Close())
					r.log.open()
					r.log.truncate(r.clock.Now().Add(-time.Minute))
				}
				r.settled()
				running := name == "aggregate"
				if !running {
					r.stop()
				}
				change.apply(r)
				if !running {
					r.start()
				} else if err := r.exporter.Reload(); err != nil {
					t.Fatal(err)
				}
				since := r.clock.Now().Add(31 * time.Second)
				r.pass(5*time.Minute, 15*time.Second)
				r.read()
				r.stop()
				all := arrived(r.emulator)
				checkOrder(t, all)
				r.log.checkSums(all)
				r.log.checkSumsOf(all, change.metric)
				r.log.checkGaps(all, change.metric, since)
			})
		}
	}
}

// TestAnAggregateOfAnotherRun adds one while the exporter does not run.
func TestAnAggregateOfAnotherRun(t *testing.T) {
	r := newRig(t, 3)
	r.configure(idleCounts)
	r.start()
	r.pass(10*time.Minute, 15*time.Second)
	r.settled()
	r.stop()
	r.configure(idleSummed)
	r.start()
	since := r.clock.Now().Add(31 * time.Second)
	r.pass(5*time.Minute, 15*time.Second)
	r.read()
	all := arrived(r.emulator)
	r.log.checkSumsOf(all, "sums")
	r.log.checkGaps(all, "sums", since)
}

// TestAKillAfterAReload renames a metric, and ends the exporter without another word when
// Google has a point under the new name. The series goes on with its start.
func TestAKillAfterAReload(t *testing.T) {
	r := newRig(t, 3)
	r.configure("")
	r.start()
	r.pass(5*time.Minute+30*time.Second, 15*time.Second)
	r.order(gcmemulator.Fault{Kind: gcmemulator.Unavailable})
	r.pass(15*time.Second, 15*time.Second)
	r.reported("a point waits", func(s status.Report) bool { return s.Selected == r.log.selected })
	r.configure("metric_renames:\n- from: requests_total\n  to: renamed\n")
	try(t, r.exporter.Reload())
	r.pass(time.Minute, 15*time.Second)
	if selected := r.report().Selected; selected == r.log.selected {
		t.Error("the log was read on before what is known at the reload was saved")
	}
	r.order()
	r.until("a point has the new name", lookInterval, func() bool {
		return len(arrived(r.emulator)["renamed/"+r.log.pods[0].name]) > 0
	})
	killed, err := os.ReadFile(r.options.StateFile)
	try(t, err)
	r.stop()
	try(t, os.WriteFile(r.options.StateFile, killed, 0o600))
	r.start()
	r.pass(5*time.Minute, 15*time.Second)
	after := r.settled()
	if lost := row(after, "refused") + row(after, "dropped"); lost > 0 {
		t.Errorf("%+v %+v", after.Samples, after.Reasons)
	}
	all := arrived(r.emulator)
	checkOrder(t, all)
	r.log.checkSumsOf(all, "renamed")
}

// TestReanchorsAtTheCopy has a series begin anew right where the state was copied: another
// run does the same.
func TestReanchorsAtTheCopy(t *testing.T) {
	r := newRig(t, 3)
	r.start()
	r.pass(5*time.Minute, 15*time.Second)
	before := r.settled()
	r.stop()
	file := state.New[Saved](r.options.StateFile)
	saved, err := file.Load()
	try(t, err)
	for _, a := range saved.Journal.Acknowledged {
		saved.Journal.Reanchored = append(saved.Journal.Reanchored, state.Reanchored{Identity: a.Identity, At: saved.Position})
	}
	_, err = file.Save(saved, r.clock.Now())
	try(t, err)
	file.Close()
	r.start()
	r.pass(5*time.Minute, 15*time.Second)
	if after := r.settled(); row(after, "anchor") != row(before, "anchor")+3 {
		t.Errorf("anchors: %+v before, %+v after", before.Samples, after.Samples)
	}
}

// TestOldNativeHistograms has a log with native histograms from before there was an
// exporter: only those of the last ten minutes are exported, as of their target.
func TestOldNativeHistograms(t *testing.T) {
	r := newRig(t, 1)
	include, err := configuration.ParseSelector(`{__name__="latency"}`)
	try(t, err)
	r.settings.Include = []configuration.Selector{include}
	r.configure("static_metadata:\n- metric: latency\n  type: histogram\n")
	ref := chunks.HeadSeriesRef(1000)
	r.log.write(r.log.encoder.Series([]record.RefSeries{{Ref: ref, Labels: labels.FromStrings("__name__", "latency", "job", "web", "instance", "web-000")}}, nil))
	for i := range 60 {
		r.clock.Step(time.Minute)
		r.log.scrape(r.clock.Now())
		h := &histogram.Histogram{Count: uint64(i + 1), Sum: float64(i), PositiveSpans: []histogram.Span{{Length: 1}},
			PositiveBuckets: []int64{int64(i + 1)}}
		encoded := r.log.encoder.HistogramSamples([]record.RefHistogramSample{{Ref: ref, T: r.clock.Now().UnixMilli(), H: h}}, nil)
		r.log.write(encoded)
	}
	r.start()
	r.read()
	after := r.reported("the last one is read", func(s status.Report) bool { return s.Selected >= 10 && row(s, "waiting") == 0 })
	if after.Selected > 11 || row(after, "anchor") != 1 || row(after, "accepted") != after.Selected-1 {
		t.Errorf("%+v %+v", after.Samples, after.Reasons)
	}
}

// TestUnknownSeries has samples that no series was named for.
func TestUnknownSeries(t *testing.T) {
	r := newRig(t, 1)
	r.start()
	r.pass(time.Minute, 15*time.Second)
	r.log.write(r.log.encoder.Samples([]record.RefSample{{Ref: 900, T: r.clock.Now().UnixMilli(), V: 1}, {Ref: 901, T: r.clock.Now().UnixMilli(), V: 1}}, nil))
	r.pass(time.Minute, 15*time.Second)
	if after := r.settled(); len(after.Outside) != 1 || after.Outside[0] != (status.Amount{Name: "unknown_series", Count: 2}) {
		t.Errorf("%+v", after.Outside)
	}
}

// TestManagedPrometheusTakesNoRenames has a file with one: types and resource are its own.
func TestManagedPrometheusTakesNoRenames(t *testing.T) {
	r := newRig(t, 1)
	r.settings.Destination = configuration.ManagedPrometheus
	r.configure("metric_renames: [{from: load, to: burden}]\n")
	r.start()
	r.pass(time.Minute, 15*time.Second)
	r.settled()
	r.said(1, "metric_renames has no effect")
	if all := r.emulator.Accepted(0); len(all) == 0 || slices.ContainsFunc(all, func(a gcmemulator.Accepted) bool {
		name := a.Series.GetMetric().GetType()
		return name != "prometheus.googleapis.com/load/gauge" && name != "prometheus.googleapis.com/requests_total/counter" ||
			a.Series.GetResource().GetType() != "prometheus_target" || a.Series.GetValueType() != metricpb.MetricDescriptor_DOUBLE
	}) {
		t.Errorf("%+v", all)
	}
}

// TestHeldBackAcrossAReconfiguration ends with points that are held back, of series that the
// next run does not select any more, and that may be sent under its --min-period.
func TestHeldBackAcrossAReconfiguration(t *testing.T) {
	r := newRig(t, 3)
	r.settings.MinPeriod = configuration.DefaultMinPeriod
	r.start()
	r.pass(time.Minute, 5*time.Second)
	for row(r.report(), "waiting") == 0 {
		r.pass(5*time.Second, 5*time.Second)
	}
	r.stop()
	include, err := configuration.ParseSelector(`{__name__="requests_total"}`)
	try(t, err)
	r.settings.Include, r.settings.MinPeriod = []configuration.Selector{include}, 0
	r.start()
	r.pass(time.Minute, 15*time.Second)
	if after := r.read(); because(after, "held_lost") != 0 || row(after, "dropped") != 0 {
		t.Errorf("%+v %+v", after.Samples, after.Outside)
	}
	all := arrived(r.emulator)
	checkOrder(t, all)
	for _, p := range r.log.pods {
		if points := all["load/"+p.name]; points[len(points)-1].end < p.scrapes[len(p.scrapes)-5] {
			t.Errorf("%s: the point that was held back has not arrived: %v", p.name, points)
		}
	}
}
