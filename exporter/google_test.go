package exporter

import (
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/monitoring/apiv3/v2/monitoringpb"
	metricpb "google.golang.org/genproto/googleapis/api/metric"
	"google.golang.org/genproto/googleapis/api/monitoredres"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/linkerd-gcm/linkerd-gcm/exporter/status"
	"github.com/linkerd-gcm/linkerd-gcm/internal/gcmemulator"
)

// order lets the emulator fail from now on.
func (r *rig) order(faults ...gcmemulator.Fault) {
	r.t.Helper()
	if err := r.emulator.SetFaults(faults...); err != nil {
		r.t.Fatal(err)
	}
}

// onlyFaults fails if Google has refused a point by a rule of its own.
func (r *rig) onlyFaults() {
	r.t.Helper()
	for _, refusal := range r.emulator.Refusals() {
		if refusal.Rule != "fault" {
			r.t.Errorf("Google refused by a rule: %+v", refusal)
		}
	}
}

// TestGoogleIsAway lets Google be away for some hours. The log is the only buffer, and
// holds all of it.
func TestGoogleIsAway(t *testing.T) {
	for _, away := range []time.Duration{time.Hour, 150 * time.Minute, 26 * time.Hour} {
		t.Run(away.String(), func(t *testing.T) {
			r := newRig(t, 3)
			r.sending.Capacity = 100
			r.start()
			r.pass(10*time.Minute, 30*time.Second)
			r.settled()
			r.order(gcmemulator.Fault{Kind: gcmemulator.Unavailable})
			r.pass(away, away/120)
			during := r.reported("the queue is full, and reading stops", func(s status.Report) bool {
				return !s.Ready && s.Google.Queue == r.sending.Capacity && s.Log.Unread > 0
			})
			if !strings.Contains(during.NotReady, "Google cannot be reached") || !during.Healthy {
				t.Errorf("ready: %q; healthy: %q", during.NotReady, during.Unhealthy)
			}
			if during.Google.LastError == "" || during.Google.LastErrorAt.Before(noon) {
				t.Errorf("the page shows no error: %+v", during.Google)
			}
			r.said(1, "Google cannot be reached")
			r.order()
			back := r.clock.Now()
			after := r.settled()
			if tooOld := because(after, "too_old"); (tooOld > 0) != (away > 24*time.Hour) || row(after, "dropped") != tooOld {
				t.Errorf("after %s: %+v, of them %d too_old", away, after.Samples, tooOld)
			}
			if !after.Ready || after.NotReady != "" {
				t.Errorf("not ready: %q", after.NotReady)
			}
			r.said(1, "Google answers again")
			all := arrived(r.emulator)
			checkOrder(t, all)
			r.log.checkSums(all)
			for _, metric := range []string{"load", "requests_total"} {
				r.log.checkGaps(all, metric, later(noon.Add(time.Minute), back.Add(-24*time.Hour)))
			}
			r.onlyFaults()
			r.stop()
		})
	}
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// A failure is something that Google does for a while. What was written in that time has
// arrived after it, or is counted.
type failure struct {
	pods   int
	faults []gcmemulator.Fault
	// awaits is true when the exporter shows what it should, while the fault lasts.
	awaits func(status.Report) bool
	// lost is the reason for which samples are given up, of the pods that the fault is of;
	// "" where nothing may be.
	lost string
	// says is in the exporter's log, once.
	says string
}

func notReady(text string) func(status.Report) bool {
	return func(s status.Report) bool { return !s.Ready && strings.Contains(s.NotReady, text) && s.Healthy }
}

func always(status.Report) bool { return true }

var failures = map[string]failure{
	"slow":         {pods: 5, faults: []gcmemulator.Fault{{Kind: gcmemulator.Slow, DelayMilliseconds: 20}}, awaits: func(s status.Report) bool { return s.Ready }},
	"hanging":      {pods: 5, faults: []gcmemulator.Fault{{Kind: gcmemulator.Hanging}}, awaits: notReady("did not answer in time"), says: "did not answer in time"},
	"half-applied": {pods: 50, faults: []gcmemulator.Fault{{Kind: gcmemulator.HalfApplied, Probability: 0.5}}, awaits: always},
	"lost answers": {pods: 50, faults: []gcmemulator.Fault{{Kind: gcmemulator.LostAnswer, Probability: 0.5}}, awaits: always},
	"throttling": {pods: 5, faults: []gcmemulator.Fault{{Kind: gcmemulator.Throttled}}, awaits: notReady("quota"),
		says: `Raise the quota \"Time series ingestion requests\"`},
	"no credentials": {pods: 5, faults: []gcmemulator.Fault{{Kind: gcmemulator.BadCredentials}}, awaits: notReady("does not accept the credentials of exporter@p"),
		says: "does not accept the credentials"},
	"missing permission": {pods: 5, faults: []gcmemulator.Fault{{Kind: gcmemulator.MissingPermission}},
		awaits: notReady("exporter@p.iam.gserviceaccount.com may not write to project p: it lacks roles/monitoring.metricWriter"),
		says:   "gcloud projects add-iam-policy-binding p --role=roles/monitoring.metricWriter --member=serviceAccount:exporter@p.iam.gserviceaccount.com"},
	"wrong project": {pods: 5, faults: []gcmemulator.Fault{{Kind: gcmemulator.WrongProject}}, awaits: notReady("there is no project p"), says: "there is no project p"},
	"one series of 200": {pods: 200, faults: []gcmemulator.Fault{{Kind: gcmemulator.RefuseMatching, Match: "web-007"}}, lost: "other",
		awaits: func(s status.Report) bool {
			return s.Ready && row(s, "refused") > 0 && row(s, "refused") == because(s, "other") && strings.Contains(s.Metrics[0].LastRefusal, "A fault was ordered")
		}},
	"all": {pods: 5, faults: []gcmemulator.Fault{{Kind: gcmemulator.RefuseAll}}, lost: "other", awaits: notReady("Google refuses every point. It says: Request was refused."),
		says: "Google refuses every point"},
	"INTERNAL for one series": {pods: 20, faults: []gcmemulator.Fault{{Kind: gcmemulator.Internal, Match: "web-007"}}, lost: "google_internal",
		awaits: func(s status.Report) bool { return because(s, "google_internal") > 0 }},
}

func TestGoogleFails(t *testing.T) {
	for name, test := range failures {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, test.pods)
			r.sending.Timeout = 100 * time.Millisecond
			r.start()
			r.pass(2*time.Minute, 15*time.Second)
			r.settled()
			r.order(test.faults...)
			r.pass(10*time.Minute, 15*time.Second)
			r.reported("the fault is seen", test.awaits)
			r.order()
			over := r.clock.Now()
			r.pass(2*time.Minute, 15*time.Second)
			after := r.settled()
			if !after.Ready || after.NotReady != "" {
				t.Errorf("not ready: %q", after.NotReady)
			}
			if lost := row(after, "refused") + row(after, "dropped"); lost != because(after, test.lost) || (lost > 0) != (test.lost != "") {
				t.Errorf("lost: %+v", after.Reasons)
			}
			if test.says != "" {
				r.said(1, test.says)
			}
			r.checkArrived(test, over)
		})
	}
}

// checkArrived fails unless everything has arrived, or, of the series that a fault was of,
// everything since it is over.
func (r *rig) checkArrived(test failure, over time.Time) {
	r.t.Helper()
	all := arrived(r.emulator)
	checkOrder(r.t, all)
	r.log.checkSums(all)
	complete := *r.log
	if test.lost != "" {
		complete.pods = nil
		for _, p := range r.log.pods {
			if match := test.faults[0].Match; match != "" && p.name != match {
				complete.pods = append(complete.pods, p)
			}
		}
		r.log.checkGaps(all, "load", over)
		r.log.checkGaps(all, "requests_total", over)
	}
	complete.checkGaps(all, "load", noon.Add(time.Minute))
	complete.checkGaps(all, "requests_total", noon.Add(time.Minute))
}

// TestAMetricOfAnotherKindIsSetAside has the project know the counter as a gauge.
func TestAMetricOfAnotherKindIsSetAside(t *testing.T) {
	r := newRig(t, 3)
	r.know("external.googleapis.com/prometheus/requests_total")
	r.start()
	r.pass(8*time.Minute, 15*time.Second)
	during := r.settled()
	if because(during, "kind_conflict") == 0 || because(during, "set_aside") == 0 || !during.Ready {
		t.Errorf("not set aside: %+v; ready: %v", during.Reasons, during.Ready)
	}
	for _, m := range during.Metrics {
		if refused := strings.Contains(m.LastRefusal, "set aside until 12:1") && strings.Contains(m.LastRefusal, "/metricDescriptors/external"); refused != strings.HasSuffix(m.Type, "requests_total") {
			t.Errorf("%s: %q", m.Type, m.LastRefusal)
		}
		if (m.LastRefusal == "") != m.LastRefusalAt.IsZero() {
			t.Errorf("%s was refused at %v: %q", m.Type, m.LastRefusalAt, m.LastRefusal)
		}
	}
	for _, reason := range during.Reasons {
		if reason.Last.Before(noon) || reason.Last.After(during.Now) {
			t.Errorf("%s: last at %v", reason.Name, reason.Last)
		}
	}
	r.said(1, "set aside for ten minutes")
	r.said(1, `metricDescriptors/external.googleapis.com/prometheus/requests_total`)
	r.log.checkGaps(arrived(r.emulator), "load", noon.Add(time.Minute))
	r.pass(10*time.Minute, 15*time.Second)
	r.settled()
	r.said(2, "set aside for ten minutes")
}

// know has Google know a metric as a gauge.
func (r *rig) know(metric string) {
	r.t.Helper()
	now := timestamppb.New(r.clock.Now())
	err := r.google.CreateTimeSeries(r.t.Context(), &monitoringpb.CreateTimeSeriesRequest{Name: "projects/p", TimeSeries: []*monitoringpb.TimeSeries{{
		Metric: &metricpb.Metric{Type: metric}, MetricKind: metricpb.MetricDescriptor_GAUGE,
		Resource: &monitoredres.MonitoredResource{Type: "global", Labels: map[string]string{"project_id": "p"}},
		Points:   []*monitoringpb.Point{{Interval: &monitoringpb.TimeInterval{EndTime: now}, Value: &monitoringpb.TypedValue{Value: &monitoringpb.TypedValue_DoubleValue{DoubleValue: 1}}}},
	}}})
	if err != nil {
		r.t.Fatal(err)
	}
}

// TestTheLogNoLongerReachesBack lets Google be away for longer than Prometheus keeps its log.
func TestTheLogNoLongerReachesBack(t *testing.T) {
	r := newRig(t, 20)
	r.sending.Capacity = 100
	r.start()
	r.pass(10*time.Minute, 30*time.Second)
	r.settled()
	r.order(gcmemulator.Fault{Kind: gcmemulator.Unavailable})
	r.pass(5*time.Hour, 30*time.Second)
	kept := r.clock.Now().Add(-2 * time.Hour)
	r.log.truncate(kept)
	r.pass(10*time.Minute, 30*time.Second)
	r.order()
	after := r.reported("the newest has arrived", func(s status.Report) bool {
		return s.Log.Newest.Equal(r.log.newest()) && row(s, "waiting") == 0
	})
	lost := 0.0
	for _, one := range after.Log.LostSeconds {
		if one.Name != "truncated" {
			t.Errorf("lost because of %s", one.Name)
		}
		lost += one.Count
	}
	if lost < time.Hour.Seconds() || lost > (3*time.Hour+10*time.Minute).Seconds() {
		t.Errorf("%v seconds were lost; the log held two of five hours", lost)
	}
	if n := row(after, "dropped") + row(after, "refused"); n > 0 {
		t.Errorf("%d samples were dropped: %+v", n, after.Reasons)
	}
	all := arrived(r.emulator)
	checkOrder(t, all)
	r.log.checkSums(all)
	r.log.checkGaps(all, "load", kept)
	r.log.checkGaps(all, "requests_total", kept)
	r.onlyFaults()
}
