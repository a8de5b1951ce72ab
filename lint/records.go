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
	// selected says whether the sidecar selects its series; No also if the
	// selectors are not given.
	selected answer.Answer
	// assumed says that no selector that is known selects the series, but that the selectors
	// are a guess.
	assumed bool
	// jobs are the scrape jobs whose targets the series can belong to. Records share them.
	jobs []viz.ConfiguredJob
	// labels are the names of the labels that the series may have, and exportedLabels those
	// that they may have in Google Cloud Monitoring; none where nothing is selected.
	labels, exportedLabels []string
}

// place is the position of the metric's name.
func (r record) place() source.Position { return r.rule.Position }

// at returns a finding at the metric's name.
func (r record) at(format string, args ...any) Finding {
	return r.file.at(r.place(), len(r.rule.Record), format, args...)
}

// exported reports whether some series of the metric may be selected.
func (r record) exported() bool { return r.selected != answer.No }

// inExpr returns a finding at a word of the rule's expression, or at its name
// if the word is not in it.
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
func (c *context) exportedRecords(each func(record)) {
	for _, r := range c.records {
		if r.exported() {
			each(r)
		}
	}
}

func (c *context) readRecords() {
	c.recordsOf = map[string][]int{}
	proxies := []viz.ConfiguredJob{c.proxyJob()}
	c.recorded(func(file *ruleFile, rule *rules.Rule) {
		c.recordsOf[rule.Record] = append(c.recordsOf[rule.Record], len(c.records))
		jobs := c.pinnedJobs(rule)
		if jobs == nil {
			jobs = proxies
		}
		c.records = append(c.records, record{file: file, rule: rule, jobs: jobs})
	})
	c.readByRules = c.readNames()
	c.readScraped()
	const longest = 200
	for _, name := range slices.Sorted(maps.Keys(c.recordsOf)) {
		if len(name) <= longest {
			c.recordedSorted = append(c.recordedSorted, name)
		}
	}
	c.selectRecords()
	for i := range c.records {
		if r := &c.records[i]; r.exported() {
			r.labels = r.rule.Labels.Names()
			r.exportedLabels = r.labelsBesideTarget()
		}
	}
	c.readExports()
}

// selectRecords compares every selector with every recorded metric, unless that
// would take seconds: matching costs time in proportion to the selector's length.
func (c *context) selectRecords() {
	const most = 8 << 20
	length := 0
	for _, selector := range c.selectors {
		length += len(selector.Value)
	}
	c.tooMany = length*(len(c.records)+len(c.scrapedNames)+len(viz.RawHistograms)) > most
	for i := range c.records {
		r := &c.records[i]
		switch {
		case c.everything():
			r.selected = answer.Yes
		case c.tooMany:
			r.selected = answer.Depends
		default:
			for _, selector := range c.selectors {
				if selector.err == nil {
					r.selected = max(r.selected, selector.selects(r.rule))
				}
			}
		}
		if c.IncludeAssumed && r.selected == answer.No {
			r.selected, r.assumed = answer.Depends, true
		}
	}
}

// export is a recorded metric that may be selected, and what the sidecar makes of it.
type export struct {
	record
	as stackdriver.Export
}

func (c *context) readExports() {
	if !c.configReadable() {
		return
	}
	for i, r := range c.records {
		if r.exported() && c.recordsOf[r.rule.Record][0] == i {
			c.exported = append(c.exported, export{r, c.exporter.Export(r.rule.Record)})
		}
	}
}

// exports calls a function for each recorded metric that may be selected, once,
// with what the sidecar makes of it.
func (c *context) exports(each func(r record, e stackdriver.Export)) {
	for _, e := range c.exported {
		each(e.record, e.as)
	}
}

// selectionKnown reports whether all selectors are given and readable, so that
// what none of them matches is not selected.
func (c *context) selectionKnown() bool {
	for _, selector := range c.selectors {
		if selector.err != nil {
			return false
		}
	}
	return c.Include != nil && !c.tooMany && (c.sidecar == nil || c.flagsReadable())
}

// everything reports whether there is no selector, with which the sidecar exports
// all that Prometheus has.
func (c *context) everything() bool { return c.Include != nil && len(c.selectors) == 0 }

// mayExport reports whether the sidecar may select series of a metric, whatever
// produces it.
func (c *context) mayExport(name string) bool {
	if recorded := c.recordsOf[name]; len(recorded) > 0 {
		for _, i := range recorded {
			if c.records[i].exported() {
				return true
			}
		}
		return false
	}
	if c.tooMany {
		return true
	}
	for _, selector := range c.selectors {
		if selector.err == nil && selector.parsed.MatchesName(name) != answer.No {
			return true
		}
	}
	return c.everything()
}

// selects answers whether the selector matches what a rule records, as far as
// that follows from the labels that the rule is known to set.
func (s selector) selects(rule *rules.Rule) answer.Answer {
	return s.parsed.MatchesKnown(func(name string) (string, bool) {
		return labelOf(rule, name)
	})
}

// labelOf returns the value of a recorded metric's label, if it is known.
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
func (c *context) readNames() map[string]bool {
	names := map[string]bool{}
	for _, r := range c.records {
		for _, selector := range r.rule.Selectors {
			for _, name := range selector.Names {
				names[name] = true
			}
		}
	}
	for _, f := range c.files {
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
