package cloudmonitoring

import (
	"time"

	"github.com/linkerd-gcm/linkerd-gcm/exporter/points"
)

// A batch is the points of a request until all of them are settled, however often it is sent.
type batch struct {
	points     []points.Point
	identities []*identity
	// outcomes are what finish will tell, and settled are the identities that they belong to.
	outcomes []Outcome
	settled  []*identity
	class    class
	// possiblySent says that the points may be in Google already.
	possiblySent bool
	// attempts are the requests so far, and due is when to send it next.
	attempts int
	due      time.Time
	// waiting is why it was not settled the last time.
	waiting *Reason
	// failingSince is when it began to fail for a reason that halves; aloneSince is when it
	// became a single point, and aloneAttempts how often it has failed since.
	failingSince, aloneSince time.Time
	aloneAttempts            int
	// probe says that it is halved although nothing else succeeds.
	probe bool
}

// An Outcome is what became of a point.
type Outcome struct {
	Point  points.Point
	Result Result
	// Reason is the id of a row of Reasons for points that were refused or dropped, or of
	// which Google says that it has them; "" else.
	Reason string
	// Message is what Google said.
	Message string
	// Delay is how long to wait before the series gets another start, where Result is
	// Reanchor.
	Delay time.Duration
}

// newBatch returns an empty batch, one that is not used any more where there is one.
func (s *Sender) newBatch(c class) *batch {
	b := &batch{}
	if last := len(s.free) - 1; last >= 0 {
		b = s.free[last]
		s.free = s.free[:last]
	}
	b.class = c
	b.possiblySent = c == again || c == againUnproved
	return b
}

// recycle keeps the memory of a batch for the next one.
func (s *Sender) recycle(b *batch) {
	*b = batch{points: b.points[:0], identities: b.identities[:0], outcomes: b.outcomes[:0], settled: b.settled[:0]}
	if len(s.free) < s.options.MaxConcurrency {
		s.free = append(s.free, b)
	}
}

// split takes the points of a batch from index on into another batch that is tried by itself.
func (s *Sender) split(b *batch, from int) *batch {
	other := s.newBatch(b.class)
	other.possiblySent, other.failingSince, other.probe = b.possiblySent, b.failingSince, b.probe
	other.waiting = b.waiting
	other.points = append(other.points, b.points[from:]...)
	other.identities = append(other.identities, b.identities[from:]...)
	b.truncate(from)
	if b.probe {
		s.probes++
	}
	return other
}

func (b *batch) truncate(length int) {
	clear(b.points[length:])
	clear(b.identities[length:])
	b.points, b.identities = b.points[:length], b.identities[:length]
}

// keep leaves those points in the batch for which a function has no outcome.
func (b *batch) keep(outcome func(index int) (Outcome, bool)) {
	kept := 0
	for i := range b.points {
		if settled, is := outcome(i); is {
			b.outcomes = append(b.outcomes, settled)
			b.settled = append(b.settled, b.identities[i])
			continue
		}
		b.points[kept], b.identities[kept] = b.points[i], b.identities[i]
		kept++
	}
	b.truncate(kept)
}
