package lint

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/linkerd-gcm/linkerd-gcm/internal/spelling"
	"github.com/linkerd-gcm/linkerd-gcm/source"
	"github.com/linkerd-gcm/linkerd-gcm/stackdriver"
)

// atValue returns a finding at a value of the sidecar's configuration, or at the
// entry that lacks it.
func (s *subject) atValue(v stackdriver.Value, entry source.Position, format string, args ...any) Finding {
	if v.Position.Line == 0 {
		return s.SidecarConfig.at(entry, 0, format, args...)
	}
	return s.SidecarConfig.at(v.At(0), utf8.RuneCountInString(v.Text), format, args...)
}

// renames returns the entries of metric_renames, none where the file is not at
// hand or has another shape than the sidecar reads.
func (s *subject) renames() []stackdriver.Rename {
	if !s.configReadable() {
		return nil
	}
	return s.config.Renames
}

// metadata returns the entries of static_metadata, as renames does.
func (s *subject) metadata() []stackdriver.StaticMetadata {
	if !s.configReadable() {
		return nil
	}
	return s.config.StaticMetadata
}

// counters returns the entries of aggregated_counters, as renames does.
func (s *subject) counters() []stackdriver.AggregatedCounter {
	if !s.configReadable() {
		return nil
	}
	return s.config.AggregatedCounters
}

// configReadable reports whether the configuration file is at hand and decodes.
// What it does not hold can only be missed then.
func (s *subject) configReadable() bool {
	return s.config != nil && !slices.ContainsFunc(s.config.Diagnostics, func(d stackdriver.ConfigDiagnostic) bool {
		return d.Kind == stackdriver.WrongKind
	})
}

// indexConfig finds the entries that hold: the last ones.
func (s *subject) indexConfig() {
	s.lastRename, s.newNames, s.lastMetadata = map[string]source.Position{}, map[string]string{}, map[string]stackdriver.StaticMetadata{}
	for _, r := range s.renames() {
		s.lastRename[r.From.Text] = r.Position
	}
	for _, r := range s.renames() {
		if _, taken := s.newNames[r.To.Text]; !taken && s.lastRename[r.From.Text] == r.Position {
			s.newNames[r.To.Text] = r.From.Text
		}
	}
	for _, entry := range s.metadata() {
		s.lastMetadata[entry.Metric.Text] = entry
	}
}

// recordedNowhere reports whether a metric is known not to exist: its name has
// the colon of a recorded one, and no rule records it.
func (s *subject) recordedNowhere(name string) bool {
	return s.RulesComplete && strings.Contains(name, ":") && len(s.recordsOf[name]) == 0
}

// nearestRecord returns the recorded metric whose name is most like another one,
// or "" where there is none or where looking for it would take long.
func (s *subject) nearestRecord(name string, wanted int) string {
	const most, longest = 100_000, 200
	if len(s.recordedSorted)*wanted > most || len(name) > longest {
		return ""
	}
	return spelling.Nearest(name, s.recordedSorted)
}
