package cloudmonitoring

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"testing"
	"time"

	"github.com/linkerd-gcm/linkerd-gcm/exporter/series"
	"github.com/linkerd-gcm/linkerd-gcm/internal/gcmemulator"
)

// TestNothingIsLostWhateverGoogleDoes sends many points while faults come and go by chance.
// Each point gets one outcome, in the order of its series, and Google has each at most once:
// exactly those that are said to be there.
func TestNothingIsLostWhateverGoogleDoes(t *testing.T) {
	for seed, texts := range []gcmemulator.Texts{gcmemulator.Texts2019, gcmemulator.Texts2024, gcmemulator.Texts2026} {
		t.Run(fmt.Sprint(texts), func(t *testing.T) { stress(t, uint64(seed), texts) })
	}
}

// chances are faults that leave it to chance what they hit.
var chances = []gcmemulator.Fault{
	{Kind: gcmemulator.Unavailable, Probability: 0.2},
	{Kind: gcmemulator.HalfApplied, Probability: 0.2},
	{Kind: gcmemulator.LostAnswer, Probability: 0.2},
	{Kind: gcmemulator.Throttled, Probability: 0.1},
	{Kind: gcmemulator.Internal, Probability: 0.1},
	{Kind: gcmemulator.MissingPermission, Probability: 0.1},
	{Kind: gcmemulator.Slow, DelayMilliseconds: 2, Probability: 0.3},
	{Kind: gcmemulator.Hanging, Probability: 0.02},
}

const (
	stressSeries = 450
	stressPoints = 8
)

func stress(t *testing.T, seed uint64, texts gcmemulator.Texts) {
	h := start(t, gcmemulator.Options{Texts: texts, Seed: seed}, func(o *Options) {
		o.Capacity, o.Timeout, o.Seed = 1000, time.Second, seed
	})
	h.later(stressPoints * 10)
	random := rand.New(rand.NewPCG(seed, 7)) //nolint:gosec // chance, not secrets
	all := append(gauges(stressSeries/3), counters(stressSeries-stressSeries/3)...)
	added := make(chan error, 1)
	go func() { added <- addAll(h, all) }()
	total := len(all) * stressPoints
	h.until(time.Second, "settling", func() bool {
		if random.IntN(20) == 0 {
			if err := h.emulator.SetFaults(chances[random.IntN(len(chances))], chances[random.IntN(len(chances))]); err != nil {
				t.Error(err)
			}
		}
		if status := h.Status(); status.Queue > status.Capacity {
			t.Errorf("%d points are in a queue of %d", status.Queue, status.Capacity)
		}
		return len(h.all()) >= total
	})
	if err := <-added; err != nil {
		t.Fatal(err)
	}
	checkOutcomes(t, h, total)
}

func addAll(h *harness, all []*series.Series) error {
	for i := range stressPoints {
		for _, p := range at(10*i+1, all) {
			if err := h.Add(h.t.Context(), p); err != nil {
				return err
			}
		}
	}
	return nil
}

func checkOutcomes(t *testing.T, h *harness, total int) {
	t.Helper()
	outcomes := h.all()
	if len(outcomes) != total {
		t.Errorf("%d outcomes for %d points", len(outcomes), total)
	}
	last := map[series.Identity]int64{}
	there := 0
	for _, outcome := range outcomes {
		if outcome.Point.End <= last[outcome.Point.Series.Identity] {
			t.Fatalf("the outcome of %d comes after that of %d", outcome.Point.End, last[outcome.Point.Series.Identity])
		}
		last[outcome.Point.Series.Identity] = outcome.Point.End
		switch outcome.Result {
		case Accepted, WrittenBefore:
			there++
		default:
			t.Errorf("%s %s: %s", outcome.Result, outcome.Reason, outcome.Message)
		}
	}
	// The emulator refuses what is not in order, so that no point can be there twice.
	if accepted := h.emulator.Counts().Accepted; accepted != there || there != total {
		t.Errorf("Google has %d points, and %d of %d are said to be there", accepted, there, total)
	}
	if status := h.Status(); status.Queue != 0 || status.Waiting != 0 || status.UnderWay != 0 {
		t.Errorf("something is left: %+v", status)
	}
	counted := uint64(0)
	for _, number := range h.Status().Results {
		counted += number
	}
	if counted != uint64(total) {
		t.Errorf("%d points are counted, want %d", counted, total)
	}
}

// TestMemoryIsBounded keeps Google away while more points come than there is room for, and
// sends them when it is back: nothing of that remains.
func TestMemoryIsBounded(t *testing.T) {
	h := start(t, gcmemulator.Options{MaxPoints: 1000})
	h.later(600)
	all := counters(100)
	round := func(begin int) uint64 {
		before := len(h.all())
		for i := range 30 {
			h.add(at(begin+10*i, all)...)
		}
		h.until(time.Second, "settling", func() bool { return len(h.all()) >= before+3000 })
		h.mu.Lock()
		h.outcomes = nil
		h.mu.Unlock()
		runtime.GC()
		runtime.GC() // The first one leaves what is in pools.
		var stats runtime.MemStats
		runtime.ReadMemStats(&stats)
		return stats.HeapAlloc
	}
	round(1)
	first := round(301)
	var last uint64
	for i := range 3 {
		last = round(601 + 300*i)
	}
	if last > first+first/2+2<<20 {
		t.Errorf("%d bytes are in use after 15,000 points, %d after 6,000", last, first)
	}
}
