package lint

import (
	"maps"
	"regexp"
	"slices"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/promql/parser/posrange"

	"github.com/linkerd-gcm/linkerd-gcm/internal/answer"
	"github.com/linkerd-gcm/linkerd-gcm/rules"
	"github.com/linkerd-gcm/linkerd-gcm/source"
	"github.com/linkerd-gcm/linkerd-gcm/stackdriver"
	"github.com/linkerd-gcm/linkerd-gcm/viz"
)

// record is a recorded metric: what one rule produces.
type record struct {
	file *ruleFile
	rule *rules.Rule
	// selected says whether the sidecar selects its series; No also where the
	// selectors are not at hand.
	selected answer.Answer
}

// text and place say where the metric's name stands.
func (r record) place() source.Position { return r.rule.Position }

// at returns a finding at the metric's name.
func (r record) at(format string, args ...any) Finding {
	return r.file.at(r.place(), len(r.rule.Record), format, args...)
}

// exported reports whether some series of the metric may be selected.
func (r record) exported() bool { return r.selected != answer.No }

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

// exportedRecords calls a function for each rule whose series may be selected.
func (s *subject) exportedRecords(each func(record)) {
	for _, r := range s.records {
		if r.exported() {
			each(r)
		}
	}
}

func (s *subject) readRecords() {
	s.recordsOf = map[string][]int{}
	s.recorded(func(file *ruleFile, rule *rules.Rule) {
		s.recordsOf[rule.Record] = append(s.recordsOf[rule.Record], len(s.records))
		s.records = append(s.records, record{file: file, rule: rule})
	})
	s.readByRules = s.readNames()
	s.readScraped()
	const longest = 200
	for _, name := range slices.Sorted(maps.Keys(s.recordsOf)) {
		if len(name) <= longest {
			s.recordedSorted = append(s.recordedSorted, name)
		}
	}
	s.selectRecords()
	s.readExports()
}

// selectRecords holds every selector against every recorded metric, unless that
// would take seconds: matching costs time in proportion to the selector's length.
func (s *subject) selectRecords() {
	const most = 8 << 20
	length := 0
	for _, selector := range s.selectors {
		length += len(selector.Value)
	}
	s.tooMany = length*(len(s.records)+len(s.scrapedNames)+len(viz.RawHistograms)) > most
	for i := range s.records {
		r := &s.records[i]
		switch {
		case s.everything():
			r.selected = answer.Yes
		case s.tooMany:
			r.selected = answer.Depends
		default:
			for _, selector := range s.selectors {
				if selector.err == nil {
					r.selected = max(r.selected, selector.selects(r.rule))
				}
			}
		}
	}
}

// export is a recorded metric that may be selected, and what the sidecar makes of it.
type export struct {
	record
	as stackdriver.Export
}

func (s *subject) readExports() {
	if !s.configReadable() {
		return
	}
	for i, r := range s.records {
		if r.exported() && s.recordsOf[r.rule.Record][0] == i {
			s.exported = append(s.exported, export{r, s.exporter.Export(r.rule.Record)})
		}
	}
}

// exports calls a function for each recorded metric that may be selected, once,
// with what the sidecar makes of it.
func (s *subject) exports(each func(r record, e stackdriver.Export)) {
	for _, e := range s.exported {
		each(e.record, e.as)
	}
}

// selectionKnown reports whether all selectors are at hand and readable, so that
// what none of them matches is not selected.
func (s *subject) selectionKnown() bool {
	for _, selector := range s.selectors {
		if selector.err != nil {
			return false
		}
	}
	return s.Include != nil && !s.tooMany
}

// everything reports whether there is no selector, with which the sidecar exports
// all that Prometheus has.
func (s *subject) everything() bool { return s.Include != nil && len(s.selectors) == 0 }

// mayExport reports whether the sidecar may select series of a metric, whoever
// produces it.
func (s *subject) mayExport(name string) bool {
	if recorded := s.recordsOf[name]; len(recorded) > 0 {
		for _, i := range recorded {
			if s.records[i].exported() {
				return true
			}
		}
		return false
	}
	if s.tooMany {
		return true
	}
	for _, selector := range s.selectors {
		if selector.err == nil && selector.parsed.MatchesName(name) != answer.No {
			return true
		}
	}
	return s.everything()
}

// selects answers whether the selector matches what a rule records, as far as
// that can be told from the labels that the rule is known to give.
func (s selector) selects(rule *rules.Rule) answer.Answer {
	return s.parsed.MatchesKnown(func(name string) (string, bool) {
		return labelOf(rule, name)
	})
}

// labelOf returns the value of a recorded metric's label, where it is known.
func labelOf(rule *rules.Rule, name string) (value string, known bool) {
	if name == model.MetricNameLabel {
		return rule.Record, true
	}
	switch label := rule.Labels.Label(name); {
	case label.Presence == rules.Absent:
		return "", true
	case label.Presence == rules.Always && len(label.Values) == 1:
		return label.Values[0], true
	}
	return "", false
}

// readNames are the metrics that rules and alerts of the files read by name.
func (s *subject) readNames() map[string]bool {
	names := map[string]bool{}
	for _, r := range s.records {
		for _, selector := range r.rule.Selectors {
			for _, name := range selector.Names {
				names[name] = true
			}
		}
	}
	for _, f := range s.files {
		if f.file == nil {
			continue
		}
		for _, group := range f.file.Groups {
			for _, alert := range group.Alerts {
				readBy(alert.Expr, names)
			}
		}
	}
	return names
}

func readBy(expr rules.Expr, names map[string]bool) {
	if expr.Tree == nil {
		return
	}
	for _, matchers := range parser.ExtractSelectors(expr.Tree) {
		for _, matcher := range matchers {
			if matcher.Name == model.MetricNameLabel {
				names[matcher.Value] = true
			}
		}
	}
}
