package gcmemulator

import (
	"context"
	"fmt"
	"strings"
	"time"

	"cloud.google.com/go/monitoring/apiv3/v2/monitoringpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// A FaultKind is what goes wrong.
type FaultKind string

// The faults that can be ordered.
const (
	// Unavailable answers UNAVAILABLE, and writes nothing.
	Unavailable FaultKind = "unavailable"
	// Slow waits for the fault's delay, and then answers as always.
	Slow FaultKind = "slow"
	// Hanging writes nothing and answers only when the caller has given up.
	Hanging FaultKind = "hanging"
	// Throttled answers RESOURCE_EXHAUSTED, and writes nothing.
	Throttled FaultKind = "throttled"
	// HalfApplied writes the first half of the points, and then answers DEADLINE_EXCEEDED.
	HalfApplied FaultKind = "half-applied"
	// LostAnswer writes what it should, and then answers UNAVAILABLE.
	LostAnswer FaultKind = "lost-answer"
	// BadCredentials answers UNAUTHENTICATED.
	BadCredentials FaultKind = "bad-credentials"
	// MissingPermission answers PERMISSION_DENIED.
	MissingPermission FaultKind = "missing-permission"
	// WrongProject answers NOT_FOUND.
	WrongProject FaultKind = "wrong-project"
	// Internal answers INTERNAL to each request that has a matching series.
	Internal FaultKind = "internal"
	// RefuseMatching refuses the matching series point by point; the others are written.
	RefuseMatching FaultKind = "refuse-matching"
	// RefuseAll refuses each request as a whole, without the prefix of partial refusals.
	RefuseAll FaultKind = "refuse-all"
)

// A Fault is something that goes wrong, until it is cleared.
type Fault struct {
	Kind FaultKind `json:"kind"`
	// Match limits Internal and RefuseMatching to series whose metric type or one of whose
	// label values contains it; "" is all of them.
	Match string `json:"match,omitempty"`
	// Requests ends the fault after so many requests; 0 is never.
	Requests int `json:"requests,omitempty"`
	// Probability is that of a request to be hit, from 0 to 1; 0 is each.
	Probability float64 `json:"probability,omitempty"`
	// DelayMilliseconds is how long Slow waits.
	DelayMilliseconds int `json:"delayMilliseconds,omitempty"`
}

// outage is a fault that answers in place of Google, with nothing written.
type outage struct {
	code codes.Code
	text string
}

// The texts are those that users have reported.
var outages = map[FaultKind]outage{
	Unavailable:       {codes.Unavailable, "The service is currently unavailable."},
	Throttled:         {codes.ResourceExhausted, "Quota exceeded for quota metric 'Time series ingestion requests' and limit 'Time series ingestion requests per minute'."},
	BadCredentials:    {codes.Unauthenticated, "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential."},
	MissingPermission: {codes.PermissionDenied, "Permission monitoring.timeSeries.create denied (or the resource may not exist)."},
	WrongProject:      {codes.NotFound, "The project does not exist."},
	RefuseAll:         {codes.InvalidArgument, "Request was refused."},
}

var otherFaults = map[FaultKind]bool{Slow: true, Hanging: true, HalfApplied: true, LostAnswer: true, Internal: true, RefuseMatching: true}

// check returns what is wrong with an order.
func (f Fault) check() error {
	if _, is := outages[f.Kind]; !is && !otherFaults[f.Kind] {
		return fmt.Errorf("there is no fault %q", f.Kind)
	}
	if f.Probability < 0 || f.Probability > 1 {
		return fmt.Errorf("the probability %v of %s is not between 0 and 1", f.Probability, f.Kind)
	}
	if f.Requests < 0 || f.DelayMilliseconds < 0 {
		return fmt.Errorf("requests and delayMilliseconds of %s must not be negative", f.Kind)
	}
	return nil
}

// matches says whether the fault concerns a series.
func (f Fault) matches(series *monitoringpb.TimeSeries) bool {
	if f.Match == "" || strings.Contains(series.GetMetric().GetType(), f.Match) {
		return true
	}
	for _, labels := range []map[string]string{series.GetMetric().GetLabels(), series.GetResource().GetLabels()} {
		for _, value := range labels {
			if strings.Contains(value, f.Match) {
				return true
			}
		}
	}
	return false
}

func (f Fault) matchesAny(all []*monitoringpb.TimeSeries) bool {
	for _, series := range all {
		if f.matches(series) {
			return true
		}
	}
	return false
}

// SetFaults replaces the faults that are in force.
func (e *Emulator) SetFaults(faults ...Fault) error {
	for _, fault := range faults {
		if err := fault.check(); err != nil {
			return err
		}
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.faults = append([]Fault(nil), faults...)
	return nil
}

// Faults returns the faults that are in force.
func (e *Emulator) Faults() []Fault {
	e.mu.Lock()
	defer e.mu.Unlock()
	return append([]Fault(nil), e.faults...)
}

// strike returns the faults that hit a request, and counts it against them.
func (e *Emulator) strike(request *monitoringpb.CreateTimeSeriesRequest) []Fault {
	e.mu.Lock()
	defer e.mu.Unlock()
	var hit []Fault
	left := e.faults[:0]
	for _, fault := range e.faults {
		if fault.matchesAny(request.GetTimeSeries()) && (fault.Probability == 0 || e.random.Float64() < fault.Probability) {
			hit = append(hit, fault)
			if fault.Requests == 1 {
				continue
			}
			fault.Requests = max(fault.Requests-1, 0)
		}
		left = append(left, fault)
	}
	e.faults = left
	return hit
}

// before does what faults do before a request is looked at.
func (e *Emulator) before(ctx context.Context, faults []Fault) error {
	for _, fault := range faults {
		if outage, is := outages[fault.Kind]; is {
			return status.Error(outage.code, outage.text)
		}
		switch fault.Kind {
		case Slow:
			timer := time.NewTimer(time.Duration(fault.DelayMilliseconds) * time.Millisecond)
			select {
			case <-ctx.Done():
				timer.Stop()
				return status.FromContextError(ctx.Err()).Err()
			case <-timer.C:
			}
		case Hanging:
			<-ctx.Done()
			return status.FromContextError(ctx.Err()).Err()
		case Internal:
			return status.Error(codes.Internal, "An internal error occurred.")
		}
	}
	return nil
}
