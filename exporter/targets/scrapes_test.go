package targets

import (
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/labels"

	"github.com/linkerd-gcm/linkerd-gcm/exporter/series"
)

// asksType asks for the type of metric m of an instance, and wants an answer.
func asksType(t *testing.T, p *Poller, when, instance string, want series.Answer) {
	t.Helper()
	of := &series.Target{Labels: labels.FromMap(target("", instance))}
	if got, answer := p.Cache.Metadata(of, "m"); answer != want || want == series.Found && got.Type != "counter" {
		t.Errorf("%s, %s: got %v and answer %d, want %d", when, instance, got, answer, want)
	}
}

// TestAPrometheusThatHasJustStarted lists its targets, but has no metadata of those that it has
// not scraped yet: nothing follows from that about what an earlier one scraped.
func TestAPrometheusThatHasJustStarted(t *testing.T) {
	f := &fakePrometheus{targets: []map[string]string{target("a", "1:1"), target("b", "1:2")}, starts: true}
	p, at := start(t, f)
	asks := func(when, instance string, want series.Answer) {
		t.Helper()
		asksType(t, p, when, instance, want)
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

// awaited wants somebody to wait for a first scrape, or nobody.
func awaited(t *testing.T, p *Poller, want string, since time.Time) {
	t.Helper()
	if got, from := p.Cache.Awaited(); got != want || !from.Equal(since) {
		t.Errorf("%q is awaited since %s, want %q since %s", got, from, want, since)
	}
}

// TestATargetThatIsNotScraped is listed, and never scraped, or only after long. Others do not
// wait for it for longer than FirstScrape.
func TestATargetThatIsNotScraped(t *testing.T) {
	f := &fakePrometheus{targets: []map[string]string{target("a", "1:1"), target("b", "1:2")}, starts: true, started: []string{"1:1"}}
	p, at := start(t, f)
	p.Cache.Reach(at.now.Add(-10 * time.Minute))
	listed := at.now
	round(t, p)
	awaited(t, p, "", time.Time{})
	for at.now.Sub(listed) < FirstScrape {
		asksType(t, p, at.now.Sub(listed).String(), "1:2", series.Wait)
		awaited(t, p, `job "proxy", instance "1:2"`, listed)
		at.pass(5 * time.Second)
		round(t, p)
	}
	awaited(t, p, "", time.Time{})
	asksType(t, p, "given up, and not asked", "1:2", series.Wait)
	round(t, p)
	asksType(t, p, "given up", "1:2", series.NotFound)
	if next := p.Next(); next < Interval-5*time.Second {
		t.Errorf("though nobody waits, the next list is due in %s", next)
	}

	f.started, f.types = append(f.started, "1:2"), []metadata{metadataOf("1:2", "m", "counter")}
	at.pass(Interval)
	round(t, p)
	asksType(t, p, "scraped, and not asked", "1:2", series.Wait)
	round(t, p)
	asksType(t, p, "scraped at last", "1:2", series.Found)
	awaited(t, p, "", time.Time{})
}

// TestAJobThatIsNotScraped gets new targets all the time, none of which is scraped: those that
// are gone do not wait for longer because of them.
func TestAJobThatIsNotScraped(t *testing.T) {
	f := &fakePrometheus{starts: true}
	p, at := start(t, f)
	p.Cache.Reach(at.now.Add(-10 * time.Minute))
	listed := at.now
	for at.now.Sub(listed) < FirstScrape {
		f.targets = []map[string]string{target("a", at.now.Format("1:05"))}
		round(t, p)
		asksType(t, p, at.now.Sub(listed).String(), "9:9", series.Wait)
		awaited(t, p, `any target of job "proxy"`, listed)
		at.pass(Interval)
	}
	round(t, p)
	asksType(t, p, "given up, and not asked", "9:9", series.Wait)
	round(t, p)
	asksType(t, p, "given up", "9:9", series.NotFound)
}

// TestAPrometheusThatStartsAgain is given the same time again.
func TestAPrometheusThatStartsAgain(t *testing.T) {
	f := &fakePrometheus{targets: []map[string]string{target("a", "1:1")}, starts: true}
	p, at := start(t, f)
	p.Cache.Reach(at.now.Add(-10 * time.Minute))
	round(t, p)
	at.pass(FirstScrape)
	f.started = []string{"1:1"}
	round(t, p)
	at.pass(time.Hour)
	f.started = nil
	round(t, p)
	asksType(t, p, "started again", "1:1", series.Wait)
	awaited(t, p, `job "proxy", instance "1:1"`, at.now)
}
