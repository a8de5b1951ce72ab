package exporter

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/linkerd-gcm/linkerd-gcm/exporter/status"
	"github.com/linkerd-gcm/linkerd-gcm/internal/exports"
	"github.com/linkerd-gcm/linkerd-gcm/internal/gcmemulator"
)

// TestWhatIsWrongIsWhatIsSaid lets things fail for ten minutes, and reads the answer of
// linkerd gcm status in what the exporter reports of itself.
func TestWhatIsWrongIsWhatIsSaid(t *testing.T) {
	for name, test := range map[string]struct {
		fails    func(*rig)
		seen     func(status.Report) bool
		arriving exports.Arrival
		says     string
	}{
		"nothing": {func(*rig) {}, always, exports.Arriving, " points a minute of 10 series"},
		"Google is away": {func(r *rig) { r.order(gcmemulator.Fault{Kind: gcmemulator.Unavailable}) },
			notReady("cannot be reached"), exports.NotArriving, "Google cannot be reached."},
		"the role is missing": {func(r *rig) { r.order(gcmemulator.Fault{Kind: gcmemulator.MissingPermission}) },
			notReady("metricWriter"), exports.NotArriving, "gcloud projects add-iam-policy-binding p --role=roles/monitoring.metricWriter"},
		"Google refuses all": {func(r *rig) { r.order(gcmemulator.Fault{Kind: gcmemulator.RefuseAll}) },
			notReady("refuses every point"), exports.NotArriving, "Google refuses every point. It says: Request was refused."},
		"Google refuses one series": {func(r *rig) { r.order(gcmemulator.Fault{Kind: gcmemulator.RefuseMatching, Match: "web-003"}) },
			func(s status.Report) bool { return row(s, "refused") > 0 }, exports.Arriving, "some samples are lost: other"},
		"Prometheus' API is away, and a pod is born": {func(r *rig) {
			r.prometheus.say(http.NotFound)
			r.prometheus.know(append(r.log.names(), r.log.birth().name)...)
		}, always, exports.NotArriving, "Prometheus' API does not answer, without which new series cannot be exported"},
		// How many minutes ago depends on when the report is made.
		"Prometheus writes nothing": {func(r *rig) { r.log.pods = nil }, always, exports.NotArriving, "Prometheus wrote the last sample to its log 1"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, 5)
			r.start()
			r.pass(8*time.Minute, 15*time.Second)
			r.settled()
			test.fails(r)
			r.pass(10*time.Minute, 15*time.Second)
			report := r.reported("the failure is seen", test.seen)
			if got := exports.OfReport(report); got.Arriving != test.arriving || !strings.Contains(got.Message, test.says) {
				t.Errorf("got %+v, want %s, %q", got.Verdict, test.arriving, test.says)
			}
			r.order()
			r.stop()
		})
	}
}
