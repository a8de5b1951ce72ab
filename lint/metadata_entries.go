package lint

import (
	"strings"

	"github.com/linkerd-gcm/linkerd-gcm/stackdriver"
)

// checkMetadataNames finds entries for a metric's new name, and for metrics that
// nobody records.
func checkMetadataNames(s *subject) []Finding {
	var findings []Finding
	for _, entry := range s.metadata() {
		name := entry.Metric.Text
		if name == "" {
			findings = append(findings, s.atValue(entry.Metric, entry.Position, "a type without a metric").as(Warning).fixed("add metric, or remove the entry"))
			continue
		}
		if from, renamed := s.newNames[name]; renamed && len(s.recordsOf[name]) == 0 && !s.isScraped(name) {
			findings = append(findings, s.metadataOfNewName(entry, from))
			continue
		}
		if !s.recordedNowhere(name) {
			continue
		}
		f := s.atValue(entry.Metric, entry.Position, "%s has a type, but no rule records it", shown(name)).as(Warning).fixed("remove the entry")
		if near := s.nearestRecord(name, len(s.config.StaticMetadata)); near != "" {
			f = f.fixed("write the name of a recorded metric, such as %s, or remove the entry", near)
		}
		findings = append(findings, f)
	}
	return findings
}

// metadataOfNewName is an error where it is the new name alone that has a type,
// and the type makes a difference.
func (s *subject) metadataOfNewName(entry stackdriver.StaticMetadata, from string) Finding {
	f := s.atValue(entry.Metric, entry.Position, "%s is what %s is renamed to; its type is looked up under %s", shown(entry.Metric.Text), shown(from), shown(from))
	if s.exporter.Export(from).Source == stackdriver.StaticSource {
		return f.as(Warning).fixed("remove the entry: there is one for %s", from)
	}
	f = f.fixed("write metric: %s", from)
	if entry.Type.Text == "gauge" && strings.Contains(from, ":") {
		return f.as(Warning)
	}
	return f
}

// checkTypedTwice finds entries that a later one for the same metric replaces.
func checkTypedTwice(s *subject) []Finding {
	last := map[string]stackdriver.StaticMetadata{}
	for _, entry := range s.metadata() {
		last[entry.Metric.Text] = entry
	}
	var findings []Finding
	for _, entry := range s.metadata() {
		winner := last[entry.Metric.Text]
		if winner.Position == entry.Position || entry.Metric.Text == "" {
			continue
		}
		f := s.atValue(entry.Metric, entry.Position, "%s has another type in line %d, %s; this entry does nothing", shown(entry.Metric.Text), winner.Position.Line, winner.Type.Text).
			fixed("remove one of the two entries")
		if winner.Type.Text == entry.Type.Text && winner.ValueType.Text == entry.ValueType.Text {
			f = f.as(Warning)
		}
		findings = append(findings, f)
	}
	return findings
}
