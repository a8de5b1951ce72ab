package exporter

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/util/wait"
	clocktesting "k8s.io/utils/clock/testing"

	"github.com/linkerd-gcm/linkerd-gcm/exporter/cloudmonitoring"
	"github.com/linkerd-gcm/linkerd-gcm/exporter/configuration"
	"github.com/linkerd-gcm/linkerd-gcm/exporter/status"
	"github.com/linkerd-gcm/linkerd-gcm/exporter/targets"
	"github.com/linkerd-gcm/linkerd-gcm/internal/gcmemulator"
)

// noon is when tests begin.
var noon = time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)

// A rig is the whole pipeline between a log that the test writes, an API of Prometheus that
// it answers, and an emulator behind gRPC. All go by a clock that the test moves.
type rig struct {
	t          *testing.T
	clock      *clocktesting.FakeClock
	folder     string
	log        *prometheusLog
	prometheus *fakePrometheus
	emulator   *gcmemulator.Emulator
	google     *cloudmonitoring.Connection

	settings configuration.Settings
	options  Options
	sending  cloudmonitoring.Options

	exporter *Exporter
	stopped  func() error
	messages messages
}

// messages is the exporter's own log.
type messages struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (m *messages) Write(line []byte) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.text.Write(line)
}

func (m *messages) String() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.text.String()
}

// newRig has the log of as many pods, which nobody has scraped yet.
func newRig(t *testing.T, pods int) *rig {
	t.Helper()
	r := &rig{t: t, clock: clocktesting.NewFakeClock(noon), folder: t.TempDir()}
	r.log = newPrometheusLog(t, filepath.Join(r.folder, "wal"), pods)
	r.prometheus = &fakePrometheus{pods: r.log.names()}
	r.emulator = gcmemulator.New(gcmemulator.Options{Now: r.clock.Now})
	r.google = r.listen()
	include, err := configuration.ParseSelector(`{__name__=~"requests_total|load"}`)
	if err != nil {
		t.Fatal(err)
	}
	r.settings = configuration.Settings{Destination: configuration.CloudMonitoring, Project: "p", Location: "europe-west4", Cluster: "c",
		MetricsPrefix: "external.googleapis.com/prometheus", Include: []configuration.Selector{include},
		MaxSeries: configuration.DefaultMaxSeries, MaxInputs: configuration.DefaultMaxInputs, MaxLabels: configuration.DefaultMaxLabels}
	r.options = Options{WAL: r.log.dir, StateFile: filepath.Join(r.folder, "state"), Clock: r.clock, Version: "test"}
	r.sending = cloudmonitoring.Options{Project: "p", MaxAge: 24*time.Hour + 30*time.Minute, Clock: r.clock,
		Principal: func() string { return "exporter@p.iam.gserviceaccount.com" }}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the exporter's log:\n%s", r.messages.String())
		}
	})
	return r
}

func (r *rig) listen() *cloudmonitoring.Connection {
	r.t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		r.t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- r.emulator.Serve(ctx, listener) }()
	connection := cloudmonitoring.Dial(cloudmonitoring.DialOptions{Address: cloudmonitoring.Address{Host: listener.Addr().String(), Plaintext: true}, UserAgent: "test"})
	r.t.Cleanup(func() {
		_ = connection.Close() // The test is over.
		stop()
		if err := <-done; err != nil {
			r.t.Error(err)
		}
	})
	return connection
}

// start runs an exporter, as after a restart of its pod.
func (r *rig) start() {
	r.t.Helper()
	server := httptest.NewServer(r.prometheus)
	client, err := targets.NewClient(server.URL + "/prefix/")
	if err != nil {
		r.t.Fatal(err)
	}
	options, sending := r.options, r.sending
	options.Settings, options.Log = r.settings, slog.New(slog.NewTextHandler(&r.messages, nil))
	options.Targets = &targets.Poller{Client: client, Cache: targets.New(targets.Options{MaxAge: 24 * time.Hour, Apart: targets.Interval, Pause: 5 * time.Second, Now: r.clock.Now})}
	e, err := New(options)
	if err != nil {
		r.t.Fatal(err)
	}
	sending.Settled, sending.Log = e.Settle, options.Log
	sender := cloudmonitoring.New(sending, r.google)
	ctx, stop := context.WithCancel(context.Background())
	sends, stopSending := context.WithCancel(context.Background())
	var others sync.WaitGroup
	others.Go(func() { sender.Run(sends) })
	ended := make(chan error, 1)
	go func() { ended <- e.Run(ctx, Google{sender}) }()
	r.exporter = e
	r.stopped = sync.OnceValue(func() error {
		stop()
		var err error
		// What waits for a time that the clock must reach is let go.
		r.until("the exporter ends", time.Second, func() bool {
			select {
			case err = <-ended:
				return true
			default:
				return false
			}
		})
		stopSending()
		others.Wait()
		server.Close()
		return err
	})
	r.t.Cleanup(func() {
		if err := r.stopped(); err != nil {
			r.t.Error(err)
		}
	})
	r.until("the pipeline runs", time.Millisecond, func() bool { return e.Report().NotReady != notRunning })
}

// stop ends the exporter as SIGTERM does.
func (r *rig) stop() {
	r.t.Helper()
	if err := r.stopped(); err != nil {
		r.t.Fatal(err)
	}
}

// report is what the exporter says of itself. Whatever has happened, its counters add up.
func (r *rig) report() status.Report {
	r.t.Helper()
	report := r.exporter.Report()
	sum := 0.0
	for _, row := range report.Samples {
		sum += row.Count
	}
	if sum != float64(report.Selected) {
		r.t.Fatalf("%v add up to %v, and %d samples were selected", report.Samples, sum, report.Selected)
	}
	return report
}

// until moves the clock step by step until a condition holds.
func (r *rig) until(what string, step time.Duration, holds func() bool) {
	r.t.Helper()
	err := wait.PollUntilContextTimeout(context.Background(), time.Millisecond, time.Minute, true, func(context.Context) (bool, error) {
		if holds() {
			return true, nil
		}
		r.clock.Step(step)
		return false, nil
	})
	if err != nil {
		report := r.exporter.Report()
		r.t.Fatalf("%s: %v\nat %s; log: %+v\nsamples: %+v\ngoogle: %+v\nprometheus: %+v\nreasons: %+v", what, err, r.clock.Now(), report.Log, report.Samples, report.Google, report.Prometheus, report.Reasons)
	}
}

// reported waits for something that the exporter reports.
func (r *rig) reported(what string, holds func(status.Report) bool) status.Report {
	r.t.Helper()
	var last status.Report
	r.until(what, time.Second, func() bool { last = r.report(); return holds(last) })
	return last
}

// pass lets time pass, in which the pods are scraped.
func (r *rig) pass(lasts, interval time.Duration) {
	r.t.Helper()
	began := r.clock.Now()
	for at := began.Add(interval); !at.After(began.Add(lasts)); at = at.Add(interval) {
		r.clock.SetTime(later(at, r.clock.Now()))
		r.log.scrape(r.clock.Now())
		r.turn()
	}
}

// turn gives the pipeline some time for what has just been written: until all of it is
// settled, or nothing changes any more.
func (r *rig) turn() {
	r.t.Helper()
	before, still := "", 0
	err := wait.PollUntilContextTimeout(context.Background(), 200*time.Microsecond, time.Minute, true, func(context.Context) (bool, error) {
		report := r.report()
		if report.Selected == r.log.selected && report.Google.Queue == 0 {
			return true, nil
		}
		r.clock.Step(lookInterval)
		now := fmt.Sprint(report.Selected, report.Google.Requests, report.Google.Queue)
		if still++; now != before {
			before, still = now, 0
		}
		return still > patience, nil
	})
	if err != nil {
		r.t.Fatal(err)
	}
}

// patience is for how many looks nothing may change before a turn is over. The flush of the
// sender, and a poll of the log, take a second.
const patience = 11

// settled waits until all that was written is read and settled.
func (r *rig) settled() status.Report {
	r.t.Helper()
	return r.reported("everything is settled", func(s status.Report) bool {
		return s.Selected == r.log.selected && row(s, "waiting") == 0 && s.Google.Queue == 0
	})
}

// row is the number of samples with an outcome.
func row(s status.Report, name string) uint64 {
	for _, one := range s.Samples {
		if one.Name == name {
			return uint64(one.Count)
		}
	}
	return 0
}

// because is the number of samples that were not exported for a reason.
func because(s status.Report, name string) uint64 {
	for _, one := range s.Reasons {
		if one.Name == name {
			return one.Count
		}
	}
	return 0
}

// said fails unless the exporter's log has a text so many times.
func (r *rig) said(times int, text string) {
	r.t.Helper()
	if got := strings.Count(r.messages.String(), text); got != times {
		r.t.Errorf("the log says %d times, not %d: %q\n%s", got, times, text, r.messages.String())
	}
}

// twin is another exporter on the same log.
func (r *rig) twin() *rig {
	return &rig{t: r.t, clock: r.clock, folder: r.folder, log: r.log, prometheus: r.prometheus, emulator: r.emulator, google: r.google,
		settings: r.settings, options: r.options, sending: r.sending}
}
