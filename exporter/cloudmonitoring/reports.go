package cloudmonitoring

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/linkerd-gcm/linkerd-gcm/exporter/points"
	"github.com/linkerd-gcm/linkerd-gcm/exporter/series"
)

// A Status is how sending goes at one moment.
type Status struct {
	// Queue is the number of points that are not settled, of Capacity.
	Queue, Capacity int
	// UnderWay are requests, and Concurrency is how many there may be. Waiting are requests
	// that will be sent again.
	UnderWay, Concurrency, Waiting int
	// Requests have been answered, in RequestTime altogether.
	Requests    uint64
	RequestTime time.Duration
	// LastAccepted is when Google last took a point.
	LastAccepted time.Time
	// LastError is what it said when it last took nothing or not all, and when.
	LastError   string
	LastErrorAt time.Time
	// Ready says that Google takes points, or that nothing waits for it; NotReady is why it is
	// not so, for people. It is not ready either where it has refused everything for a while.
	Ready    bool
	NotReady string
	// Series is the number of series that are remembered.
	Series int
	// SetAside are the metrics that are not sent at the moment, sorted.
	SetAside []SetAside
	// Results counts points by result and reason, and Reasons has examples.
	Results map[ResultReason]uint64
	Reasons map[string]ReasonStatus
	// Refusals has the last one of each metric.
	Refusals map[string]Refusal
}

// A Refusal is what Google said when it refused a point, and when.
type Refusal struct {
	Message string
	At      time.Time
}

// A SetAside metric is not sent for some time.
type SetAside struct {
	Metric  string
	Until   time.Time
	Message string
	// Command shows what the metric is in the project.
	Command string
}

// ResultReason is a result with its reason, "" for none.
type ResultReason struct {
	Result Result
	Reason string
}

// ReasonStatus is what is known of the points with one reason.
type ReasonStatus struct {
	// Message is the last one, and At is when.
	Message string
	At      time.Time
	// Examples are some of the series. Where Google did not say which of a request it
	// meant, they are guesses.
	Examples []string
}

const (
	maxExamples = 5
	// maxRefusals is how many metrics have their last refusal remembered.
	maxRefusals = 2000
	// maxMessage is how much is kept of what Google says, in bytes.
	maxMessage = 600
	// quiet is how long Google may be away before the log says so.
	quiet = 30 * time.Second
)

// reports is what the status page shows; the sender's lock guards it.
type reports struct {
	requests      uint64
	requestTime   time.Duration
	lastErrorText string
	lastErrorAt   time.Time
	results       map[ResultReason]uint64
	reasons       map[string]*exampleSet
	refusals      map[string]Refusal
	// notReady is the message for as long as Google takes nothing, and away is since when;
	// said is what the log was told about it.
	notReady, said string
	away           time.Time
	// refusedInRow are the last requests, of each of which Google took nothing, refusedSince
	// is when the first of them was, and refusing what it said, if that is worth telling.
	refusedInRow int
	refusedSince time.Time
	refusing     string
}

type exampleSet struct {
	status     ReasonStatus
	identities []series.Identity
}

func newReports() reports {
	return reports{results: map[ResultReason]uint64{}, reasons: map[string]*exampleSet{}, refusals: map[string]Refusal{}}
}

// clip shortens what Google says to what somebody will read.
func clip(text string) string {
	if len(text) <= maxMessage {
		return text
	}
	return strings.ToValidUTF8(text[:maxMessage], "") + "…"
}

// outcome makes and counts one.
func (s *Sender) outcome(p *points.Point, result Result, reason *Reason, message string, now time.Time) Outcome {
	outcome := Outcome{Point: *p, Result: result}
	if reason != nil {
		outcome.Reason, outcome.Message = reason.ID, message
		s.example(p, reason.ID, message, now)
	}
	s.results[ResultReason{result, outcome.Reason}]++
	return outcome
}

// example remembers a point with a reason.
func (s *Sender) example(p *points.Point, reason, message string, now time.Time) {
	set := s.reasons[reason]
	if set == nil {
		set = &exampleSet{}
		s.reasons[reason] = set
	}
	set.status.At = now
	if message != "" {
		set.status.Message = clip(message)
		if _, known := s.refusals[p.Series.MetricType]; known || len(s.refusals) < maxRefusals {
			s.refusals[p.Series.MetricType] = Refusal{set.status.Message, now}
		}
	}
	if slices.Contains(set.identities, p.Series.Identity) {
		return
	}
	if len(set.identities) == maxExamples {
		copy(set.identities, set.identities[1:])
		copy(set.status.Examples, set.status.Examples[1:])
		set.identities, set.status.Examples = set.identities[:maxExamples-1], set.status.Examples[:maxExamples-1]
	}
	set.identities = append(set.identities, p.Series.Identity)
	set.status.Examples = append(set.status.Examples, describe(p.Series))
}

// describe names a series for people.
func describe(s *series.Series) string {
	return fmt.Sprintf("%s{%s} of %s{%s}", s.MetricType, labelText(s.Labels), s.Resource, labelText(s.ResourceLabels))
}

func labelText(labels []series.Label) string {
	parts := make([]string, len(labels))
	for i, label := range labels {
		parts[i] = fmt.Sprintf("%s=%q", label.Name, label.Value)
	}
	return strings.Join(parts, ",")
}

// answered notes an answer: for the status, for the number of requests, and for the log.
func (s *Sender) answered(a *answer, now time.Time, took time.Duration) {
	s.requests++
	s.requestTime += took
	if a.text != "" {
		s.lastErrorText, s.lastErrorAt = clip(a.text), now
	}
	if a.waiting != nil {
		s.pace.failed(now, s.random)
		s.complain(a, now)
		return
	}
	s.pace.succeeded(s.underWay)
	// Google can be reached again: what waited for that need not wait any longer.
	for _, b := range s.retries {
		if b.waiting != nil && !b.waiting.halves {
			b.due = now
		}
	}
	if s.said != "" {
		s.options.Log.Info("Google answers again", "after", now.Sub(s.away).Round(time.Second))
	}
	s.notReady, s.said, s.away = "", "", time.Time{}
}

// refusedRequests is how many requests in a row Google must refuse as a whole, for as long
// as quiet, before the sender is not ready: a series that travels alone is refused alone.
const refusedRequests = 3

// judge notes whether Google takes anything at all. Points that were possibly sent before are
// no sign: what it has already it refuses.
func (s *Sender) judge(b *batch, a *answer, now time.Time) {
	switch {
	case a.waiting != nil, b.possiblySent:
		return
	case a.accepted(), a.refused < len(b.points):
		s.refusedInRow, s.refusing = 0, ""
		return
	}
	if s.refusedInRow++; s.refusedInRow == 1 {
		s.refusedSince = now
	}
	if s.refusing == "" && s.refusedInRow >= refusedRequests && now.Sub(s.refusedSince) >= quiet {
		s.refusing = "Google refuses every point. It says: " + clip(a.text)
		s.options.Log.Error("Google refuses every point", "since", s.refusedSince.UTC().Format(time.RFC3339), "answer", clip(a.text))
	}
}

// complain tells once that Google takes nothing, and what to do about it.
func (s *Sender) complain(a *answer, now time.Time) {
	if s.away.IsZero() {
		s.away = now
	}
	message := a.waiting.Meaning + " " + a.waiting.Fix
	if a.waiting.denied {
		message = s.denied(a.waiting, a.principal)
	}
	s.notReady = message + " Google says: " + clip(a.text)
	if s.said == a.waiting.ID || !a.waiting.denied && now.Sub(s.away) < quiet {
		return
	}
	s.said = a.waiting.ID
	s.options.Log.Error(message, "reason", a.waiting.ID, "since", s.away.UTC().Format(time.RFC3339), "answer", clip(a.text))
}

// denied says in one line what is missing, and for whom.
func (s *Sender) denied(reason *Reason, who string) string {
	if who == "" {
		who = "the account of the credentials"
	}
	switch reason.ID {
	case "permission":
		return fmt.Sprintf("%s may not write to project %s: it lacks roles/monitoring.metricWriter, or the Monitoring API is not enabled there; "+
			"grant it with: gcloud projects add-iam-policy-binding %s --role=roles/monitoring.metricWriter --member=%s",
			who, s.options.Project, s.options.Project, member(who))
	case "credentials":
		return fmt.Sprintf("Google does not accept the credentials of %s: %s", who, reason.Fix)
	}
	return fmt.Sprintf("there is no project %s, or %s may not see it: %s", s.options.Project, who, reason.Fix)
}

// member is how gcloud wants an account.
func member(who string) string {
	switch {
	case strings.HasPrefix(who, "principal://"), strings.HasPrefix(who, "principalSet://"):
		return who
	case strings.HasSuffix(who, ".gserviceaccount.com"):
		return "serviceAccount:" + who
	case strings.Contains(who, "@"):
		return "user:" + who
	}
	return "serviceAccount:EMAIL"
}

// describeCommand is the command that shows what a metric is in the project.
func describeCommand(project, metric string) string {
	return fmt.Sprintf(`curl -H "Authorization: Bearer $(gcloud auth print-access-token)" "https://monitoring.googleapis.com/v3/projects/%s/metricDescriptors/%s"`,
		project, metric)
}

// Status returns how sending goes.
func (s *Sender) Status() Status {
	s.mu.Lock()
	defer s.mu.Unlock()
	status := Status{
		Queue: s.pending, Capacity: s.options.Capacity, UnderWay: s.underWay, Concurrency: int(s.pace.limit), Waiting: len(s.retries),
		Requests: s.requests, RequestTime: s.requestTime, LastAccepted: s.acceptedAt, LastError: s.lastErrorText, LastErrorAt: s.lastErrorAt,
		Ready: s.refusing == "" && (s.notReady == "" || s.pending == 0), NotReady: cmp.Or(s.notReady, s.refusing), Series: len(s.identities),
		Results: maps.Clone(s.results), Refusals: maps.Clone(s.refusals), Reasons: map[string]ReasonStatus{},
	}
	now := s.options.Clock.Now()
	for _, metric := range slices.Sorted(maps.Keys(s.setAside)) {
		if set := s.setAside[metric]; now.Before(set.Until) {
			status.SetAside = append(status.SetAside, set)
		}
	}
	for id, set := range s.reasons {
		copied := set.status
		copied.Examples = slices.Clone(copied.Examples)
		status.Reasons[id] = copied
	}
	return status
}
