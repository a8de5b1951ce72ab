package exporter

import (
	"encoding/json"
	"time"

	"github.com/linkerd-gcm/linkerd-gcm/exporter/state"
	"github.com/linkerd-gcm/linkerd-gcm/exporter/targets"
)

// The time between two times that the targets are saved, and how much longer it is for each
// target. They are saved soon after Prometheus has named a new one: its pod may be gone when
// the log is read again.
const (
	targetsInterval = time.Second
	perTarget       = time.Millisecond
)

// saveTargets saves the targets that are known, if others are known than the last time.
func (e *Exporter) saveTargets(now time.Time) {
	s, cache := e.saver, e.options.Targets.Cache
	known := cache.Known()
	if known == s.targets || now.Sub(s.targetsAt) < targetsInterval+time.Duration(cache.Len())*perTarget {
		return
	}
	s.targetsAt = now
	text, err := json.Marshal(cache.Save())
	if err == nil {
		_, err = s.file.SaveCompanion(state.Targets, text)
	}
	if err != nil {
		e.note(err, now)
		return
	}
	s.targets = known
}

// restoreTargets adds the targets that an earlier process knew.
func (e *Exporter) restoreTargets() {
	text, err := e.saver.file.LoadCompanion(state.Targets)
	e.saver.ranBefore = err != nil || text != nil
	if err == nil && text != nil {
		var saved targets.Saved
		if err = json.Unmarshal(text, &saved); err == nil {
			e.options.Targets.Cache.Restore(saved)
		}
	}
	if err != nil {
		e.log.Warn("The targets of an earlier run are not known; series of pods that are gone since will not be exported", "error", err)
	}
}
