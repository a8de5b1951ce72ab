package exports

import (
	"fmt"
	"time"

	"github.com/linkerd-gcm/linkerd-gcm/exporter/status"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
)

// Arrival says whether metrics arrive in Google.
type Arrival string

// The answers.
const (
	// Arriving: Google has accepted points in the last minutes.
	Arriving Arrival = "yes"
	// Starting: not yet, and there is no reason to think that they will not.
	Starting Arrival = "starting"
	// Unknown: nobody can be asked.
	Unknown Arrival = "unknown"
	// NotArriving: something keeps them from it.
	NotArriving Arrival = "no"
)

// severity is the order of the answers, the best first.
var severity = map[Arrival]int{Arriving: 0, Starting: 1, Unknown: 2, NotArriving: 3}

// A Verdict is the answer, and what it means to whoever has asked.
type Verdict struct {
	Arriving Arrival `json:"arriving"`
	// Message says why, in a sentence.
	Message string `json:"message"`
	// Fix says what to do; "" where there is nothing, or where the message has it.
	Fix string `json:"fix,omitempty"`
}

// An Overview is whether metrics arrive from all of Prometheus' pods. Its JSON is what
// "linkerd gcm status -o json" prints. Fields may be added to it; none is removed, and
// none gets another meaning.
type Overview struct {
	Verdict
	// Time is when the sidecars were asked.
	Time time.Time `json:"time"`
	Pods []Pod     `json:"pods"`
}

// A Pod is what the sidecar of one of Prometheus' pods says.
type Pod struct {
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
	// Container is that of the sidecar; "" where there is none.
	Container string `json:"container,omitempty"`
	Export
}

// An Export is what a sidecar says of what it exports. What Google's sidecar does not say
// is missing.
type Export struct {
	// Sidecar is the program.
	Sidecar settings.Sidecar `json:"sidecar,omitempty"`
	Version string           `json:"version,omitempty"`
	Verdict
	Destination *status.Destination `json:"destination,omitempty"`
	// Configuration is what decides what is exported.
	Configuration *status.Configuration `json:"configuration,omitempty"`
	Started       time.Time             `json:"started,omitzero"`
	// LastAccepted is when Google accepted a point last.
	LastAccepted time.Time `json:"lastAccepted,omitzero"`
	// PointsPerMinute is how many Google accepts. Of Google's sidecar these are samples,
	// counted from one reading to another; nil where there was one alone.
	PointsPerMinute *float64 `json:"pointsPerMinute,omitempty"`
	// Warnings are what is not as it should be, though metrics may arrive.
	Warnings []string `json:"warnings,omitempty"`
	// Samples is what became of the selected samples, by outcome.
	Samples []status.Amount `json:"samples"`
	// Metrics and Reasons are what is exported, and what is not and why.
	Metrics []status.Metric `json:"metrics"`
	Reasons []status.Reason `json:"reasons"`

	// counts are those of a sidecar that tells nothing else, and now is the sidecar's time.
	counts *Counts
	now    time.Time
}

// Nothing is what a sidecar says that cannot be asked.
func Nothing(now time.Time) Export {
	return Export{Samples: []status.Amount{}, Metrics: []status.Metric{}, Reasons: []status.Reason{}, now: now}
}

// Accepted is how many samples Google has accepted, as far as the sidecar knows.
func (e *Export) Accepted() float64 {
	total := 0.0
	for _, row := range e.Samples {
		if row.Name == "accepted" || row.Name == "written_before" {
			total += row.Count
		}
	}
	return total
}

// Recent is how long ago something may have happened that is said to happen now.
const Recent = 5 * time.Minute

// Recently reports whether something happened in the last minutes.
func Recently(now, then time.Time) bool { return !then.IsZero() && now.Sub(then) < Recent }

// Sum returns the overview of all pods. Its answer is that of the worst one.
func Sum(now time.Time, pods []Pod) Overview {
	o := Overview{Time: now, Pods: list(pods)}
	worst, alike := 0, 0
	for i := range pods {
		switch worse := severity[pods[i].Arriving] - severity[pods[worst].Arriving]; {
		case worse > 0:
			worst, alike = i, 1
		case worse == 0:
			alike++
		}
	}
	if len(pods) > 0 {
		o.Verdict = pods[worst].Verdict
	}
	if len(pods) > 1 {
		o.Message = fmt.Sprintf("%d of %d pods; %s/%s: %s", alike, len(pods), pods[worst].Namespace, pods[worst].Name, o.Message)
	}
	return o
}
