package exports

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/linkerd-gcm/linkerd-gcm/exporter/status"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
)

const (
	// startup is how long gcm-exporter may take until Google has accepted something.
	startup = 2 * time.Minute
	// blip is how long Google may take nothing before that is said to keep metrics from
	// arriving: a request that failed is sent again.
	blip = time.Minute
	// late is how old the newest sample that was read may be before the exporter is said to
	// be behind.
	late = 2 * time.Minute
)

// ParseReport reads the JSON of gcm-exporter's status page.
func ParseReport(text []byte) (status.Report, error) {
	var r status.Report
	if err := json.Unmarshal(text, &r); err != nil {
		return r, fmt.Errorf("reading the status of gcm-exporter: %w", err)
	}
	if r.Now.IsZero() {
		return r, errors.New("reading the status of gcm-exporter: it has no time, so it is the page of something else")
	}
	return r, nil
}

// OfReport returns what a status page of gcm-exporter says. Times are compared with its own
// clock.
func OfReport(r status.Report) Export {
	rate := 0.0
	for _, m := range r.Metrics {
		rate += m.PointsPerMinute
	}
	e := Export{
		Sidecar: settings.GCMExporter, Version: r.Version, Verdict: judge(r), Destination: &r.Destination, Configuration: &r.Configuration, Started: r.Started,
		LastAccepted: r.Google.LastAccepted, PointsPerMinute: &rate, Warnings: warnings(r),
		Samples: list(r.Samples), Metrics: list(r.Metrics), Reasons: list(r.Reasons), now: r.Now,
	}
	if lost := e.Lost(); e.Arriving == Arriving && len(lost) > 0 {
		names := make([]string, 0, len(lost))
		for _, reason := range lost {
			names = append(names, reason.Name)
		}
		e.Message += "; some samples are lost: " + strings.Join(names, ", ")
	}
	return e
}

// list is never null in JSON.
func list[T any](all []T) []T { return append([]T{}, all...) }

// causes is the table of what can be said of an exporter, in the order in which it is
// looked for. Each returns nil where it does not apply.
var causes = []func(status.Report) *Verdict{
	stuck, notReady, logUnreadable, accepting, starting, prometheusAway, nothingWritten, nothingSelected, everythingLost, waiting,
}

func judge(r status.Report) Verdict {
	for _, cause := range causes {
		if found := cause(r); found != nil {
			return *found
		}
	}
	return Verdict{NotArriving, since(r) + "no reason is known", "read the log of the container, and please report this"}
}

// no is the verdict for a reason.
func no(message, fix string) *Verdict { return &Verdict{NotArriving, message, fix} }

// since says since when nothing arrives.
func since(r status.Report) string {
	if r.Google.LastAccepted.IsZero() {
		return fmt.Sprintf("Google has accepted nothing since the exporter started %s: ", ago(r.Now, r.Started))
	}
	return fmt.Sprintf("Google accepted the last point %s: ", ago(r.Now, r.Google.LastAccepted))
}

func stuck(r status.Report) *Verdict {
	if r.Healthy {
		return nil
	}
	return no("gcm-exporter is stuck: "+r.Unhealthy, "the liveness probe restarts it; please report this with the log of the container")
}

func notReady(r status.Report) *Verdict {
	switch {
	case r.Ready || !r.Google.LastAccepted.IsZero() && r.Now.Sub(r.Google.LastAccepted) < blip:
		return nil
	case r.Google.LastError == "" && r.Now.Sub(r.Started) < startup:
		return &Verdict{Starting, "gcm-exporter is not ready yet: " + r.NotReady, ""}
	}
	return no(r.NotReady, "")
}

func logUnreadable(r status.Report) *Verdict {
	if r.Log.Error == "" {
		return nil
	}
	return no(fmt.Sprintf("Prometheus' log %s cannot be read: %s", r.Log.Directory, r.Log.Error), "compare the volume, its path and the user of the container with those of Prometheus: linkerd gcm check")
}

func accepting(r status.Report) *Verdict {
	if !Recently(r.Now, r.Google.LastAccepted) {
		return nil
	}
	series, rate := 0, 0.0
	for _, m := range r.Metrics {
		series, rate = series+m.Series, rate+m.PointsPerMinute
	}
	message := "Google accepted the last point " + ago(r.Now, r.Google.LastAccepted)
	if rate > 0 { // else it has not run for a whole minute
		message += fmt.Sprintf("; %s points a minute of %s series", count(rate), count(float64(series)))
	}
	return &Verdict{Arriving, message, ""}
}

func starting(r status.Report) *Verdict {
	if r.Now.Sub(r.Started) >= startup {
		return nil
	}
	return &Verdict{Starting, fmt.Sprintf("gcm-exporter started %s, and Google has accepted nothing yet", ago(r.Now, r.Started)), ""}
}

func prometheusAway(r status.Report) *Verdict {
	if r.Prometheus.LastError == "" || r.Now.Sub(r.Prometheus.LastSuccess) < blip {
		return nil
	}
	return no(since(r)+"Prometheus' API does not answer, without which new series cannot be exported: "+r.Prometheus.LastError,
		"see whether Prometheus is ready, and whether "+r.Prometheus.Address+" is its address in the pod")
}

func nothingWritten(r status.Report) *Verdict {
	switch {
	case r.Log.Samples == 0:
		return no(since(r)+"its log "+r.Log.Directory+" has no samples", "see whether Prometheus is ready, and whether that is its write-ahead log")
	case r.Log.Unread == 0 && !Recently(r.Now, r.Log.Newest):
		return no(fmt.Sprintf("%sPrometheus wrote the last sample to its log %s", since(r), ago(r.Now, r.Log.Newest)), "see whether Prometheus still scrapes: its page /targets says so")
	}
	return nil
}

func nothingSelected(r status.Report) *Verdict {
	if r.Selected > 0 {
		return nil
	}
	return no(since(r)+"of "+count(float64(r.Log.Samples))+" samples no selector matches any; in use is "+r.Configuration.Applies, "correct the selectors (annotation gcm.linkerd.io/include), or the recording rules that should make the series")
}

// everythingLost names the reason of most samples that are lost now.
func everythingLost(r status.Report) *Verdict {
	var most status.Reason
	for _, reason := range r.Reasons {
		if Recently(r.Now, reason.Last) && reason.Count > most.Count {
			most = reason
		}
	}
	if most.Count == 0 {
		return nil
	}
	message := since(r) + "samples are lost as " + most.Name + ". " + most.Meaning
	if len(most.Examples) > 0 {
		message += " Such as " + most.Examples[0]
	}
	return no(message, most.Fix)
}

func waiting(r status.Report) *Verdict {
	if r.Google.Queue == 0 {
		return nil
	}
	return no(fmt.Sprintf("%s%s for Google's answer", since(r), plural(r.Google.Queue, "point waits", "points wait")), "look at the network between the pod and "+r.Destination.Address)
}

// warnings say what is not as it should be, though metrics may arrive.
func warnings(r status.Report) []string {
	var found []string
	if !r.Ready && r.Google.LastError != "" {
		found = append(found, "Google's last answer was: "+r.Google.LastError)
	}
	if accepting(r) != nil && prometheusAway(r) != nil {
		found = append(found, "Prometheus' API does not answer; new series wait for it: "+r.Prometheus.LastError)
	}
	if behind := r.Now.Sub(r.Log.Newest); r.Log.Unread > 0 && !r.Log.Newest.IsZero() && behind > late {
		found = append(found, fmt.Sprintf("the exporter is %s behind, and reads what has piled up in Prometheus' log", span(behind)))
	}
	if r.Configuration.Error != "" {
		found = append(found, "the newer configuration is not in use, because it is not valid: "+r.Configuration.Error)
	}
	if r.State.Error != "" {
		found = append(found, "the state cannot be saved, so that a restart begins where it was saved last: "+r.State.Error)
	}
	for _, lost := range r.Log.LostSeconds {
		found = append(found, fmt.Sprintf("%s of Prometheus' log were lost before they were read (%s)", span(time.Duration(lost.Count*float64(time.Second))), lost.Name))
	}
	for _, unknown := range r.Log.Unknown {
		found = append(found, fmt.Sprintf("%s records of kind %s are not known to this version of gcm-exporter: upgrade it", count(unknown.Count), unknown.Name))
	}
	return found
}
