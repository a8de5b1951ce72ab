package exports

import (
	"fmt"

	"github.com/linkerd-gcm/linkerd-gcm/exporter/status"
)

// Tells reports whether the sidecar says what happens, and when, of single series.
func (e *Export) Tells() bool { return e.counts == nil && e.Sidecar != "" }

// Lost are the reasons for which samples are lost now, but for those that are part of normal
// operation. Of a sidecar that only counts they are not known.
func (e *Export) Lost() []status.Reason {
	var lost []status.Reason
	for _, reason := range e.Reasons {
		if Recently(e.now, reason.Last) && !reason.Expected {
			lost = append(lost, reason)
		}
	}
	return lost
}

// Describe says in a line what a reason means, and what to do, with a series.
func Describe(r status.Reason) string {
	text := fmt.Sprintf("%s (%s so far): %s", r.Name, samples(float64(r.Count)), r.Meaning)
	if len(r.Examples) > 0 {
		text += " Such as " + r.Examples[0] + "."
	}
	if r.Fix != "" {
		text += " To do: " + r.Fix
	}
	return text
}
