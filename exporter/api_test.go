package exporter

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/linkerd-gcm/linkerd-gcm/exporter/status"
	"github.com/linkerd-gcm/linkerd-gcm/exporter/targets"
)

// TestPrometheusDoesNotAnswer lets Prometheus' API fail in different ways while a pod is
// born: its series wait, and so does all that comes after them. Nothing is lost.
func TestPrometheusDoesNotAnswer(t *testing.T) {
	status500 := func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "busy", http.StatusServiceUnavailable) }
	text := func(text string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, text) }
	}
	for name, test := range map[string]struct {
		instead http.HandlerFunc
		says    string
	}{
		"failing":                    {status500, "it answered 503"},
		"no JSON":                    {text("<html>"), "invalid character"},
		"another status":             {text(`{"status":"error"}`), "where success was expected"},
		"no list":                    {text(`{"status":"success","data":{}}`), "the answer has no activeTargets"},
		"half a text":                {text(`{"status":"success","data":{"activeTargets":[{"labels":{"job":`), "unexpected EOF"},
		"another --web.route-prefix": {http.NotFound, "is the path of --prometheus.api-address that of --web.route-prefix?"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, 2)
			r.start()
			r.pass(2*time.Minute, 15*time.Second)
			r.settled()
			r.prometheus.say(test.instead)
			r.prometheus.know(append(r.log.names(), r.log.birth().name)...)
			r.pass(10*time.Minute, 15*time.Second)
			during := r.reported("the failure is seen", func(s status.Report) bool { return strings.Contains(s.Prometheus.LastError, test.says) })
			if row(during, "waiting") != 2 || during.Log.Unread == 0 || !during.Healthy || row(during, "dropped") > 0 {
				t.Errorf("%d wait, %d bytes unread; healthy: %q; dropped: %+v", row(during, "waiting"), during.Log.Unread, during.Unhealthy, during.Reasons)
			}
			r.said(1, "Prometheus' API does not answer")
			r.prometheus.say(nil)
			after := r.settled()
			if after.Prometheus.LastError != "" || row(after, "dropped") > 0 {
				t.Errorf("after it: %q %+v", after.Prometheus.LastError, after.Reasons)
			}
			all := arrived(r.emulator)
			checkOrder(t, all)
			r.log.checkSums(all)
			r.log.checkGaps(all, "load", noon)
		})
	}
}

// TestKnownPodsGoOnWithoutPrometheus has no new series while the API is away.
func TestKnownPodsGoOnWithoutPrometheus(t *testing.T) {
	r := newRig(t, 3)
	r.start()
	r.pass(2*time.Minute, 15*time.Second)
	r.settled()
	r.prometheus.say(http.NotFound)
	r.pass(time.Hour, 15*time.Second)
	if after := r.settled(); row(after, "dropped") > 0 || !after.Ready || after.Prometheus.LastError == "" {
		t.Errorf("%+v, ready: %v, %q", after.Samples, after.Ready, after.Prometheus.LastError)
	}
	r.log.checkGaps(arrived(r.emulator), "load", noon)
}

// TestASlowPrometheus answers after seconds, by the clock of the test.
func TestASlowPrometheus(t *testing.T) {
	r := newRig(t, 2)
	slow := make(chan struct{})
	var answers http.HandlerFunc = func(w http.ResponseWriter, req *http.Request) {
		select {
		case <-slow:
			r.prometheus.say(nil)
			r.prometheus.ServeHTTP(w, req)
		case <-req.Context().Done():
		}
	}
	r.prometheus.say(answers)
	r.start()
	r.pass(time.Minute, 15*time.Second)
	if during := r.report(); row(during, "accepted") > 0 || !during.Healthy {
		t.Errorf("%+v, healthy: %q", during.Samples, during.Unhealthy)
	}
	close(slow)
	r.pass(time.Minute, 15*time.Second)
	if after := r.settled(); row(after, "dropped") > 0 {
		t.Errorf("dropped: %+v", after.Reasons)
	}
	r.log.checkGaps(arrived(r.emulator), "load", noon)
}

// TestHalfAListOfTargets loses no pod that was known, and one that was never listed only
// until half a minute after it is.
func TestHalfAListOfTargets(t *testing.T) {
	r := newRig(t, 4)
	r.prometheus.know("web-000", "web-001")
	r.start()
	r.pass(5*time.Minute, 15*time.Second)
	during := r.settled()
	if lost := because(during, "target_not_found"); lost == 0 || lost != row(during, "dropped") {
		t.Errorf("dropped: %+v", during.Reasons)
	}
	r.prometheus.know("web-002", "web-003")
	listed := r.clock.Now()
	r.pass(5*time.Minute, 15*time.Second)
	r.settled()
	r.prometheus.know()
	r.pass(5*time.Minute, 15*time.Second)
	after := r.settled()
	all := arrived(r.emulator)
	checkOrder(t, all)
	known := *r.log
	known.pods = r.log.pods[:2]
	known.checkGaps(all, "load", noon)
	// A list every 30 s, and the series are asked for again 30 s after the last time.
	r.log.checkGaps(all, "load", listed.Add(75*time.Second))
	if because(after, "target_not_found") > because(during, "target_not_found")+2*2*5 {
		t.Errorf("before: %+v, after: %+v", during.Reasons, after.Reasons)
	}
}

// TestATargetThatComesAndGoes is listed every other minute.
func TestATargetThatComesAndGoes(t *testing.T) {
	r := newRig(t, 2)
	r.start()
	for i := range 20 {
		if i%2 == 0 {
			r.prometheus.know(r.log.names()...)
		} else {
			r.prometheus.know("web-000")
		}
		r.pass(time.Minute, 15*time.Second)
	}
	if after := r.settled(); row(after, "dropped") > 0 {
		t.Errorf("dropped: %+v", after.Reasons)
	}
	r.log.checkGaps(arrived(r.emulator), "load", noon)
}

// TestAPrometheusThatNeverScrapes lists a target that it does not scrape, as one with a long
// interval, and has no types then. The log has samples of an earlier Prometheus: they wait, and
// not forever.
func TestAPrometheusThatNeverScrapes(t *testing.T) {
	r := newRig(t, 1)
	r.scrapeFor(5 * time.Minute)
	r.prometheus.say(func(w http.ResponseWriter, req *http.Request) {
		if !strings.HasSuffix(req.URL.Path, "/targets") {
			w.WriteHeader(http.StatusNotFound)
			fmt.Fprint(w, `{"status":"error","errorType":"not_found"}`)
			return
		}
		answer(w, map[string]any{"activeTargets": []any{map[string]any{
			"labels": map[string]string{"job": "web", "instance": "web-000"}, "lastScrape": time.Time{},
			"discoveredLabels": map[string]string{"__meta_kubernetes_namespace": "n", "__meta_kubernetes_pod_name": "web-000", "__meta_kubernetes_pod_container_name": "web"}}}})
	})
	r.start()
	during := r.reported("it waits", func(s status.Report) bool { return s.Prometheus.Awaited != "" })
	if !during.Healthy || row(during, "dropped") > 0 || !strings.Contains(during.Prometheus.Awaited, `job "web"`) {
		t.Errorf("healthy: %q; dropped: %+v; waits for %s", during.Unhealthy, during.Reasons, during.Prometheus.Awaited)
	}
	r.pass(targets.FirstScrape, 15*time.Second)
	after := r.reported("it goes on", func(s status.Report) bool { return because(s, "metadata_not_found") > 0 && s.Log.Unread == 0 })
	if because(after, "metadata_not_found") != row(after, "dropped") || after.Prometheus.Awaited != "" {
		t.Errorf("dropped: %+v", after.Reasons)
	}
	r.said(1, "Prometheus has not scraped a target yet")
	r.prometheus.say(nil)
	r.pass(2*time.Minute, 15*time.Second)
	scraped := r.settled()
	if row(scraped, "accepted") == 0 {
		t.Errorf("scraped at last: %+v", scraped.Samples)
	}
}
