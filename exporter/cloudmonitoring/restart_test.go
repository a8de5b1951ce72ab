package cloudmonitoring

import (
	"context"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/linkerd-gcm/linkerd-gcm/exporter/series"
	"github.com/linkerd-gcm/linkerd-gcm/internal/gcmemulator"
)

// TestRestartsLoseNothing ends the sender at any moment, again and again, and begins another
// one with what was known some time before, as after a kill. The points since then come again,
// from the same log. Google gets each once, and no series gets another start.
func TestRestartsLoseNothing(t *testing.T) {
	h := start(t, gcmemulator.Options{})
	random := rand.New(rand.NewPCG(3, 3)) //nolint:gosec // chance, not secrets
	all := append(gauges(20), counters(280)...)
	const rounds, perRound = 12, 4
	var saved []series.Acknowledged
	for round := range rounds {
		h.clock.SetTime(noon.Add(time.Duration(round*perRound*10+5) * time.Second))
		if err := h.emulator.SetFaults(chances[random.IntN(5)]); err != nil {
			t.Fatal(err)
		}
		ctx, kill := context.WithCancel(t.Context())
		sender := New(Options{Project: "p", Settled: h.settled, Clock: h.clock, Seed: uint64(round)}, h.client)
		sender.Restore(saved)
		ended := make(chan struct{})
		go func() { defer close(ended); sender.Run(ctx) }()
		// All that the log has, from the beginning.
		for i := range (round + 1) * perRound {
			for _, p := range at(10*i+10, all) {
				if err := sender.Add(t.Context(), p); err != nil {
					t.Fatal(err)
				}
			}
		}
		before := h.emulator.Counts().Accepted
		some := random.IntN(perRound*len(all)) + 1
		h.until(100*time.Millisecond, "some progress", func() bool { return h.emulator.Counts().Accepted >= before+some/2 })
		saved = sender.Acknowledged(false)
		h.until(100*time.Millisecond, "more progress", func() bool { return h.emulator.Counts().Accepted >= before+some })
		kill()
		<-ended
	}
	if err := h.emulator.SetFaults(); err != nil {
		t.Fatal(err)
	}
	h.restart(saved)
	for i := range rounds * perRound {
		h.add(at(10*i+10, all)...)
	}
	h.until(time.Second, "the end", func() bool { return h.Status().Queue == 0 })
	if accepted := h.emulator.Counts().Accepted; accepted != rounds*perRound*len(all) {
		t.Errorf("Google has %d points, want %d", accepted, rounds*perRound*len(all))
	}
	for result, number := range results(h.all()) {
		if result.Result != Accepted && result.Result != WrittenBefore {
			t.Errorf("%d points are %v", number, result)
		}
	}
}

// TestTwoSendersOverlap lets another sender write the same series for a minute, as in a
// rollout without common state. Two minutes after that has begun, the new one is accepted.
func TestTwoSendersOverlap(t *testing.T) {
	h := start(t, gcmemulator.Options{Period: 5 * time.Second})
	all := counters(600)
	old := &harness{t: t, clock: h.clock, emulator: h.emulator, client: h.client}
	old.restart(nil)
	// A derivation in small: the start of each series, and when it gets another one.
	starts, again := map[series.Identity]int64{}, map[series.Identity]time.Time{}
	h.restart(nil, func(o *Options) {
		o.Settled = func(outcomes []Outcome) {
			h.settled(outcomes)
			h.mu.Lock()
			defer h.mu.Unlock()
			for _, outcome := range outcomes {
				if outcome.Result == Reanchor {
					again[outcome.Point.Series.Identity] = h.clock.Now().Add(outcome.Delay)
				}
			}
		}
	})
	write := func(second int) {
		for _, p := range at(second, all) {
			if second <= 60 {
				old.add(p)
			}
			id := p.Series.Identity
			h.mu.Lock()
			due, is := again[id]
			anchored := starts[id]
			if anchored == 0 || is && !due.After(h.clock.Now()) {
				delete(again, id)
				starts[id], anchored = p.End, 0
			}
			h.mu.Unlock()
			if anchored != 0 {
				p.Start = anchored
				h.add(p)
			}
		}
	}
	for second := 10; second <= 180; second += 10 {
		h.clock.SetTime(noon.Add(time.Duration(second) * time.Second))
		write(second)
		h.until(50*time.Millisecond, "ten seconds", func() bool { return h.clock.Since(noon) >= time.Duration(second+10)*time.Second })
	}
	h.until(50*time.Millisecond, "the rest", func() bool { return h.Status().Queue == 0 })
	late := 0
	for _, outcome := range h.all() {
		if outcome.Point.End > noon.Add(120*time.Second).UnixMilli() {
			late++
			if outcome.Result != Accepted {
				t.Fatalf("%s %s at %v: %s", outcome.Result, outcome.Reason, time.UnixMilli(outcome.Point.End).UTC(), outcome.Message)
			}
		}
	}
	if late < 6*len(all) {
		t.Errorf("%d points after two minutes", late)
	}
}
