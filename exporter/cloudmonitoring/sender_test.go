package cloudmonitoring

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/linkerd-gcm/linkerd-gcm/exporter/points"
	"github.com/linkerd-gcm/linkerd-gcm/exporter/series"
	"github.com/linkerd-gcm/linkerd-gcm/internal/gcmemulator"
	"github.com/linkerd-gcm/linkerd-gcm/monitoring"
)

// later moves the clock past the points that were made, so that they are not possibly sent.
func (h *harness) later(seconds int) {
	h.clock.Step(time.Duration(seconds) * time.Second)
}

func TestPointsArriveInFullRequests(t *testing.T) {
	h := start(t, gcmemulator.Options{})
	h.later(1)
	h.add(at(1, gauges(600))...)
	if got := results(h.settle(600)); got[ResultReason{Accepted, ""}] != 600 {
		t.Errorf("results are %v", got)
	}
	if requests := h.emulator.Counts().Requests; requests != 3 {
		t.Errorf("%d requests for 600 series, want 3", requests)
	}
}

func TestAFewPointsWaitASecondForOthers(t *testing.T) {
	h := start(t, gcmemulator.Options{})
	h.later(2)
	h.add(at(1, gauges(1))...)
	h.until(0, "the sender waits", h.clock.HasWaiters)
	if h.emulator.Counts().Requests != 0 {
		t.Error("a request was made at once")
	}
	h.settle(1)
}

// TestASeriesHasOnePointInFlight adds many points of a series at once: they arrive in order.
func TestASeriesHasOnePointInFlight(t *testing.T) {
	h := start(t, gcmemulator.Options{})
	h.later(50)
	for i := range 50 {
		h.add(at(i+1, counters(3))...)
	}
	if got := results(h.settle(150)); got[ResultReason{Accepted, ""}] != 150 {
		t.Errorf("results are %v; refusals: %v", got, h.emulator.Refusals())
	}
}

func TestAddBlocksWhileTheQueueIsFull(t *testing.T) {
	h := start(t, gcmemulator.Options{}, func(o *Options) { o.Capacity = 10 })
	if err := h.emulator.SetFaults(gcmemulator.Fault{Kind: gcmemulator.Unavailable}); err != nil {
		t.Fatal(err)
	}
	all := at(1, gauges(11))
	h.add(all[:10]...)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if err := h.Add(ctx, all[10]); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("adding to a full queue: %v", err)
	}
	if err := h.emulator.SetFaults(); err != nil {
		t.Fatal(err)
	}
	added := make(chan error, 1)
	go func() { added <- h.Add(t.Context(), all[10]) }()
	if got := results(h.settle(11)); got[ResultReason{Accepted, ""}] != 11 {
		t.Errorf("results are %v", got)
	}
	if err := <-added; err != nil {
		t.Error(err)
	}
}

func TestDrainDoesNotWaitForFullRequests(t *testing.T) {
	h := start(t, gcmemulator.Options{})
	h.later(1)
	h.add(at(1, gauges(3))...)
	if err := h.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := len(h.all()); got != 3 {
		t.Errorf("%d points are settled after draining, want 3", got)
	}
	if err := h.emulator.SetFaults(gcmemulator.Fault{Kind: gcmemulator.Unavailable}); err != nil {
		t.Fatal(err)
	}
	h.add(at(2, gauges(1))...)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if err := h.Drain(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("draining while Google is away: %v", err)
	}
}

func TestGoogleAway(t *testing.T) {
	for kind, reason := range map[gcmemulator.FaultKind]string{
		gcmemulator.Unavailable: "unavailable", gcmemulator.Throttled: "throttled", gcmemulator.BadCredentials: "credentials",
		gcmemulator.MissingPermission: "permission", gcmemulator.WrongProject: "project", gcmemulator.Internal: "internal",
	} {
		t.Run(string(kind), func(t *testing.T) {
			h := start(t, gcmemulator.Options{})
			if err := h.emulator.SetFaults(gcmemulator.Fault{Kind: kind}); err != nil {
				t.Fatal(err)
			}
			h.later(20)
			h.add(at(10, gauges(5))...)
			h.add(at(20, gauges(5))...)
			h.until(20*time.Second, "an hour passes", func() bool { return h.clock.Since(noon) > time.Hour })
			if len(h.all()) != 0 {
				t.Fatalf("outcomes while nothing is accepted: %v", results(h.all()))
			}
			// About one request a minute after the first minutes, not ten a second.
			if requests := h.emulator.Counts().Requests; requests < 30 || requests > 400 {
				t.Errorf("%d requests in an hour", requests)
			}
			status := h.Status()
			if status.Ready || status.NotReady == "" || !strings.Contains(h.logged(), "reason="+reason) || strings.Count(h.logged(), "level=ERROR") != 1 {
				t.Errorf("the status is %+v, the log:\n%s", status, h.logged())
			}
			if err := h.emulator.SetFaults(); err != nil {
				t.Fatal(err)
			}
			if got := results(h.settle(10)); got[ResultReason{Accepted, ""}] != 10 {
				t.Errorf("results are %v", got)
			}
			if status := h.Status(); !status.Ready || status.NotReady != "" || !strings.Contains(h.logged(), "Google answers again") {
				t.Errorf("the status is %+v, the log:\n%s", status, h.logged())
			}
		})
	}
}

// logged returns what was logged.
func (h *harness) logged() string {
	h.Sender.mu.Lock()
	defer h.Sender.mu.Unlock()
	return h.log.String()
}

func TestAMissingRoleIsNamed(t *testing.T) {
	h := start(t, gcmemulator.Options{})
	if err := h.emulator.SetFaults(gcmemulator.Fault{Kind: gcmemulator.MissingPermission}); err != nil {
		t.Fatal(err)
	}
	h.add(at(1, gauges(1))...)
	h.until(100*time.Millisecond, "the log", func() bool { return h.logged() != "" })
	const want = "exporter@p.iam.gserviceaccount.com may not write to project p: it lacks roles/monitoring.metricWriter, or the Monitoring API is not enabled there; " +
		"grant it with: gcloud projects add-iam-policy-binding p --role=roles/monitoring.metricWriter --member=serviceAccount:exporter@p.iam.gserviceaccount.com"
	if !strings.Contains(h.logged(), want) || strings.Count(h.logged(), "\n") != 1 {
		t.Errorf("the log lacks %q, or is not one line:\n%s", want, h.logged())
	}
}

// TestALostAnswerIsNoRefusal writes points whose answer is lost. They are sent again, and that
// Google has them is no loss.
func TestALostAnswerIsNoRefusal(t *testing.T) {
	for _, texts := range []gcmemulator.Texts{gcmemulator.Texts2019, gcmemulator.Texts2024, gcmemulator.Texts2026} {
		for kind, written := range map[gcmemulator.FaultKind]int{gcmemulator.LostAnswer: 4, gcmemulator.HalfApplied: 2} {
			h := start(t, gcmemulator.Options{Texts: texts, Period: 5 * time.Second})
			if err := h.emulator.SetFaults(gcmemulator.Fault{Kind: kind, Requests: 1}); err != nil {
				t.Fatal(err)
			}
			h.later(10)
			h.add(at(10, gauges(4))...)
			want := map[ResultReason]int{{WrittenBefore, "end_order"}: written}
			if written < 4 {
				want[ResultReason{Accepted, ""}] = 4 - written
			}
			if diff := cmp.Diff(want, results(h.settle(4))); diff != "" {
				t.Errorf("%d, %s: -want +got:\n%s", texts, kind, diff)
			}
			if accepted := h.emulator.Counts().Accepted; accepted != 4 {
				t.Errorf("%d, %s: Google has %d points, want 4", texts, kind, accepted)
			}
		}
	}
}

func TestAHangingRequestIsSentAgain(t *testing.T) {
	h := start(t, gcmemulator.Options{}, func(o *Options) { o.Timeout = 50 * time.Millisecond })
	if err := h.emulator.SetFaults(gcmemulator.Fault{Kind: gcmemulator.Hanging, Requests: 2}); err != nil {
		t.Fatal(err)
	}
	h.later(10)
	h.add(at(10, gauges(4))...)
	if got := results(h.settle(4)); got[ResultReason{Accepted, ""}] != 4 {
		t.Errorf("results are %v", got)
	}
}

// TestOneRefusedOfTwoHundred has one series refused in each request; the others are written.
func TestOneRefusedOfTwoHundred(t *testing.T) {
	for _, texts := range []gcmemulator.Texts{gcmemulator.Texts2019, gcmemulator.Texts2024, gcmemulator.Texts2026} {
		h := start(t, gcmemulator.Options{Texts: texts})
		if err := h.emulator.SetFaults(gcmemulator.Fault{Kind: gcmemulator.RefuseMatching, Match: pod(7)}); err != nil {
			t.Fatal(err)
		}
		h.later(30)
		for second := 10; second <= 30; second += 10 {
			h.add(at(second, gauges(200))...)
		}
		want := map[ResultReason]int{{Accepted, ""}: 597, {Refused, "other"}: 3}
		if diff := cmp.Diff(want, results(h.settle(600))); diff != "" {
			t.Errorf("%d: -want +got:\n%s", texts, diff)
		}
		if accepted := h.emulator.Counts().Accepted; accepted != 597 {
			t.Errorf("%d: Google has %d points, want 597", texts, accepted)
		}
	}
}

// TestWholeRefusals has bad points that make Google refuse a request as a whole: the others
// are written all the same.
func TestWholeRefusals(t *testing.T) {
	h := start(t, gcmemulator.Options{})
	h.later(10)
	all := at(10, gauges(200))
	for _, bad := range []int{3, 77, 199} {
		all[bad].Series = newSeries("bad:name", pod(bad), monitoring.Gauge, monitoring.Double)
	}
	h.add(all...)
	want := map[ResultReason]int{{Accepted, ""}: 197, {Refused, "metric_type"}: 3}
	if diff := cmp.Diff(want, results(h.settle(200))); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	for _, outcome := range h.all() {
		if bad := strings.Contains(outcome.Point.Series.MetricType, ":"); bad != (outcome.Result == Refused) {
			t.Errorf("%s: %s", outcome.Point.Series.MetricType, outcome.Result)
		}
	}
}

// TestRefusalsThatNameNothing end, and cost a bounded number of requests.
func TestRefusalsThatNameNothing(t *testing.T) {
	h := start(t, gcmemulator.Options{})
	if err := h.emulator.SetFaults(gcmemulator.Fault{Kind: gcmemulator.RefuseAll}); err != nil {
		t.Fatal(err)
	}
	h.later(10)
	h.add(at(10, gauges(1000))...)
	if got := results(h.settle(1000)); got[ResultReason{Refused, "other"}] != 1000 {
		t.Errorf("results are %v", got)
	}
	if requests := h.emulator.Counts().Requests; requests > 5+2*splits {
		t.Errorf("%d requests", requests)
	}
}

func TestAConflictSetsTheMetricAside(t *testing.T) {
	h := start(t, gcmemulator.Options{})
	h.later(2000)
	h.add(at(1, counters(1))...)
	h.settle(1)
	// The same name as a gauge, and another metric that must not suffer.
	gauge := newSeries("requests_total", "db", monitoring.Gauge, monitoring.Double)
	other := gauges(1)[0]
	both := []*series.Series{gauge, other}
	h.add(at(10, both)...)
	h.settle(3)
	h.add(at(20, both)...)
	h.add(at(30, both)...)
	got := results(h.settle(7))
	want := map[ResultReason]int{{Accepted, ""}: 4, {Refused, "kind_conflict"}: 1, {Dropped, "set_aside"}: 2}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	status := h.Status()
	if len(status.SetAside) != 1 || status.SetAside[0].Metric != gauge.MetricType {
		t.Errorf("set aside: %+v", status.SetAside)
	}
	if strings.Count(h.logged(), "\n") != 1 || !strings.Contains(h.logged(), "metricDescriptors/external.googleapis.com/prometheus/requests_total") {
		t.Errorf("the log:\n%s", h.logged())
	}
	h.clock.Step(aside)
	h.add(at(40, both)...)
	if got := results(h.settle(9)); got[ResultReason{Refused, "kind_conflict"}] != 2 {
		t.Errorf("after ten minutes: %v", got)
	}
	if len(h.Status().Reasons["kind_conflict"].Examples) != 1 || h.Status().Refusals[gauge.MetricType].Message == "" {
		t.Errorf("the status is %+v", h.Status())
	}
}

func TestOldPointsAreDropped(t *testing.T) {
	h := start(t, gcmemulator.Options{}, func(o *Options) { o.MaxAge = time.Hour })
	if err := h.emulator.SetFaults(gcmemulator.Fault{Kind: gcmemulator.Unavailable}); err != nil {
		t.Fatal(err)
	}
	h.later(20)
	h.add(at(1, gauges(2))...)
	h.add(at(20, gauges(2))...)
	h.until(10*time.Second, "an hour passes", func() bool { return h.clock.Since(noon) > time.Hour+time.Minute })
	h.add(points.Point{Series: gauges(1)[0], End: h.clock.Now().UnixMilli()})
	if err := h.emulator.SetFaults(); err != nil {
		t.Fatal(err)
	}
	want := map[ResultReason]int{{Accepted, ""}: 1, {Dropped, "too_old"}: 4}
	if diff := cmp.Diff(want, results(h.settle(5))); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestASeriesThatMakesGoogleFail is found within minutes, and holds nobody up after that.
func TestASeriesThatMakesGoogleFail(t *testing.T) {
	h := start(t, gcmemulator.Options{})
	if err := h.emulator.SetFaults(gcmemulator.Fault{Kind: gcmemulator.Internal, Match: pod(123)}); err != nil {
		t.Fatal(err)
	}
	h.later(7200)
	for i := range 10 {
		h.add(at(10*i+10, gauges(200))...)
	}
	// Other series go on, which is how one knows that Google is well.
	other := newSeries("other", "db", monitoring.Gauge, monitoring.Double)
	own := func() []Outcome {
		return slices.DeleteFunc(h.all(), func(o Outcome) bool { return o.Point.Series == other })
	}
	h.until(500*time.Millisecond, "the series is found", func() bool {
		h.add(points.Point{Series: other, End: h.clock.Now().UnixMilli()})
		return len(own()) >= 2000
	})
	want := map[ResultReason]int{{Accepted, ""}: 1990, {Dropped, "google_internal"}: 10}
	if diff := cmp.Diff(want, results(own())); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	for _, outcome := range own() {
		if bad := outcome.Point.Series.Identity == gauges(200)[123].Identity; bad != (outcome.Result == Dropped) {
			t.Errorf("%v: %s", outcome.Point.Series.ResourceLabels, outcome.Result)
		}
	}
	if took := h.clock.Since(noon.Add(7200 * time.Second)); took > 10*time.Minute {
		t.Errorf("it took %v", took)
	}
}

func TestRestoredPointsAreNotSent(t *testing.T) {
	h := start(t, gcmemulator.Options{})
	h.later(30)
	h.add(at(10, counters(2))...)
	h.settle(2)
	known := h.Acknowledged(false)
	if changed := h.Acknowledged(true); len(known) != 2 || len(changed) != 0 {
		t.Fatalf("acknowledged %v, and again %v", known, changed)
	}
	if known[0].Proved != noon.Add(-time.Minute).UnixMilli() || known[0].End != noon.Add(10*time.Second).UnixMilli() {
		t.Errorf("acknowledged %+v", known[0])
	}
	h.restart(known)
	h.add(at(10, counters(2))...)
	h.add(at(20, counters(2))...)
	if got := results(h.settle(6)); got[ResultReason{Accepted, ""}] != 6 {
		t.Errorf("results are %v", got)
	}
	if accepted := h.emulator.Counts(); accepted.Accepted != 4 || accepted.Refused != 0 {
		t.Errorf("Google has %+v", accepted)
	}
	if changed := h.Acknowledged(true); len(changed) != 2 {
		t.Errorf("changed: %v", changed)
	}
}

// TestPointsOfTheProcessBeforeAreWrittenBefore restarts with what was known before the last
// points were accepted: they are sent again, and are neither refused nor anchored anew.
func TestPointsOfTheProcessBeforeAreWrittenBefore(t *testing.T) {
	for _, known := range []bool{true, false} {
		h := start(t, gcmemulator.Options{})
		h.later(30)
		h.add(at(10, counters(3))...)
		h.settle(3)
		var saved []series.Acknowledged
		if known {
			saved = h.Acknowledged(false)
		}
		h.add(at(20, counters(3))...)
		h.settle(6)
		h.restart(saved)
		h.add(at(20, counters(3))...)
		h.add(at(40, counters(3))...)
		h.later(10)
		want := map[ResultReason]int{{Accepted, ""}: 9, {WrittenBefore, "end_order"}: 3}
		if diff := cmp.Diff(want, results(h.settle(12))); diff != "" {
			t.Errorf("with the start known: %v: -want +got:\n%s", known, diff)
		}
	}
}

// TestABadStartIsFoundAlone has a counter in a request with others whose start another
// program has spoiled.
func TestABadStartIsFoundAlone(t *testing.T) {
	h := start(t, gcmemulator.Options{})
	h.later(100)
	all := counters(50)
	// Another program writes the first two, with a later start.
	spoiled := at(5, all[:2])
	for i := range spoiled {
		spoiled[i].Start = noon.UnixMilli()
	}
	h.add(spoiled...)
	h.settle(2)
	h.restart(nil)
	h.add(at(201, all)...)
	h.settle(52)
	h.add(at(210, all)...)
	h.later(20)
	h.settle(102)
	counts := results(h.all())
	want := map[ResultReason]int{{Accepted, ""}: 98, {Refused, "start_order"}: 2, {Reanchor, "reanchored"}: 2}
	if diff := cmp.Diff(want, counts); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	for _, outcome := range h.all() {
		if outcome.Result == Reanchor && (outcome.Delay != firstReanchor || outcome.Point.Series.Identity != all[0].Identity && outcome.Point.Series.Identity != all[1].Identity) {
			t.Errorf("the wrong one gets another start: %+v", outcome)
		}
	}
	// The old start is not tried again, and the new one is.
	h.add(at(215, all[:1])...)
	next := at(220, all[:1])
	next[0].Start = noon.Add(216 * time.Second).UnixMilli()
	h.add(next...)
	h.settle(104)
	last := h.all()[102:]
	if last[0].Result != Dropped || last[0].Reason != "reanchored" || last[1].Result != Accepted {
		t.Errorf("the last outcomes are %+v", last)
	}
}

func TestDelaysOfAnotherStartGrow(t *testing.T) {
	var id identity
	var delays []time.Duration
	for range 11 {
		delays = append(delays, id.refuseStart(&points.Point{Start: 1}))
	}
	want := []time.Duration{30, 30, 30, 60, 120, 240, 480, 960, 1920, 3600, 3600}
	for i := range want {
		want[i] *= time.Second
	}
	if diff := cmp.Diff(want, delays); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestSilentSeriesAreForgotten(t *testing.T) {
	h := start(t, gcmemulator.Options{})
	h.later(10)
	h.add(at(10, gauges(3))...)
	h.settle(3)
	if number := h.Status().Series; number != 3 {
		t.Errorf("%d series are remembered, want 3", number)
	}
	h.until(forgetEvery, "forgetting", func() bool { return h.Status().Series == 0 })
	if passed := h.clock.Since(noon); passed < forgetAfter {
		t.Errorf("forgotten after %v", passed)
	}
}
