package exporter

import (
	"slices"
	"time"
)

// perMinute has something for each of the last minutes, of which the last is now.
type perMinute[T any] struct {
	slots []T
	// minute is the last one, counted from 1970.
	minute int64
}

// newPerMinute returns one of so many minutes.
func newPerMinute[T any](minutes int) perMinute[T] { return perMinute[T]{slots: make([]T, minutes)} }

// at returns what there is for the minute that is now; those in between are empty.
func (p *perMinute[T]) at(now time.Time) *T {
	number := int64(len(p.slots))
	for minute := now.Unix() / 60; p.minute < minute; {
		var empty T
		p.minute = max(p.minute+1, minute-number)
		p.slots[p.minute%number] = empty
	}
	return &p.slots[p.minute%number]
}

// all returns what there is for all minutes until now, the oldest first.
func (p *perMinute[T]) all(now time.Time) []T {
	p.at(now)
	first := int((p.minute + 1) % int64(len(p.slots)))
	return slices.Concat(p.slots[first:], p.slots[:first])
}
