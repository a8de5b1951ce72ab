package lint

import (
	"fmt"
	"regexp"

	"github.com/prometheus/prometheus/promql/parser/posrange"

	"github.com/linkerd-gcm/linkerd-gcm/internal/answer"
	"github.com/linkerd-gcm/linkerd-gcm/monitoring"
	"github.com/linkerd-gcm/linkerd-gcm/rules"
	"github.com/linkerd-gcm/linkerd-gcm/stackdriver"
)

// inExpr returns a finding at a word of the rule's expression, or at its name
// where the word stands nowhere in it.
func (r record) inExpr(word, format string, args ...any) Finding {
	place := regexp.MustCompile(`\b` + regexp.QuoteMeta(word) + `\b`).FindStringIndex(r.rule.Expr.Text)
	if place == nil {
		return r.at(format, args...)
	}
	return r.inRange(posrange.PositionRange{Start: posrange.Pos(place[0]), End: posrange.Pos(place[1])}, format, args...)
}

func (r record) inRange(at posrange.PositionRange, format string, args ...any) Finding {
	place := r.rule.Expr.Range(at)
	return r.file.at(place.Start, place.Length(), format, args...)
}

func checkTypeKnown(s *subject) []Finding {
	var findings []Finding
	s.exports(func(r record, e stackdriver.Export) {
		if e.Drop == stackdriver.MetadataNotFound {
			findings = append(findings, r.at("%s has neither a colon in its name nor an entry in static_metadata", shown(r.rule.Record)).
				fixed("name it level:metric:operation and rename it, or give it a type in static_metadata"))
		}
	})
	return findings
}

// exportedLabels are the names of the labels that a rule's series may have in
// Google Cloud Monitoring.
func (r record) exportedLabels() []string {
	var names []string
	for _, name := range r.rule.Labels.Names() {
		label, ofTarget := r.rule.Labels.Label(name), r.targetLabel(name)
		written := ofTarget == answer.Depends && label.Change != rules.Unchanged
		if label.Presence != rules.Absent && (ofTarget == answer.No || written) {
			names = append(names, name)
		}
	}
	return names
}

func checkLabelCount(s *subject) []Finding {
	var findings []Finding
	s.exportedRecords(func(r record) {
		names := r.exportedLabels()
		if len(names) <= stackdriver.MaxLabels {
			return
		}
		severity, always := Warning, 0
		for _, name := range names {
			if r.rule.Labels.Label(name).Presence == rules.Always {
				always++
			}
		}
		if always > stackdriver.MaxLabels {
			severity = Error
		}
		findings = append(findings, r.at("%s has %d labels besides its target's: %s", shown(r.rule.Record), len(names), several(names)).
			fixed("keep at most %d of them", stackdriver.MaxLabels).as(severity))
	})
	return findings
}

func checkLabelNames(s *subject) []Finding {
	var findings []Finding
	s.exportedRecords(func(r record) {
		for _, name := range r.exportedLabels() {
			for _, fault := range monitoring.CheckNames(monitoring.LabelKeyRules, "", name) {
				findings = append(findings, r.inExpr(name, "%s: %s", shown(r.rule.Record), fault.Message).fixed("write it to another label with label_replace").as(certainty(fault)))
			}
		}
		for _, label := range r.rule.Static {
			for _, fault := range monitoring.CheckNames(monitoring.LabelValueRules, "", label.Value) {
				findings = append(findings, r.file.at(label.ValuePosition, 0, "label %s of %s: %s", label.Name, shown(r.rule.Record), fault.Message).as(certainty(fault)))
			}
		}
	})
	return findings
}

func certainty(fault monitoring.NameFault) Severity {
	if fault.Certain {
		return Error
	}
	return Warning
}

func checkDefaultNamespace(s *subject) []Finding {
	var findings []Finding
	s.exportedRecords(func(r record) {
		for _, selector := range r.rule.Selectors {
			for _, m := range selector.Matchers {
				if m.Name == "namespace" && m.String() == `namespace="default"` {
					findings = append(findings, r.inRange(selector.Range, "%s reads nothing but namespace=\"default\"", shown(r.rule.Record)).
						fixed("name your namespaces, as in %s, or leave the matcher out", fmt.Sprintf("namespace=~%q", "shop|payment")))
				}
			}
		}
	})
	return findings
}
