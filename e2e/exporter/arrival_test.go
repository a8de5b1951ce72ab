package exporter

import (
	"maps"
	"testing"
	"time"
)

// recorded is a rule as linkerd-gcm generates them.
const recorded = `
groups:
- name: proxies
  rules:
  - {record: 'proxy:response:rate', expr: 'sum by (job, instance, pod) (rate(response_total[5s]))'}
`

// TestEverythingArrives lets proxies live and die for a while, and compares what has arrived
// with what they have counted, and with the samples that Prometheus has.
func TestEverythingArrives(t *testing.T) {
	r := newRig(t, recorded, 0)
	r.startExporter()
	r.awaitExporter()
	calm := r.live()
	r.pass(20 * time.Second)
	calm()
	r.compare(r.settle())
}

// live lets proxies be born, be upset and die, until the function that it returns is called.
func (r *rig) live() (calm func()) {
	r.t.Helper()
	for range 4 {
		r.mesh.birth()
	}
	r.discover()
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		r.events(stop)
	}()
	return func() {
		close(stop)
		<-done
	}
}

// events makes something happen to a proxy twice a second.
func (r *rig) events(stop <-chan struct{}) {
	ticker := time.NewTicker(500 * time.Millisecond)
	defer ticker.Stop()
	for i := 0; ; i++ {
		select {
		case <-stop:
			return
		case <-ticker.C:
		}
		switch i % 20 {
		case 2:
			r.mesh.birth()
			r.discover()
		case 12:
			r.mesh.death()
			r.discover()
		default:
			r.mesh.upset()
		}
	}
}

// settle waits until all that the proxies have counted was scraped, and has arrived. It
// returns a time up to which everything has.
func (r *rig) settle() int64 {
	r.t.Helper()
	r.mesh.freeze()
	frozen := time.Now().Add(4 * time.Second).UnixMilli()
	r.await("the last scrapes arrive", 3*time.Minute, func() bool {
		newest := map[string]int64{}
		for of, points := range accepted(r.emulator) {
			newest[of.pod] = max(newest[of.pod], points[len(points)-1].end)
		}
		for _, pod := range r.mesh.pods() {
			if newest[pod] < frozen {
				return false
			}
		}
		return true
	})
	return frozen
}

// compare compares what has arrived up to a time with the truth: the sums, and each sample.
func (r *rig) compare(until int64) {
	r.t.Helper()
	arrived, scraped := r.compareSums()
	for of := range maps.Keys(arrived) {
		checkGaps(r.t, of, scraped[of.series()], arrived[of], until)
	}
}

// compareSums compares what has arrived with the truth: the order and the sums.
func (r *rig) compareSums() (arrived map[key][]point, scraped map[string][]sample) {
	r.t.Helper()
	arrived = accepted(r.emulator)
	for of, points := range arrived {
		checkOrder(r.t, of, points)
	}
	scraped = r.scraped(`{__name__=~"response_total|response_latency_ms_count|proxy:response:rate|served"}`)
	if len(scraped) == 0 {
		r.t.Error("Prometheus has scraped nothing")
	}
	checkSums(r.t, r.mesh.truth(scraped), arrived, scraped)
	return arrived, scraped
}
