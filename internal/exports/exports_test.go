package exports

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/linkerd-gcm/linkerd-gcm/exporter/status"
	"github.com/linkerd-gcm/linkerd-gcm/internal/golden"
	"github.com/linkerd-gcm/linkerd-gcm/internal/terminal"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
)

var noon = time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)

// healthy is what an exporter says whose metrics arrive.
func healthy() status.Report {
	return status.Report{
		Version: "v0.1.0", Started: noon.Add(-26 * time.Hour), Now: noon, Ready: true, Healthy: true,
		Destination:   status.Destination{Name: "cloud-monitoring", Project: "my-project", Location: "europe-west4", Cluster: "c", Address: "https://monitoring.googleapis.com:443/"},
		Log:           status.Log{Directory: "/data/wal", Segment: 7, Offset: 4096, Newest: noon.Add(-2 * time.Second), Samples: 5_000_000},
		Prometheus:    status.Peer{Address: "http://127.0.0.1:9090/", LastSuccess: noon.Add(-5 * time.Second), Targets: 12},
		Google:        status.Google{LastAccepted: noon.Add(-3 * time.Second), Capacity: 50000, Concurrency: 3, Requests: 10},
		Selected:      100_000,
		Configuration: status.Configuration{Case: "built-in", Applies: "the built-in configuration: no --include is given, and no configuration file", Loaded: noon.Add(-26 * time.Hour)},
		Samples:       []status.Amount{{Name: "accepted", Count: 99_000}, {Name: "dropped", Count: 1000}},
		Metrics: []status.Metric{
			{Type: "external.googleapis.com/prometheus/svc_response_latency_ms", Kind: "CUMULATIVE", Value: "DISTRIBUTION", Series: 120, PointsPerMinute: 720, LastValue: "12 values, mean 4.2"},
			{Type: "external.googleapis.com/prometheus/svc_responses", Kind: "CUMULATIVE", Value: "DOUBLE", Series: 590, PointsPerMinute: 3540.4, LastValue: "7"},
		},
		Minutes: []status.Minute{{Accepted: 4260}},
	}
}

// lossy is what an exporter says that exports, and loses some.
func lossy() status.Report {
	r := healthy()
	r.Metrics[1].LastRefusal, r.Metrics[1].LastRefusalAt = "One or more TimeSeries could not be written: Metric kind for metric external.googleapis.com/prometheus/svc_responses must be GAUGE, but is CUMULATIVE.", noon.Add(-3*time.Minute)
	r.Reasons = []status.Reason{
		{Name: "target_not_found", Count: 1234, Meaning: "No target of Prometheus has the series' job and instance and agrees with its other labels.", Fix: "Let the recording rule keep the labels job and instance, and not change any label of the target.",
			Examples: []string{`linkerd_job:requests:rate{app="web"}`, "more"}, Last: noon.Add(-4 * time.Second)},
		{Name: "not_finite", Count: 12, Meaning: "The sample is NaN.", Fix: "Nothing, where a quantile had no observations; else correct what exposes the metric.", Examples: []string{"latency:p95{}"}, Last: noon, Expected: true},
		{Name: "kind_conflict", Count: 40, Meaning: "The metric exists in the project as another kind.", Fix: "Give it another name with metric_renames.", Examples: []string{"external.googleapis.com/prometheus/svc_responses{}"}, Last: noon.Add(-3 * time.Minute), Refused: true},
		{Name: "too_old", Count: 7, Meaning: "The point became older than --max-age.", Fix: "Look why it had to wait."},
	}
	r.Configuration.Error = "sidecar.yml:3:1: unknown key aggregator"
	r.Prometheus.LastError, r.Prometheus.LastSuccess = "it answered 503", noon.Add(-10*time.Minute)
	r.Log.Unread, r.Log.Newest = 1<<20, noon.Add(-41*time.Minute)
	return r
}

// change returns a report that differs from a healthy one, of an exporter that Google has
// not accepted anything from for an hour.
func change(how func(*status.Report)) status.Report {
	r := healthy()
	r.Google.LastAccepted = noon.Add(-time.Hour)
	how(&r)
	return r
}

// served is what the handler of gcm-exporter makes of a report.
func served(t *testing.T, r status.Report) status.Report {
	t.Helper()
	w := httptest.NewRecorder()
	status.Handler(func() status.Report { return r }, status.Options{Page: true}).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/statusz.json", nil))
	parsed, err := ParseReport(w.Body.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

func TestJudgementOfReports(t *testing.T) {
	for name, test := range map[string]struct {
		report        status.Report
		arriving      Arrival
		message, todo string
	}{
		"metrics arrive": {healthy(), Arriving, "Google accepted the last point 3s ago; 4,260 points a minute of 710 series", ""},
		"it is stuck":    {change(func(r *status.Report) { r.Healthy, r.Unhealthy = false, "the reader has not moved for 6m" }), NotArriving, "stuck: the reader has not moved", "please report this"},
		"the role is missing": {change(func(r *status.Report) {
			r.Ready, r.NotReady, r.Google.LastError = false, "e@p may not write to project p", "denied"
		}),
			NotArriving, "e@p may not write to project p", ""},
		"a request has just failed": {change(func(r *status.Report) {
			r.Ready, r.NotReady, r.Google.LastError, r.Google.LastAccepted = false, "Google cannot be reached", "unavailable", noon.Add(-8*time.Second)
		}), Arriving, "8s ago", ""},
		"it starts, and is not ready": {change(func(r *status.Report) {
			r.Ready, r.NotReady, r.Started, r.Google.LastAccepted = false, "starting", noon.Add(-2*time.Second), time.Time{}
		}), Starting, "not ready yet: starting", ""},
		"it starts, and is refused": {change(func(r *status.Report) {
			r.Ready, r.NotReady, r.Started, r.Google.LastAccepted, r.Google.LastError = false, "no role", noon.Add(-20*time.Second), time.Time{}, "denied"
		}), NotArriving, "no role", ""},
		"it starts":              {change(func(r *status.Report) { r.Started, r.Google.LastAccepted = noon.Add(-20*time.Second), time.Time{} }), Starting, "started 20s ago, and Google has accepted nothing yet", ""},
		"the log cannot be read": {change(func(r *status.Report) { r.Log.Error = "permission denied" }), NotArriving, "log /data/wal cannot be read: permission denied", "the user of the container"},
		"Prometheus is away": {change(func(r *status.Report) {
			r.Prometheus.LastError, r.Prometheus.LastSuccess = "connection refused", noon.Add(-time.Hour)
		}), NotArriving, "Google accepted the last point 60m ago: Prometheus' API does not answer", "http://127.0.0.1:9090/"},
		"the log is empty":           {change(func(r *status.Report) { r.Log.Samples = 0 }), NotArriving, "has no samples", "write-ahead log"},
		"Prometheus writes nothing":  {change(func(r *status.Report) { r.Log.Newest = noon.Add(-time.Hour) }), NotArriving, "wrote the last sample to its log 60m ago", "still scrapes"},
		"nothing is selected":        {change(func(r *status.Report) { r.Selected = 0 }), NotArriving, "of 5,000,000 samples no selector matches any; in use is the built-in configuration", "gcm.linkerd.io/include"},
		"everything is dropped":      {change(func(r *status.Report) { r.Reasons = lossy().Reasons }), NotArriving, `samples are lost as target_not_found. No target of Prometheus has the series' job and instance and agrees with its other labels. Such as linkerd_job:requests:rate{app="web"}`, "keep the labels job"},
		"drops of last week explain": {change(func(r *status.Report) { r.Reasons = lossy().Reasons[3:] }), NotArriving, "no reason is known", "log of the container"},
		"points wait":                {change(func(r *status.Report) { r.Google.Queue = 4 }), NotArriving, "4 points wait for Google's answer", "network"},
		"nothing was ever accepted":  {change(func(r *status.Report) { r.Google.LastAccepted, r.Google.Queue = time.Time{}, 1 }), NotArriving, "nothing since the exporter started 26h ago: 1 point waits", "network"},
	} {
		t.Run(name, func(t *testing.T) {
			got := OfReport(served(t, test.report))
			if got.Arriving != test.arriving || !strings.Contains(got.Message, test.message) || !strings.Contains(got.Fix, test.todo) || (got.Fix == "") != (test.todo == "") {
				t.Errorf("got %+v, want %s, %q, %q", got.Verdict, test.arriving, test.message, test.todo)
			}
		})
	}
}

func TestWhatIsLostNow(t *testing.T) {
	e := OfReport(served(t, lossy()))
	var got []string
	for _, reason := range e.Lost() {
		got = append(got, Describe(reason))
	}
	want := []string{
		`target_not_found (1,234 samples so far): No target of Prometheus has the series' job and instance and agrees with its other labels. Such as linkerd_job:requests:rate{app="web"}. To do: Let the recording rule keep the labels job and instance, and not change any label of the target.`,
		`kind_conflict (40 samples so far): The metric exists in the project as another kind. Such as external.googleapis.com/prometheus/svc_responses{}. To do: Give it another name with metric_renames.`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("lost (-want +got):\n%s", diff)
	}
}

func TestPagesOfOthersAreNotReports(t *testing.T) {
	for _, text := range []string{"", "{", "{}", "null", "<html>", `{"now": 3}`} {
		if r, err := ParseReport([]byte(text)); err == nil {
			t.Errorf("%q is %+v", text, r)
		}
	}
}

// counting is what Google's sidecar says that has run for a day.
func counting(read, sent, accepted, refused, dropped float64) Counts {
	return Counts{Started: noon.Add(-24 * time.Hour), Read: read, Sent: sent, Accepted: accepted, Refused: refused, Dropped: map[string]float64{"target_not_found": dropped}}
}

func TestJudgementOfCounts(t *testing.T) {
	young := counting(100, 0, 0, 0, 0)
	young.Started = noon.Add(-time.Minute)
	dated, old := counting(100, 10, 10, 0, 0), counting(100, 10, 10, 0, 0)
	dated.LastAccepted, old.LastAccepted = noon.Add(-time.Second), noon.Add(-time.Hour)
	for name, test := range map[string]struct {
		counts   Counts
		arriving Arrival
		want     string
	}{
		"it has exported":          {counting(100, 10, 10, 0, 0), Unknown, "Google has accepted 10 samples since the sidecar started 24h ago"},
		"it says when, just now":   {dated, Arriving, "1s ago"},
		"it says when, long ago":   {old, NotArriving, "60m ago"},
		"Google refuses all":       {counting(100, 10, 0, 10, 7), NotArriving, "Google has refused all 10 samples"},
		"Google cannot be reached": {counting(100, 10, 0, 0, 0), NotArriving, "10 samples wait to be sent"},
		"it reads nothing":         {counting(0, 0, 0, 0, 0), NotArriving, "it has read no samples"},
		"it drops all":             {counting(100, 0, 0, 0, 7), NotArriving, "as target_not_found: No active target has"},
		"nothing is selected":      {counting(100, 0, 0, 0, 0), NotArriving, "no selector matches any"},
		"it starts":                {young, Starting, "started 60s ago"},
	} {
		if got := OfCounts(settings.Stackdriver, test.counts, noon); got.Arriving != test.arriving || !strings.Contains(got.Message, test.want) {
			t.Errorf("%s: got %+v, want %s, %q", name, got.Verdict, test.arriving, test.want)
		}
	}
}

// pods makes an overview of what the sidecars of pods say.
func pods(now time.Time, all ...Export) Overview {
	var list []Pod
	for i, e := range all {
		list = append(list, Pod{Namespace: "linkerd-viz", Name: "prometheus-" + string(rune('a'+i)), Container: "c", Export: e})
	}
	return Sum(now, list)
}

func TestAnotherLookSaysWhetherCountsGrow(t *testing.T) {
	restarted := counting(100, 10, 5, 0, 0)
	restarted.Started = noon
	for name, test := range map[string]struct {
		later    Counts
		passed   time.Duration
		arriving Arrival
		want     string
	}{
		"they grow":              {counting(200, 20, 20, 0, 0), 20 * time.Second, Arriving, "10 samples in the last 20s"},
		"others are refused":     {counting(200, 20, 15, 5, 0), 20 * time.Second, Arriving, "5 samples in the last 20s"},
		"all are refused":        {counting(200, 20, 10, 10, 0), 20 * time.Second, NotArriving, "refused all 10 samples of the last 20s"},
		"they wait":              {counting(200, 20, 10, 0, 0), 20 * time.Second, NotArriving, "10 samples wait"},
		"they wait for a moment": {counting(200, 20, 10, 0, 0), 5 * time.Second, Unknown, "none in the last 5s"},
		"not for now":            {counting(200, 10, 10, 0, 0), 20 * time.Second, Unknown, "10 samples before, and none in the last 20s"},
		"not any more":           {counting(200, 10, 10, 0, 0), 100 * time.Second, NotArriving, "none in the last 100s"},
		"it has restarted":       {restarted, 20 * time.Second, Unknown, "since the sidecar started"},
		"too long ago":           {counting(200, 20, 20, 0, 0), time.Hour, Unknown, "since the sidecar started"},
	} {
		t.Run(name, func(t *testing.T) {
			var history History
			history.Add(pods(noon, OfCounts(settings.Stackdriver, counting(100, 10, 10, 0, 0), noon)))
			later := noon.Add(test.passed)
			got := history.Add(pods(later, OfCounts(settings.Stackdriver, test.later, later)))
			if got.Arriving != test.arriving || !strings.Contains(got.Message, test.want) {
				t.Errorf("got %+v, want %s, %q", got.Verdict, test.arriving, test.want)
			}
		})
	}
}

func TestTheWorstPodSpeaks(t *testing.T) {
	good, bad := OfReport(healthy()), OfReport(change(func(r *status.Report) { r.Google.Queue = 1 }))
	for name, test := range map[string]struct {
		all      []Export
		arriving Arrival
		message  string
	}{
		"one":          {[]Export{good}, Arriving, "Google accepted"},
		"all are good": {[]Export{good, good}, Arriving, "2 of 2 pods; linkerd-viz/prometheus-a: Google accepted"},
		"one is bad":   {[]Export{good, bad, good}, NotArriving, "1 of 3 pods; linkerd-viz/prometheus-b: Google accepted the last point 60m ago: 1 point waits"},
		"two are bad":  {[]Export{bad, good, bad}, NotArriving, "2 of 3 pods; linkerd-viz/prometheus-a"},
	} {
		if got := pods(noon, test.all...); got.Arriving != test.arriving || !strings.HasPrefix(got.Message, test.message) {
			t.Errorf("%s: got %+v, want %s, %q", name, got.Verdict, test.arriving, test.message)
		}
	}
}

func TestPrinting(t *testing.T) {
	fallback := Sum(noon, []Pod{{Namespace: "linkerd-viz", Name: "prometheus-a", Export: Nothing(noon)}})
	fallback.Verdict = *no("the pod has no sidecar", "kubectl -n linkerd-viz rollout restart deployment/prometheus; if that does not help, linkerd gcm check says why")
	var history History
	history.Add(pods(noon.Add(-SecondLook), OfCounts(settings.Stackdriver, counting(100, 10, 10, 0, 3), noon)))
	for name, o := range map[string]Overview{
		"healthy": pods(noon, OfReport(served(t, healthy()))),
		"lossy":   pods(noon, OfReport(served(t, lossy()))),
		"two":     pods(noon, OfReport(served(t, healthy())), OfReport(served(t, change(func(r *status.Report) { r.Ready, r.NotReady = false, "Google cannot be reached." })))),
		"google":  history.Add(pods(noon, OfCounts(settings.Stackdriver, counting(200, 21, 20, 1, 3), noon))),
		"without": fallback,
	} {
		t.Run(name, func(t *testing.T) {
			for file, form := range map[string]struct {
				form  string
				shows terminal.Terminal
			}{
				name + ".table": {"table", terminal.Terminal{}}, name + ".narrow": {"table", terminal.Terminal{Width: 80}}, name + ".json": {"json", terminal.Terminal{}},
			} {
				var out strings.Builder
				if err := NewPrinter(form.form, &out, form.shows, false).Print(o); err != nil {
					t.Fatal(err)
				}
				golden.Compare(t, file, out.String())
			}
		})
	}
}

func TestWatchDrawsOverWhatItHasDrawn(t *testing.T) {
	o := pods(noon, OfReport(healthy()))
	for name, test := range map[string]struct {
		form  string
		shows terminal.Terminal
		begin string
		lines int
	}{
		"a terminal": {"table", terminal.Terminal{Width: 80, Redraws: true}, "\x1b[H\x1b[J2026-11-28T12:00:00Z\n", 0},
		"a file":     {"table", terminal.Terminal{}, "2026-11-28T12:00:00Z\n", 0},
		"JSON":       {"json", terminal.Terminal{}, `{"arriving":"yes",`, 2},
	} {
		var out strings.Builder
		printer := NewPrinter(test.form, &out, test.shows, true)
		for range 2 {
			if err := printer.Print(o); err != nil {
				t.Fatal(err)
			}
		}
		if !strings.HasPrefix(out.String(), test.begin) || test.lines > 0 && strings.Count(out.String(), "\n") != test.lines {
			t.Errorf("%s: got %q", name, out.String())
		}
		if over := strings.Contains(out.String(), "\x1b[H2026-11-28T12:00:00Z\x1b[K\n"); over != test.shows.Redraws {
			t.Errorf("%s: drawn over what was there: %v", name, over)
		}
	}
}

func TestOnceLooksTwiceWhereASidecarOnlyCounts(t *testing.T) {
	looks, notices := 0, 0
	look := func(context.Context) Overview {
		looks++
		now := noon.Add(time.Duration(looks) * time.Second)
		return pods(now, OfCounts(settings.Stackdriver, counting(100, float64(looks), float64(looks), 0, 0), now))
	}
	if got := Once(t.Context(), look, time.Nanosecond, func() { notices++ }); got.Arriving != Arriving || looks != 2 || notices != 1 {
		t.Errorf("got %+v after %d looks, %d notices", got.Verdict, looks, notices)
	}
	reports := func(context.Context) Overview { looks++; return pods(noon, OfReport(healthy())) }
	if got := Once(t.Context(), reports, time.Hour, func() { notices++ }); got.Arriving != Arriving || looks != 3 || notices != 1 {
		t.Errorf("got %+v after %d looks, %d notices", got.Verdict, looks, notices)
	}
}

func TestWatchEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	shown := 0
	err := Watch(ctx, func(context.Context) Overview { return pods(noon, OfReport(healthy())) }, time.Nanosecond, func(Overview) error {
		if shown++; shown == 3 {
			cancel()
		}
		return nil
	})
	if err != nil || shown != 3 {
		t.Errorf("got %v after %d", err, shown)
	}
	full := errors.New("the disk is full")
	if err := Watch(t.Context(), func(context.Context) Overview { return Overview{} }, time.Hour, func(Overview) error { return full }); !errors.Is(err, full) {
		t.Errorf("got %v", err)
	}
}

// Whatever a sidecar says does nothing to a terminal but appear on it.
func TestWhatSidecarsSayIsEscaped(t *testing.T) {
	r := lossy()
	evil := "\x1b[2J\r\n"
	r.Version += evil
	r.Destination.Name, r.Destination.Project, r.Configuration.Applies, r.Configuration.Error = evil, evil, evil, evil
	r.Metrics[0].Kind, r.Metrics[1].Type, r.Metrics[1].LastRefusal = evil, evil, evil
	r.Reasons[0].Name, r.Reasons[0].Meaning, r.Reasons[0].Fix, r.Reasons[0].Examples = evil, evil, evil, []string{evil}
	all := pods(noon, OfReport(r), OfReport(change(func(r *status.Report) { r.Ready, r.NotReady = false, evil })))
	var out strings.Builder
	if err := NewPrinter("table", &out, terminal.Terminal{}, false).Print(all); err != nil {
		t.Fatal(err)
	}
	if strings.ContainsAny(out.String(), "\x1b\r") || !strings.Contains(out.String(), `\x1b[2J\r\n`) {
		t.Errorf("got %q", out.String())
	}
}
