package lint

import (
	"github.com/linkerd-gcm/linkerd-gcm/rules"
	"github.com/linkerd-gcm/linkerd-gcm/stackdriver"
)

func checkHistograms(s *subject) []Finding { return s.lost(stackdriver.HistogramStall) }

func checkSummaries(s *subject) []Finding { return s.lost(stackdriver.SummarySuffix) }

// lost finds recorded metrics that are lost for the type that they are given.
func (s *subject) lost(drop stackdriver.DropName) []Finding {
	var findings []Finding
	s.exports(func(r record, e stackdriver.Export) {
		if entry, typed := s.typeOf(e); typed && e.Drop == drop {
			findings = append(findings, s.atValue(entry.Type, entry.Position, "the recorded metric %s is no part of a %s", shown(r.rule.Record), e.PrometheusType).
				fixed("write type: gauge, or type: counter where it is one"))
		}
	})
	return findings
}

// typeOf returns the entry of static_metadata that holds for a metric.
func (s *subject) typeOf(e stackdriver.Export) (stackdriver.StaticMetadata, bool) {
	if e.Source != stackdriver.StaticSource {
		return stackdriver.StaticMetadata{}, false
	}
	entry, found := s.lastMetadata[e.MetadataKey]
	return entry, found
}

// checkUntypedCounters finds counters that are taken for gauges. Where the type is
// given for the new name, MET001 says so.
func checkUntypedCounters(s *subject) []Finding {
	var findings []Finding
	s.exports(func(r record, e stackdriver.Export) {
		if r.rule.Value.Kind != rules.Counter || e.Source != stackdriver.ColonSource {
			return
		}
		if e.Rename != nil && s.lastMetadata[e.Rename.To.Text].Type.Text == "counter" {
			return
		}
		findings = append(findings, r.at("%s is a counter, but is exported as a gauge", r.rule.Record).
			fixed("add to static_metadata: {metric: %q, type: counter}", r.rule.Record))
	})
	return findings
}

// checkFallingCounters finds metrics that are typed as counters and fall.
func checkFallingCounters(s *subject) []Finding {
	var findings []Finding
	s.eachTyped(func(r record, entry stackdriver.StaticMetadata) {
		if entry.Type.Text == "counter" && r.rule.Value.Kind.Decreases() {
			findings = append(findings, s.atValue(entry.Type, entry.Position, "%s is typed as a counter, but its values are those of a %s", shown(r.rule.Record), r.rule.Value.Kind).
				fixed("write type: gauge"))
		}
	})
	return findings
}

// checkRounding finds fractions that are made whole.
func checkRounding(s *subject) []Finding {
	var findings []Finding
	s.eachTyped(func(r record, entry stackdriver.StaticMetadata) {
		if entry.ValueType.Text == "int64" && r.rule.Value.Fractional {
			findings = append(findings, s.atValue(entry.ValueType, entry.Position, "%s has fractions, which int64 rounds away", shown(r.rule.Record)).
				fixed("write value_type: double"))
		}
	})
	return findings
}

// eachTyped calls a function for each rule whose metric may be exported and has
// its type from static_metadata.
func (s *subject) eachTyped(each func(r record, entry stackdriver.StaticMetadata)) {
	for _, r := range s.records {
		if !r.exported() {
			continue
		}
		if entry, typed := s.typeOf(s.exporter.Export(r.rule.Record)); typed {
			each(r, entry)
		}
	}
}
