package exports

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/linkerd-gcm/linkerd-gcm/exporter/status"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
	"github.com/linkerd-gcm/linkerd-gcm/stackdriver"
)

// Counts are what Google's sidecar counts of itself (its retrieval and stackdriver packages),
// and gcm-exporter under the same names.
type Counts struct {
	// Started is when the sidecar began to count.
	Started time.Time
	// Read are all samples of the log, Sent those that were to be sent, and of these Google
	// has Accepted and Refused some.
	Read, Sent, Accepted, Refused float64
	// LastAccepted is when Google accepted a point last, which only gcm-exporter knows.
	LastAccepted time.Time
	// Dropped are attempts to export a series, by the reason why it is not.
	Dropped map[string]float64
}

// countsStartup is how long Google's sidecar may take to export something: it waits for
// Prometheus, then a minute, and a recorded rate needs some samples.
const countsStartup = 10 * time.Minute

// SecondLook is how long after the first reading another one says whether a sidecar that
// only counts still exports: Prometheus scrapes and records every ten seconds.
const SecondLook = 20 * time.Second

// OfCounts returns what counters of a sidecar say.
func OfCounts(sidecar settings.Sidecar, c Counts, now time.Time) Export {
	return Export{
		Sidecar: sidecar, Verdict: c.judge(now), Started: c.Started, Metrics: []status.Metric{}, Reasons: c.reasons(),
		Samples:      []status.Amount{{Name: "accepted", Count: c.Accepted}, {Name: "refused", Count: c.Refused}, {Name: "waiting", Count: c.waiting()}},
		LastAccepted: c.LastAccepted, counts: &c, now: now,
	}
}

func (c Counts) waiting() float64 { return max(0, c.Sent-c.Accepted-c.Refused) }

// reasons are those for which series are dropped. Their examples are not known.
func (c Counts) reasons() []status.Reason {
	reasons := []status.Reason{}
	for _, known := range stackdriver.DropReasons {
		if n := c.Dropped[string(known.Name)]; n > 0 {
			reasons = append(reasons, status.Reason{Name: string(known.Name), Count: uint64(n), Meaning: known.What})
		}
	}
	return reasons
}

// judge says where the samples got lost of a sidecar that has exported none. Of one that
// has, a single reading does not say whether it still does.
func (c Counts) judge(now time.Time) Verdict {
	message, fix := c.nothingAccepted()
	switch {
	case Recently(now, c.LastAccepted):
		return Verdict{Arriving, "Google accepted the last point " + ago(now, c.LastAccepted), ""}
	case !c.LastAccepted.IsZero():
		return *no("Google accepted the last point "+ago(now, c.LastAccepted), "the log of the container says why")
	case c.Accepted > 0:
		return Verdict{Unknown, fmt.Sprintf("Google has accepted %s since the sidecar started %s, which only counts: another look will say whether it still accepts any",
			samples(c.Accepted), ago(now, c.Started)), "linkerd gcm status --watch"}
	case c.Refused == 0 && now.Sub(c.Started) < countsStartup:
		return Verdict{Starting, fmt.Sprintf("the sidecar started %s, and exports nothing for its first minutes", ago(now, c.Started)), ""}
	}
	return Verdict{NotArriving, "the sidecar has exported nothing since it started " + ago(now, c.Started) + ": " + message, fix}
}

// nothingAccepted says why Google has accepted nothing.
func (c Counts) nothingAccepted() (message, fix string) {
	switch {
	case c.Refused > 0:
		return fmt.Sprintf("Google has refused all %s, most often because roles/monitoring.metricWriter is missing", samples(c.Refused)), "grant the role on the project"
	case c.Sent > 0:
		return fmt.Sprintf("%s wait to be sent, so Google cannot be reached", samples(c.Sent)), "look at the network between the pod and Google"
	case c.Read == 0:
		return "it has read no samples, so Prometheus is not ready, or its write-ahead log is elsewhere", "linkerd gcm check"
	}
	var dropped []string
	for _, reason := range c.reasons() {
		dropped = append(dropped, reason.Name+": "+reason.Meaning)
	}
	if len(dropped) == 0 {
		return fmt.Sprintf("of the %s that it has read, no selector matches any, or the recording rules produce none", samples(c.Read)), "linkerd gcm lint"
	}
	return "it drops what the selectors match, as " + strings.Join(dropped, " "), "linkerd gcm lint"
}

func samples(n float64) string {
	if n == 1 {
		return "1 sample"
	}
	return count(n) + " samples"
}

// window is how far back a History compares, and enough how long it waits before it says
// that nothing arrives any more: rules may record once a minute.
const (
	window = 2 * time.Minute
	enough = 90 * time.Second
)

// A History compares readings, because some sidecars only count.
type History struct{ past []Overview }

// Add returns the overview with what follows from those that were added before.
func (h *History) Add(o Overview) Overview {
	h.past = slices.DeleteFunc(h.past, func(p Overview) bool { return o.Time.Sub(p.Time) > window })
	for i := range o.Pods {
		for _, before := range h.past { // the oldest first
			if pod := before.find(o.Pods[i]); pod != nil {
				o.Pods[i].compare(pod, o.Time.Sub(before.Time))
				break
			}
		}
	}
	h.past = append(h.past, o)
	if len(o.Pods) == 0 {
		return o
	}
	return Sum(o.Time, o.Pods)
}

// find returns the same run of the same sidecar, if it only counts.
func (o *Overview) find(pod Pod) *Pod {
	if pod.counts == nil {
		return nil
	}
	for i := range o.Pods {
		p := &o.Pods[i]
		if p.counts != nil && p.Namespace == pod.Namespace && p.Name == pod.Name && p.counts.Started.Equal(pod.counts.Started) {
			return p
		}
	}
	return nil
}

// OnlyCounts reports whether a sidecar has exported, and another look must say whether it
// still does.
func (o *Overview) OnlyCounts() bool {
	return slices.ContainsFunc(o.Pods, func(p Pod) bool { return p.counts != nil && p.Arriving == Unknown })
}

// compare judges a sidecar that only counts by a reading from some time ago.
func (p *Pod) compare(before *Pod, passed time.Duration) {
	now, then := p.counts, before.counts
	accepted, refused := now.Accepted-then.Accepted, now.Refused-then.Refused
	if now.Accepted == 0 || passed <= 0 || accepted < 0 || !now.LastAccepted.IsZero() {
		return
	}
	rate := accepted / passed.Minutes()
	p.PointsPerMinute = &rate
	switch {
	case accepted > 0:
		p.Verdict = Verdict{Arriving, fmt.Sprintf("Google has accepted %s in the last %s", samples(accepted), span(passed)), ""}
		if refused > 0 {
			p.Warnings = append(p.Warnings, fmt.Sprintf("Google has refused %s in the last %s; the log of the container says why", samples(refused), span(passed)))
		}
	case refused > 0:
		p.Verdict = *no(fmt.Sprintf("Google has refused all %s of the last %s", samples(refused), span(passed)), "the log of the container says why")
	case now.waiting() > 0 && passed >= SecondLook:
		p.Verdict = *no(fmt.Sprintf("Google has accepted nothing in the last %s, and %s wait to be sent", span(passed), samples(now.waiting())), "look at the network between the pod and Google")
	default:
		p.Verdict = Verdict{stopped(passed),
			fmt.Sprintf("Google has accepted %s before, and none in the last %s", samples(now.Accepted), span(passed)), "linkerd gcm status --watch looks for longer; the log of the container says more"}
	}
}

// stopped is the answer where nothing was accepted for some time.
func stopped(passed time.Duration) Arrival {
	if passed < enough {
		return Unknown
	}
	return NotArriving
}
