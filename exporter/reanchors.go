package exporter

import (
	"sync"
	"time"

	"github.com/linkerd-gcm/linkerd-gcm/exporter/series"
)

// reanchors are the series that get another start, each at its time. It is safe for
// concurrent use.
type reanchors struct {
	mu  sync.Mutex
	all []dueReanchor
}

type dueReanchor struct {
	identity series.Identity
	at       time.Time
}

func (r *reanchors) add(identity series.Identity, at time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.all = append(r.all, dueReanchor{identity, at})
}

// due returns those whose time has come, and forgets them.
func (r *reanchors) due(now time.Time) []series.Identity {
	r.mu.Lock()
	defer r.mu.Unlock()
	var due []series.Identity
	later := r.all[:0]
	for _, one := range r.all {
		if one.at.After(now) {
			later = append(later, one)
			continue
		}
		due = append(due, one.identity)
	}
	r.all = later
	return due
}
