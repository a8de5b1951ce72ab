package exporter

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/linkerd-gcm/linkerd-gcm/exporter/cloudmonitoring"
	"github.com/linkerd-gcm/linkerd-gcm/exporter/status"
	"github.com/linkerd-gcm/linkerd-gcm/internal/gcmemulator"
)

// TestRestartsLoseNothing ends the exporter again and again while Google comes and goes. The
// counters go on where they were.
func TestRestartsLoseNothing(t *testing.T) {
	r := newRig(t, 3)
	r.sending.Capacity = 40
	r.start()
	for i := range 12 {
		switch i % 4 {
		case 1:
			r.order(gcmemulator.Fault{Kind: gcmemulator.Unavailable})
		case 2:
			r.order(gcmemulator.Fault{Kind: gcmemulator.LostAnswer, Probability: 0.3})
		default:
			r.order()
		}
		r.pass(4*time.Minute, 15*time.Second)
		before := r.report()
		r.stop()
		r.scrapeFor(time.Minute)
		r.start()
		if i%4 == 0 {
			continue
		}
		if after := r.report(); row(after, "accepted") > before.Selected {
			t.Errorf("restart %d: %+v after %+v", i, after.Samples, before.Samples)
		}
	}
	r.order()
	after := r.settled()
	if lost := row(after, "refused") + row(after, "dropped"); lost > 0 || row(after, "anchor") != 3 {
		t.Errorf("after the last: %+v %+v", after.Samples, after.Reasons)
	}
	all := arrived(r.emulator)
	checkOrder(t, all)
	r.log.checkSums(all)
	r.log.checkGaps(all, "load", noon)
	r.log.checkGaps(all, "requests_total", noon.Add(16*time.Second))
}

// TestDamagedState starts the exporter with something else in the place of its state.
func TestDamagedState(t *testing.T) {
	for name, test := range map[string]struct {
		damage func(t *testing.T, r *rig)
		aside  bool
		warns  string
	}{
		"removed": {damage: func(t *testing.T, r *rig) { try(t, os.Remove(r.options.StateFile)) }},
		"truncated": {damage: func(t *testing.T, r *rig) { try(t, os.Truncate(r.options.StateFile, 200)) },
			aside: true, warns: "The saved state cannot be used"},
		"nonsense": {damage: func(t *testing.T, r *rig) { try(t, os.WriteFile(r.options.StateFile, []byte("{}"), 0o600)) },
			aside: true, warns: "The saved state cannot be used"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, 3)
			r.start()
			r.pass(30*time.Minute, 15*time.Second)
			r.settled()
			r.stop()
			test.damage(t, r)
			down := r.clock.Now()
			r.scrapeFor(15 * time.Minute)
			r.start()
			since := r.clock.Now()
			r.pass(15*time.Minute, 15*time.Second)
			after := r.reported("the newest has arrived", func(s status.Report) bool {
				return s.Log.Newest.Equal(r.log.newest()) && row(s, "waiting") == 0
			})
			if _, err := os.Stat(r.options.StateFile + ".unreadable"); (err == nil) != test.aside {
				t.Errorf("set aside: %v", err)
			}
			if test.warns != "" {
				r.said(1, test.warns)
			}
			if len(after.Log.LostSeconds) != 1 || after.Log.LostSeconds[0].Name != "no_state" {
				t.Errorf("the page says %+v is lost", after.Log.LostSeconds)
			}
			all := arrived(r.emulator)
			checkOrder(t, all)
			r.log.checkGaps(all, "load", since.Add(-9*time.Minute))
			r.log.checkGaps(all, "requests_total", since.Add(-9*time.Minute))
			r.log.checkNoBurst(all, down)
			r.onlyFaults()
		})
	}
}

// checkNoBurst fails where a counter in Google rises by more than it did in the log.
func (l *prometheusLog) checkNoBurst(all map[string][]point, since time.Time) {
	l.t.Helper()
	for _, p := range l.pods {
		for _, one := range all["requests_total/"+p.name] {
			if one.end < since.UnixMilli() {
				continue
			}
			if rose := p.at(one.end) - p.at(one.start); one.value > rose {
				l.t.Errorf("%s: %g within an interval in which the counter rose by %g", p.name, one.value, rose)
			}
		}
	}
}

// at is the counter at the last scrape until then.
func (p *pod) at(t int64) float64 {
	value := 0.0
	for i, scrape := range p.scrapes {
		if scrape <= t {
			value = p.counts[i]
		}
	}
	return value
}

func try(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// scrapeFor lets time pass while no exporter runs.
func (r *rig) scrapeFor(lasts time.Duration) {
	const interval = 15 * time.Second
	for range int(lasts / interval) {
		r.clock.Step(interval)
		r.log.scrape(r.clock.Now())
	}
}

// TestAStateOfAnotherLog moves the state to a volume with the log of other pods, which have
// the same names.
func TestAStateOfAnotherLog(t *testing.T) {
	r := newRig(t, 3)
	r.start()
	r.pass(20*time.Minute, 15*time.Second)
	r.settled()
	r.stop()
	try(t, r.log.log.Close())
	before := arrived(r.emulator)
	r.log = newPrometheusLog(t, filepath.Join(r.folder, "other"), 3)
	r.options.WAL = r.log.dir
	r.scrapeFor(5 * time.Minute)
	since := r.clock.Now()
	r.start()
	r.pass(5*time.Minute, 15*time.Second)
	after := r.reported("the newest has arrived", func(s status.Report) bool {
		return s.Log.Newest.Equal(r.log.newest()) && row(s, "waiting") == 0
	})
	r.said(1, "The saved position is not in this log")
	if n := row(after, "refused"); n > 0 {
		t.Errorf("refused: %+v", after.Reasons)
	}
	all := arrived(r.emulator)
	checkOrder(t, all)
	r.log.checkGaps(all, "load", since)
	r.log.checkGaps(all, "requests_total", since)
	if len(all) != len(before) {
		t.Errorf("%d series became %d", len(before), len(all))
	}
	r.onlyFaults()
}

// TestAStateThatCannotBeWritten has the state in a folder that is none, until it is one.
func TestAStateThatCannotBeWritten(t *testing.T) {
	r := newRig(t, 3)
	folder := filepath.Join(r.folder, "full")
	try(t, os.WriteFile(folder, nil, 0o600))
	r.options.StateFile = filepath.Join(folder, "state")
	r.start()
	r.pass(5*time.Minute, 15*time.Second)
	during := r.settled()
	if !during.Ready || !during.Healthy || !strings.Contains(during.State.Error, "--state-file") || row(during, "accepted") == 0 {
		t.Errorf("ready %v, healthy %v, %q, %+v", during.Ready, during.Healthy, during.State.Error, during.Samples)
	}
	r.said(1, "The state cannot be saved")
	try(t, os.Remove(folder))
	try(t, os.Mkdir(folder, 0o700))
	r.pass(3*time.Minute, 15*time.Second)
	r.reported("the state is saved", func(s status.Report) bool { return s.State.Error == "" && !s.State.Saved.IsZero() })
	r.stop()
	r.start()
	r.pass(time.Minute, 15*time.Second)
	r.settled()
	all := arrived(r.emulator)
	checkOrder(t, all)
	r.log.checkSums(all)
	r.log.checkGaps(all, "load", noon)
}

// TestARefusedStartIsDropped keeps the ledger and the sender of one mind: what the sender
// gives another start is not sent again.
func TestARefusedStartIsDropped(t *testing.T) {
	if got := fateOf(&cloudmonitoring.Outcome{Result: cloudmonitoring.Reanchor, Reason: "reanchored"}); got != (Fate{cloudmonitoring.Dropped, "reanchored"}) {
		t.Errorf("got %+v", got)
	}
}

// TestAnotherProgramWritesTheSeries has Google refuse a start: the series gets another one a
// minute later, and is whole from then on.
func TestAnotherProgramWritesTheSeries(t *testing.T) {
	r := newRig(t, 2)
	r.start()
	r.pass(5*time.Minute, 15*time.Second)
	r.settled()
	r.stop()
	try(t, os.Remove(r.options.StateFile))
	other := r.twin()
	other.options.StateFile = filepath.Join(r.folder, "another")
	other.start()
	r.start()
	over := r.clock.Now().Add(2 * time.Minute)
	for r.clock.Now().Before(over) {
		r.pass(15*time.Second, 15*time.Second)
	}
	other.stop()
	whole := r.clock.Now().Add(2 * time.Minute)
	r.pass(6*time.Minute, 15*time.Second)
	after := r.settled()
	// Which of the two comes first is chance.
	if contested := row(after, "written_before") + row(after, "refused") + row(after, "dropped"); contested == 0 {
		t.Errorf("Google has refused nothing: %+v", after.Samples)
	}
	all := arrived(r.emulator)
	checkOrder(t, all)
	r.log.checkGaps(all, "requests_total", whole)
	r.log.checkNoBurst(all, noon)
}
