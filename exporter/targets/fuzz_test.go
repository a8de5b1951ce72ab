package targets

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/labels"

	"github.com/linkerd-gcm/linkerd-gcm/exporter/series"
)

// answers gives the same two answers to all requests.
type answers struct {
	targets, metadata string
	code              int
}

func (a answers) RoundTrip(r *http.Request) (*http.Response, error) {
	body := a.targets
	if strings.HasSuffix(r.URL.Path, "/metadata") {
		body = a.metadata
	}
	return &http.Response{StatusCode: a.code, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
}

// FuzzAnswers gives any answers in the name of Prometheus. A series whose target was not
// listed twice is never given up, and one that has a target has that of its own labels. What
// is known is the same after it was saved.
func FuzzAnswers(f *testing.F) {
	const list = `{"status":"success","data":{"activeTargets":[{"labels":{"job":"j","instance":"i","pod":"p"},"discoveredLabels":{"__meta_kubernetes_pod_name":"p"}}]}}`
	f.Add(list, `{"status":"success","data":[{"target":{"job":"j","instance":"i"},"metric":"m","type":"counter"}]}`, uint16(200))
	f.Add(list, `{"status":"error","errorType":"not_found","error":"specified metadata not found"}`, uint16(200))
	f.Add(`{"status":"success","data":null}`, `{"status":"success","data":[{"target":null,"type":"x"}]}`, uint16(200))
	f.Add(`{"status":"success","data":{"activeTargets":[]}}`, "", uint16(404))
	f.Add("<html>", "[1,2", uint16(503))
	f.Fuzz(func(t *testing.T, list, types string, code uint16) {
		client, err := NewClient("http://127.0.0.1:9090/")
		if err != nil {
			t.Fatal(err)
		}
		client.http.Transport = answers{list, types, int(code)}
		at := &clock{time.UnixMilli(1_700_000_000_000)}
		options := Options{MaxAge: time.Hour, Apart: Interval, Pause: 5 * time.Second, Now: func() time.Time { return at.now }}
		p := &Poller{Cache: New(options), Client: client}
		wanted := labels.FromStrings("__name__", "m", "job", "j", "instance", "i")
		for lists := range 4 {
			target, answer := p.Cache.Target(wanted)
			switch {
			case answer == series.NotFound && lists < 2:
				t.Errorf("the target was given up after %d lists", lists)
			case answer == series.Found && (target.Labels.Get("job") != "j" || target.Labels.Get("instance") != "i"):
				t.Errorf("the target is %v", target.Labels)
			case answer == series.Found:
				p.Cache.Metadata(target, "m")
			}
			failure := p.Round(t.Context())
			if _, after := p.Cache.Target(wanted); failure != nil && lists == 0 && after == series.NotFound {
				t.Errorf("the target was given up because of %v", failure)
			}
			at.pass(Interval)
		}
		text, err := json.Marshal(p.Cache.Save())
		if err != nil {
			t.Fatal(err)
		}
		var saved Saved
		if err := json.Unmarshal(text, &saved); err != nil {
			t.Fatal(err)
		}
		restored := New(options)
		restored.Restore(saved)
		if _, before := p.Cache.Target(wanted); before == series.Found {
			if _, after := restored.Target(wanted); after != series.Found {
				t.Errorf("the target is known, and not after it was saved")
			}
		}
	})
}
