package targets

import (
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/labels"

	"github.com/linkerd-gcm/linkerd-gcm/exporter/series"
)

// TestAPrometheusThatHasJustStarted lists its targets, but has no metadata of those that it has
// not scraped yet: nothing follows from that about what an earlier one scraped.
func TestAPrometheusThatHasJustStarted(t *testing.T) {
	f := &fakePrometheus{targets: []map[string]string{target("a", "1:1"), target("b", "1:2")}, starts: true}
	p, at := start(t, f)
	asks := func(when, instance string, want series.Answer) {
		t.Helper()
		of := &series.Target{Labels: labels.FromMap(target("", instance))}
		if got, answer := p.Cache.Metadata(of, "m"); answer != want || want == series.Found && got.Type != "counter" {
			t.Errorf("%s, %s: got %v and answer %d, want %d", when, instance, got, answer, want)
		}
	}
	again := func() {
		t.Helper()
		at.pass(5 * time.Second)
		if p.Next() > 0 {
			t.Errorf("the next list is due in %s", p.Next())
		}
		round(t, p)
		at.pass(time.Second)
	}
	p.Cache.Reach(at.now.Add(-10 * time.Minute))
	asks("before the first list", "1:1", series.Wait)
	round(t, p)
	at.pass(time.Second)
	asks("without a scrape", "1:1", series.Wait)
	asks("without a scrape, and gone", "9:9", series.Wait)
	again()
	asks("still without a scrape", "1:1", series.Wait)

	f.started = []string{"1:1"}
	f.types = []metadata{metadataOf("1:1", "m", "counter")}
	again()
	asks("scraped, and not asked", "1:1", series.Wait)
	asks("not scraped", "1:2", series.Wait)
	round(t, p)
	asks("scraped", "1:1", series.Found)
	asks("gone, and another is scraped", "9:9", series.Found)
	asks("not scraped yet", "1:2", series.Wait)

	f.started = append(f.started, "1:2")
	f.types = append(f.types, metadataOf("1:2", "m", "counter"))
	again()
	asks("scraped, and asked with others", "1:2", series.Wait)
	round(t, p)
	asks("scraped at last", "1:2", series.Found)
}
