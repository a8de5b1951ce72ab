package targets

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"github.com/linkerd-gcm/linkerd-gcm/exporter/series"
)

// fakePrometheus answers the two pages from what the test gives it.
type fakePrometheus struct {
	targets []map[string]string
	types   []metadata
	broken  bool
	// starts says that Prometheus has just started, and scraped what is in started.
	starts   bool
	started  []string
	requests []string
}

func (f *fakePrometheus) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.requests = append(f.requests, r.URL.RequestURI())
	if f.broken {
		http.Error(w, "busy", http.StatusServiceUnavailable)
		return
	}
	switch r.URL.Path {
	case "/prefix/api/v1/targets":
		var active []any
		for _, t := range f.targets {
			last := time.UnixMilli(1_700_000_000_000)
			if f.starts && !slices.Contains(f.started, t["instance"]) {
				last = time.Time{}
			}
			active = append(active, map[string]any{"labels": t, "lastScrape": last, "discoveredLabels": map[string]string{
				"__meta_kubernetes_pod_name": t["pod"], "__meta_kubernetes_pod_label_app": "x",
				"__meta_kubernetes_pod_label_type_proxy": "1", "__meta_kubernetes_node_annotation_y": "y"}})
		}
		answer(w, map[string]any{"activeTargets": active})
	case "/prefix/api/v1/targets/metadata":
		metric := r.URL.Query().Get("metric")
		var found []metadata
		for _, m := range f.types {
			if metric == "" || m.Metric == metric {
				if metric != "" {
					m.Metric = ""
				}
				found = append(found, m)
			}
		}
		if found == nil {
			http.Error(w, `{"status":"error","errorType":"not_found","error":"specified metadata not found"}`, http.StatusNotFound)
			return
		}
		answer(w, found)
	default:
		http.NotFound(w, r)
	}
}

func answer(w http.ResponseWriter, data any) {
	_ = json.NewEncoder(w).Encode(map[string]any{"status": "success", "data": data})
}

type clock struct{ now time.Time }

func (c *clock) pass(d time.Duration) { c.now = c.now.Add(d) }

func start(t *testing.T, f *fakePrometheus) (*Poller, *clock) {
	t.Helper()
	server := httptest.NewServer(f)
	t.Cleanup(server.Close)
	client, err := NewClient(server.URL + "/prefix/")
	if err != nil {
		t.Fatal(err)
	}
	at := &clock{time.UnixMilli(1_700_000_000_000)}
	cache := New(Options{MaxAge: time.Hour, Apart: Interval, Pause: 5 * time.Second, Now: func() time.Time { return at.now }})
	return &Poller{Cache: cache, Client: client}, at
}

func round(t *testing.T, p *Poller) {
	t.Helper()
	if err := p.Round(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func target(pod, instance string) map[string]string {
	return map[string]string{"job": "proxy", "instance": instance, "pod": pod}
}

func wants(t *testing.T, c *Cache, want series.Answer, pod string, lset ...string) *series.Target {
	t.Helper()
	got, answer := c.Target(labels.FromStrings(lset...))
	if answer != want || want == series.Found && got.Labels.Get("pod") != pod {
		t.Errorf("%v: got %v and answer %d, want answer %d", lset, got, answer, want)
	}
	return got
}

func TestTargets(t *testing.T) {
	p, at := start(t, &fakePrometheus{targets: []map[string]string{target("a", "1:1"), target("b", "1:2")}})
	wants(t, p.Cache, series.Wait, "", "job", "proxy", "instance", "1:1")
	round(t, p)
	found := wants(t, p.Cache, series.Found, "a", "job", "proxy", "instance", "1:1", "pod", "a", "other", "x")
	if diff := cmp.Diff(`{__meta_kubernetes_pod_label_type_proxy="1", __meta_kubernetes_pod_name="a"}`, found.Discovered.String()); diff != "" {
		t.Errorf("discovered labels (-want +got):\n%s", diff)
	}
	wants(t, p.Cache, series.Found, "a", "job", "proxy", "instance", "1:1")
	wants(t, p.Cache, series.Found, "a", "job", "proxy", "instance", "1:1", "pod", "")
	wants(t, p.Cache, series.NotFound, "", "job", "proxy")
	wants(t, p.Cache, series.NotFound, "", "instance", "1:1")
	// Another value for a label that both have is another target, which may yet come.
	wants(t, p.Cache, series.Wait, "", "job", "proxy", "instance", "1:1", "pod", "c")
	at.pass(10 * time.Second)
	round(t, p)
	wants(t, p.Cache, series.Wait, "", "job", "proxy", "instance", "1:1", "pod", "c")
	at.pass(20 * time.Second)
	round(t, p)
	wants(t, p.Cache, series.NotFound, "", "job", "proxy", "instance", "1:1", "pod", "c")
}

func TestATargetThatAppearsIsFoundAtOnce(t *testing.T) {
	f := &fakePrometheus{targets: []map[string]string{target("a", "1:1")}}
	p, at := start(t, f)
	round(t, p)
	at.pass(time.Minute)
	round(t, p)
	f.targets = append(f.targets, target("b", "1:2"))
	at.pass(6 * time.Second)
	if p.Next() <= 0 {
		t.Fatal("a list is due, and nobody waits")
	}
	wants(t, p.Cache, series.Wait, "", "job", "proxy", "instance", "1:2")
	round(t, p)
	wants(t, p.Cache, series.Found, "b", "job", "proxy", "instance", "1:2")
	if p.Next() != Interval {
		t.Errorf("the next list is due in %s", p.Next())
	}
}

func TestATargetIsRememberedUntilItIsTooOld(t *testing.T) {
	f := &fakePrometheus{targets: []map[string]string{target("a", "1:1")}}
	p, at := start(t, f)
	round(t, p)
	f.targets = []map[string]string{target("b", "1:1")}
	at.pass(59 * time.Minute)
	round(t, p)
	wants(t, p.Cache, series.Found, "a", "job", "proxy", "instance", "1:1", "pod", "a")
	wants(t, p.Cache, series.Found, "b", "job", "proxy", "instance", "1:1")
	at.pass(2 * time.Minute)
	round(t, p)
	wants(t, p.Cache, series.Wait, "", "job", "proxy", "instance", "1:1", "pod", "a")
}

func TestHalfAListLosesNobody(t *testing.T) {
	f := &fakePrometheus{targets: []map[string]string{target("a", "1:1"), target("b", "1:2")}}
	p, at := start(t, f)
	round(t, p)
	f.targets = f.targets[:1]
	at.pass(time.Minute)
	round(t, p)
	wants(t, p.Cache, series.Found, "b", "job", "proxy", "instance", "1:2")
}

func TestAnAPIThatFailsMakesEverybodyWait(t *testing.T) {
	f := &fakePrometheus{broken: true}
	p, at := start(t, f)
	for range 10 {
		wants(t, p.Cache, series.Wait, "", "job", "proxy", "instance", "1:1")
		if err := p.Round(t.Context()); err == nil || !strings.Contains(err.Error(), "503 Service Unavailable") {
			t.Fatalf("got %v", err)
		}
		at.pass(Interval)
	}
	wants(t, p.Cache, series.Wait, "", "job", "proxy", "instance", "1:1")
}

func metadataOf(instance, metric string, kind model.MetricType) metadata {
	return metadata{Target: map[string]string{"job": "proxy", "instance": instance}, Metric: metric, Type: kind}
}

func TestMetadata(t *testing.T) {
	f := &fakePrometheus{targets: []map[string]string{target("a", "1:1"), target("b", "1:2"), target("c", "1:3")}, types: []metadata{
		metadataOf("1:1", "m", "counter"), metadataOf("1:2", "m", "counter"), metadataOf("1:1", "n", "gauge"), metadataOf("1:2", "n", "counter")}}
	p, at := start(t, f)
	round(t, p)
	for name, test := range map[string]struct {
		instance, metric string
		want             model.MetricType
		answer           series.Answer
	}{
		"its own":               {"1:1", "m", "counter", series.Found},
		"that of all others":    {"1:3", "m", "counter", series.Found},
		"its own of two":        {"1:2", "n", "counter", series.Found},
		"neither of two":        {"1:3", "n", "", series.NotFound},
		"of no metric at all":   {"1:1", "o", "", series.NotFound},
		"of a target long gone": {"9:9", "m", "counter", series.Found},
	} {
		t.Run(name, func(t *testing.T) {
			of := &series.Target{Labels: labels.FromStrings("job", "proxy", "instance", test.instance)}
			if _, answer := p.Cache.Metadata(of, test.metric); answer == series.Wait {
				at.pass(time.Millisecond)
				round(t, p)
			}
			got, answer := p.Cache.Metadata(of, test.metric)
			if answer != test.answer || got.Type != test.want {
				t.Errorf("got %v and answer %d", got, answer)
			}
		})
	}
}

func TestManyMetricsAreOneQuestion(t *testing.T) {
	f := &fakePrometheus{targets: []map[string]string{target("a", "1:1")}}
	p, _ := start(t, f)
	round(t, p)
	of := &series.Target{Labels: labels.FromStrings("job", "proxy", "instance", "1:1")}
	for _, m := range "abcdefghijkl" {
		f.types = append(f.types, metadataOf("1:1", string(m), "gauge"))
		p.Cache.Metadata(of, string(m))
	}
	f.requests = nil
	round(t, p)
	if diff := cmp.Diff([]string{"/prefix/api/v1/targets/metadata"}, f.requests); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
	if got, answer := p.Cache.Metadata(of, "l"); answer != series.Found || got.Type != "gauge" {
		t.Errorf("got %v and answer %d", got, answer)
	}
}

// TestABacklogIsOneQuestion has a log that is behind: one answer is about all targets in it, but
// not about what has just been scraped.
func TestABacklogIsOneQuestion(t *testing.T) {
	p, at := start(t, &fakePrometheus{targets: []map[string]string{target("a", "1:1")}})
	asks := func(instance string, want series.Answer) {
		t.Helper()
		if _, answer := p.Cache.Metadata(&series.Target{Labels: labels.FromMap(target("a", instance))}, "m_bucket"); answer != want {
			t.Errorf("%s: answer %d, want %d", instance, answer, want)
		}
	}
	p.Cache.Reach(at.now.Add(-10 * time.Minute))
	asks("1:1", series.Wait)
	round(t, p)
	at.pass(time.Second)
	asks("1:1", series.NotFound)
	asks("1:2", series.NotFound)
	p.Cache.Reach(at.now.Add(-scraped / 2))
	asks("1:3", series.Wait)
	round(t, p)
	asks("1:3", series.NotFound)
}

func TestSavedAndRestored(t *testing.T) {
	f := &fakePrometheus{targets: []map[string]string{target("a", "1:1"), target("b", "1:2")}, types: []metadata{metadataOf("1:1", "m", "counter")}}
	p, _ := start(t, f)
	round(t, p)
	of := wants(t, p.Cache, series.Found, "a", "job", "proxy", "instance", "1:1")
	p.Cache.Metadata(of, "m")
	round(t, p)
	text, err := json.Marshal(p.Cache.Save())
	if err != nil {
		t.Fatal(err)
	}
	var saved Saved
	if err := json.Unmarshal(text, &saved); err != nil {
		t.Fatal(err)
	}
	other, _ := start(t, &fakePrometheus{})
	other.Cache.Restore(saved)
	again := other.Cache.Save()
	if again.Listed != 0 {
		t.Error("nothing was listed since")
	}
	again.Listed = saved.Listed
	if diff := cmp.Diff(p.Cache.Save(), again); diff != "" {
		t.Errorf("saved, restored and saved again (-want +got):\n%s", diff)
	}
	of = wants(t, other.Cache, series.Found, "a", "job", "proxy", "instance", "1:1")
	if got, answer := other.Cache.Metadata(of, "m"); answer != series.Found || got.Type != "counter" {
		t.Errorf("got %v and answer %d", got, answer)
	}
}

func TestThereIsALimit(t *testing.T) {
	at := &clock{time.UnixMilli(1_700_000_000_000)}
	c := New(Options{Now: func() time.Time { return at.now }})
	for i := range 3 {
		list := make([]series.Target, MaxTargets/2)
		for j := range list {
			list[j].Labels = labels.FromStrings("job", "proxy", "instance", time.Duration(i*len(list)+j).String())
		}
		at.pass(time.Second)
		c.List(list, at.now)
	}
	if c.count != MaxTargets || len(c.Save().Targets) != MaxTargets {
		t.Errorf("%d targets are remembered", c.count)
	}
	wants(t, c, series.Found, "", "job", "proxy", "instance", time.Duration(MaxTargets).String())
}

func TestAddresses(t *testing.T) {
	for _, address := range []string{"", "127.0.0.1:9090", "ftp://a", "http://", ":"} {
		if _, err := NewClient(address); err == nil {
			t.Errorf("%q is an address", address)
		}
	}
	p, _ := start(t, &fakePrometheus{})
	p.Client.base.Path = "/wrong/"
	if err := p.Round(t.Context()); err == nil || !strings.Contains(err.Error(), "--web.route-prefix") {
		t.Errorf("got %v", err)
	}
}

func TestATargetThatEndedBeforeTheFirstListIsNotAwaited(t *testing.T) {
	p, at := start(t, &fakePrometheus{targets: []map[string]string{target("a", "1:1")}})
	round(t, p)
	at.pass(Interval)
	round(t, p)
	at.pass(time.Second)
	for _, instance := range []string{"1:2", "1:3"} {
		p.Cache.Reach(at.now.Add(-10 * time.Second))
		wants(t, p.Cache, series.NotFound, "", "job", "proxy", "instance", instance)
		p.Cache.Reach(at.now)
		wants(t, p.Cache, series.Wait, "", "job", "proxy", "instance", instance+"0")
	}
}

func TestAnEarlierRunHasListedToo(t *testing.T) {
	p, at := start(t, &fakePrometheus{targets: []map[string]string{target("a", "1:1")}})
	p.Cache.Restore(Saved{Listed: at.now.Add(-time.Minute).UnixMilli()})
	p.Cache.Reach(at.now.Add(-10 * time.Second))
	wants(t, p.Cache, series.Wait, "", "job", "proxy", "instance", "1:2")
	round(t, p)
	wants(t, p.Cache, series.NotFound, "", "job", "proxy", "instance", "1:2")
}
