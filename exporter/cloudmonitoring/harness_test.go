package cloudmonitoring

import (
	"bytes"
	"context"
	"log/slog"
	"net"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc"
	"k8s.io/apimachinery/pkg/util/wait"
	clocktesting "k8s.io/utils/clock/testing"

	"github.com/linkerd-gcm/linkerd-gcm/exporter/points"
	"github.com/linkerd-gcm/linkerd-gcm/exporter/series"
	"github.com/linkerd-gcm/linkerd-gcm/internal/gcmemulator"
	"github.com/linkerd-gcm/linkerd-gcm/monitoring"
)

// noon is when tests begin.
var noon = time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)

// A harness is a sender that writes to an emulator over gRPC, with a clock that the test
// moves.
type harness struct {
	*Sender
	t        testing.TB
	clock    *clocktesting.FakeClock
	emulator *gcmemulator.Emulator
	client   *Connection

	mu       sync.Mutex
	outcomes []Outcome
	log      bytes.Buffer
}

// listen serves an emulator on loopback, and returns a connection to it.
func listen(t testing.TB, emulator *gcmemulator.Emulator, options ...grpc.ServerOption) *Connection {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- emulator.Serve(ctx, listener, options...) }()
	address, err := ParseAddress("https://" + listener.Addr().String() + "/?auth=false")
	if err != nil {
		t.Fatal(err)
	}
	client := Dial(DialOptions{Address: address, UserAgent: "test"})
	t.Cleanup(func() {
		if err := client.Close(); err != nil {
			t.Error(err)
		}
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return client
}

// start makes an emulator and a sender that runs until the test ends.
func start(t testing.TB, emulated gcmemulator.Options, change ...func(*Options)) *harness {
	t.Helper()
	h := &harness{t: t, clock: clocktesting.NewFakeClock(noon)}
	emulated.Now = h.clock.Now
	h.emulator = gcmemulator.New(emulated)
	h.client = listen(t, h.emulator)
	h.restart(nil, change...)
	return h
}

// restart runs another sender against the same emulator. It knows what it is told, and begins
// at the time of the clock.
func (h *harness) restart(known []series.Acknowledged, change ...func(*Options)) {
	options := Options{
		Project: "p", Settled: h.settled, Clock: h.clock,
		Log: slog.New(slog.NewTextHandler(&h.log, nil)), Principal: func() string { return "exporter@p.iam.gserviceaccount.com" },
	}
	for _, apply := range change {
		apply(&options)
	}
	sender := New(options, h.client)
	sender.Restore(known)
	h.Sender = sender
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		sender.Run(ctx)
	}()
	h.t.Cleanup(func() { stop(); <-done })
}

func (h *harness) settled(outcomes []Outcome) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.outcomes = append(h.outcomes, outcomes...)
}

func (h *harness) all() []Outcome {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]Outcome(nil), h.outcomes...)
}

func (h *harness) add(all ...points.Point) {
	h.t.Helper()
	for _, p := range all {
		if err := h.Add(h.t.Context(), p); err != nil {
			h.t.Fatal(err)
		}
	}
}

// until moves the clock step by step until a condition holds.
func (h *harness) until(step time.Duration, what string, condition func() bool) {
	h.t.Helper()
	err := wait.PollUntilContextTimeout(h.t.Context(), time.Millisecond, 3*time.Minute, true, func(context.Context) (bool, error) {
		if condition() {
			return true, nil
		}
		h.clock.Step(step)
		return false, nil
	})
	if err != nil {
		h.t.Fatalf("%s: %v; the status is %+v", what, err, h.Status())
	}
}

// settle waits until so many points are settled, and returns them.
func (h *harness) settle(number int) []Outcome {
	h.t.Helper()
	h.until(50*time.Millisecond, "settling", func() bool { return len(h.all()) >= number })
	return h.all()
}

// results counts outcomes by result and reason.
func results(all []Outcome) map[ResultReason]int {
	counts := map[ResultReason]int{}
	for _, outcome := range all {
		counts[ResultReason{outcome.Result, outcome.Reason}]++
	}
	return counts
}

// gauges are series of as many pods.
func gauges(number int) []*series.Series {
	all := make([]*series.Series, number)
	for i := range all {
		all[i] = newSeries("load", pod(i), monitoring.Gauge, monitoring.Double)
	}
	return all
}

// counters are cumulative series of as many pods.
func counters(number int) []*series.Series {
	all := make([]*series.Series, number)
	for i := range all {
		all[i] = newSeries("requests_total", pod(i), monitoring.Cumulative, monitoring.Double)
	}
	return all
}

func pod(i int) string {
	return "web-" + string(rune('a'+i/26/26%26)) + string(rune('a'+i/26%26)) + string(rune('a'+i%26))
}

// at makes points at so many seconds after noon, one of each series. Those of counters start
// a minute before noon.
func at(seconds int, all []*series.Series) []points.Point {
	made := make([]points.Point, len(all))
	for i, s := range all {
		made[i] = points.Point{Series: s, End: noon.Add(time.Duration(seconds) * time.Second).UnixMilli(), Value: points.Value{Double: float64(seconds)}, Samples: 1}
		if s.Kind == monitoring.Cumulative {
			made[i].Start = noon.Add(-time.Minute).UnixMilli()
		}
	}
	return made
}
