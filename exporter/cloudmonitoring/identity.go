package cloudmonitoring

import (
	"time"

	"github.com/linkerd-gcm/linkerd-gcm/exporter/points"
	"github.com/linkerd-gcm/linkerd-gcm/exporter/series"
	"github.com/linkerd-gcm/linkerd-gcm/monitoring"
)

// A class is a kind of points that share requests.
type class int

// The classes. Points of different classes are never in one request.
const (
	// fresh points have never been sent, and their start is proved or they have none.
	fresh class = iota
	// unproved points have never been sent, and Google has not accepted their start yet.
	unproved
	// again points may have been sent by the process before this one.
	again
	// againUnproved are both.
	againUnproved
	// alone is a point that travels by itself, because its series is under suspicion.
	alone
	classes
)

// An identity is a time series in Google, with the points that wait for it.
type identity struct {
	acknowledged series.Acknowledged
	// queue[head:] are the points that wait, the oldest first. One more is in flight where
	// inFlight says so.
	queue []points.Point
	head  int
	// next is the one behind it in the list of its class.
	next *identity
	// since is when it got into that list, and seen when it last had a point, in nanoseconds
	// since 1970.
	since, seen int64
	// refusedStart is the start that Google has refused, and refusals how often in a row;
	// 0: none.
	refusedStart int64
	refusals     int32
	inFlight     bool
	// certain says that Google has accepted a point in this process' time, so that nothing
	// that comes later can have been sent by another one.
	certain bool
	// suspected of a bad start, or of making Google fail: it travels alone until a point of
	// it is accepted.
	suspected bool
	// failing says that it was alone when Google failed.
	failing bool
	// changed says that acknowledged was not read since it changed.
	changed bool
}

// keptQueue is how many points an empty queue keeps room for, so that a backlog does not
// leave its memory behind.
const keptQueue = 16

func (id *identity) waiting() int { return len(id.queue) - id.head }

func (id *identity) push(p points.Point) {
	if id.head > 0 && len(id.queue) == cap(id.queue) {
		kept := copy(id.queue, id.queue[id.head:])
		clear(id.queue[kept:])
		id.queue, id.head = id.queue[:kept], 0
	}
	id.queue = append(id.queue, p)
}

func (id *identity) pop() points.Point {
	p := id.queue[id.head]
	id.queue[id.head] = points.Point{}
	id.head++
	if id.head == len(id.queue) {
		id.queue, id.head = id.queue[:0], 0
		if cap(id.queue) > keptQueue {
			id.queue = nil
		}
	}
	return p
}

// possiblySent says whether a point may have been sent before this process began.
func (id *identity) possiblySent(p *points.Point, started int64) bool {
	return !id.certain && p.End <= started
}

// classOf returns the class of a point of the identity.
func (id *identity) classOf(p *points.Point, started int64) class {
	proved := p.Series.Kind != monitoring.Cumulative || p.Start == id.acknowledged.Proved
	possibly := id.possiblySent(p, started)
	switch {
	case id.failing, id.suspected && !possibly:
		return alone
	case possibly && proved:
		return again
	case possibly:
		return againUnproved
	case proved:
		return fresh
	}
	return unproved
}

// acknowledge moves the identity past a point that Google has answered to.
func (id *identity) acknowledge(p *points.Point) {
	if p.End > id.acknowledged.End {
		id.acknowledged.End = p.End
		id.changed = true
	}
}

// accept notes that a point was accepted for certain.
func (id *identity) accept(p *points.Point) {
	id.acknowledge(p)
	if p.Series.Kind == monitoring.Cumulative && id.acknowledged.Proved != p.Start {
		id.acknowledged.Proved = p.Start
		id.changed = true
	}
	id.certain, id.suspected, id.failing = true, false, false
	id.refusedStart, id.refusals = 0, 0
}

// How long a series waits for another start: three times a short time, so that it is whole
// within two minutes where another program has written it for a minute, as in a rollout; then
// twice as long each time.
const (
	firstReanchor  = 30 * time.Second
	firstReanchors = 3
	lastReanchor   = time.Hour
)

// refuseStart notes that Google has refused the start of a point for certain, and returns how
// long the series should wait for another start.
func (id *identity) refuseStart(p *points.Point) time.Duration {
	id.refusedStart = p.Start
	id.refusals++
	return min(firstReanchor<<min(max(id.refusals-firstReanchors, 0), 10), lastReanchor)
}

// A list is the identities of a class that have a point to send, the longest waiting first.
type list struct {
	first, last *identity
	length      int
}

func (l *list) push(id *identity) {
	id.next = nil
	if l.last == nil {
		l.first = id
	} else {
		l.last.next = id
	}
	l.last = id
	l.length++
}

func (l *list) pop() *identity {
	id := l.first
	l.first = id.next
	if l.first == nil {
		l.last = nil
	}
	id.next = nil
	l.length--
	return id
}
