package status

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

// example has a value in every field, and text that must be escaped.
func example() Report {
	now := time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)
	r := Report{Version: "v1.2.3", Started: now.Add(-time.Hour), Now: now, Ready: false, NotReady: "PermissionDenied", Healthy: true,
		Destination:   Destination{Name: "cloud-monitoring", Project: "p<b>", Location: "europe-west4", Cluster: "c", Address: "https://monitoring.googleapis.com:443/"},
		Log:           Log{Directory: "/data/wal", Segment: 7, Offset: 1234567, Unread: 12, Newest: now.Add(-time.Second), Samples: 5000, Damage: []Amount{{"pages", 1}}, Unknown: []Amount{{"11", 3}}, LostSeconds: []Amount{{"truncated", 61}}, Error: "no permission"},
		Prometheus:    Peer{Address: "http://127.0.0.1:9090/", LastSuccess: now, LastError: "busy", Targets: 3, Awaited: "job x"},
		Google:        Google{LastAccepted: now.Add(-time.Minute), LastError: "no role", LastErrorAt: now, Queue: 4, Capacity: 50000, Concurrency: 3, Requests: 10, RequestTime: 2.5},
		State:         State{File: "/data/state", Saved: now, Error: "disk full"},
		Configuration: Configuration{Case: "both", Applies: "the file & flags", File: "/etc/c.yml", Loaded: now, Error: "1:1: no"},
		Selected:      100,
		Samples:       []Amount{{"accepted", 90}, {"written_before", 5}, {"refused", 2}, {"held", 3}},
		Outside:       []Amount{{"unknown_series", 1}},
		Metrics:       []Metric{{Type: "external.googleapis.com/prometheus/a", Kind: "CUMULATIVE", Value: "DOUBLE", Series: 2, PointsPerMinute: 12, LastValue: "3", LastRefusal: "order", LastRefusalAt: now.Add(-time.Minute)}},
		Reasons:       []Reason{{Name: "target_not_found", Count: 7, Meaning: "No target.", Fix: "Keep job.", Examples: []string{`a{b="<c>"}`}, Last: now.Add(-2 * time.Minute)}},
		Minutes:       []Minute{{0, 0}, {1000, 1}, {500, 0}},
	}
	return r
}

func get(t *testing.T, handler http.Handler, path string) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
	return w
}

func TestProbes(t *testing.T) {
	r := example()
	handler := Handler(func() Report { return r }, Options{})
	if w := get(t, handler, "/-/ready"); w.Code != http.StatusServiceUnavailable || w.Body.String() != "PermissionDenied\n" {
		t.Errorf("not ready: got %d %q", w.Code, w.Body)
	}
	if w := get(t, handler, "/-/healthy"); w.Code != http.StatusOK {
		t.Errorf("healthy: got %d", w.Code)
	}
	r.Ready, r.Healthy, r.Unhealthy = true, false, "no progress"
	if w := get(t, handler, "/-/ready"); w.Code != http.StatusOK {
		t.Errorf("ready: got %d", w.Code)
	}
	if w := get(t, handler, "/-/healthy"); w.Code != http.StatusServiceUnavailable || w.Body.String() != "no progress\n" {
		t.Errorf("not healthy: got %d %q", w.Code, w.Body)
	}
}

func TestPagesThatAreNotAskedForAreNotThere(t *testing.T) {
	for _, path := range []string{"/", "/statusz", "/statusz.json", "/debug/pprof/"} {
		if w := get(t, Handler(example, Options{}), path); w.Code != http.StatusNotFound {
			t.Errorf("%s: got %d", path, w.Code)
		}
		if w := get(t, Handler(example, Options{Page: true, Profiles: true}), path); w.Code >= http.StatusBadRequest {
			t.Errorf("%s: got %d", path, w.Code)
		}
	}
}

func TestThePageShowsEverythingAndEscapesIt(t *testing.T) {
	page := get(t, Handler(example, Options{Page: true}), "/statusz").Body.String()
	for _, want := range []string{"v1.2.3", "not ready: PermissionDenied", "p&lt;b&gt;", "europe-west4", "/data/wal", "1\u202f234\u202f567", "busy", "waits for the first scrape of job x", "no permission", "no role", "disk full",
		"the file &amp; flags<br>/etc/c.yml, read 0s ago", "1:1: no", "external.googleapis.com/prometheus/a", "CUMULATIVE DOUBLE", "12.0", "target_not_found", "No target. <b>To do:</b> Keep job.", "a{b=&#34;&lt;c&gt;&#34;}",
		"written_before", "unknown_series", "kind 11", "lost 61.0 seconds: truncated", "refused 1m0s ago: order", "7 samples, last 2m0s ago", `class="refused"`} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
}

func TestTheJSONIsTheReport(t *testing.T) {
	var got Report
	if err := json.Unmarshal(get(t, Handler(example, Options{Page: true}), "/statusz.json").Body.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(example(), got); diff != "" {
		t.Errorf("report (-want +got):\n%s", diff)
	}
}

func TestMetrics(t *testing.T) {
	parser := expfmt.NewTextParser(model.LegacyValidation)
	families, err := parser.TextToMetricFamilies(get(t, Handler(example, Options{}), "/metrics").Body)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range metrics {
		family := families[m.name]
		if family == nil {
			t.Errorf("%s is not there", m.name)
		} else if family.GetHelp() != m.help {
			t.Errorf("%s: help %q", m.name, family.GetHelp())
		}
	}
	accepted := families["prometheus_remote_storage_succeeded_samples_total"].Metric[0]
	if accepted.GetCounter().GetValue() != 95 || accepted.Label[0].GetValue() != example().Destination.Address {
		t.Errorf("got %v", accepted)
	}
}

func TestAnEmptyReportHasAPage(t *testing.T) {
	empty := func() Report { return Report{} }
	for _, path := range []string{"/statusz", "/statusz.json", "/metrics"} {
		if w := get(t, Handler(empty, Options{Page: true}), path); w.Code != http.StatusOK {
			t.Errorf("%s: got %d", path, w.Code)
		}
	}
}
