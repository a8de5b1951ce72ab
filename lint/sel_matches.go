package lint

import (
	"regexp/syntax"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/prometheus/common/model"

	"github.com/linkerd-gcm/linkerd-gcm/internal/answer"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
	"github.com/linkerd-gcm/linkerd-gcm/source"
	"github.com/linkerd-gcm/linkerd-gcm/stackdriver"
)

var selMatchesRules = []Rule{
	{
		ID: "SEL006", Severity: Error, Concern: Both,
		Title:       "every selector selects a recorded metric, and every recorded metric is selected",
		Why:         "stackdriver-prometheus-sidecar, retrieval/series_cache.go, does not even remember a series that no selector matches: nothing is exported, counted or logged.",
		Exporter:    "has a built-in selection where nothing else is asked for, which is judged, too",
		ExporterWhy: "gcm-exporter, exporter/series/selection.go, does not read the samples of a series that no selector matches: nothing is exported or counted.",
		check:       checkSelection,
	},
	{
		ID: "SEL010", Severity: Warning, Concern: Both,
		Title:       "a selector's label matchers fit the recorded metrics that it names",
		Why:         "A recorded series has only the labels that its rule keeps. For stackdriver-prometheus-sidecar, retrieval/series_cache.go, a missing label is an empty one, so it does not select the series.",
		ExporterWhy: "A recorded series has only the labels that its rule keeps. For gcm-exporter, exporter/series/selection.go, a missing label is an empty one, so it does not select the series.",
		check:       checkLabelMatchers,
	},
}

// checkSelection finds selectors that select nothing, and recorded metrics that
// nothing selects.
func checkSelection(c *context) []Finding {
	if len(c.selectors) == 0 {
		return nil
	}
	if c.tooMany {
		return []Finding{c.selectors[0].atText("the selectors are too long for so many rules: which metrics they match is not checked").WithSeverity(Warning).
			WithReason("Matching every selector with every recorded name would take longer than an admission may.").
			WithFix("use one regular expression for all names")}
	}
	if findings := c.uselessSelectors(); len(findings) > 0 {
		return findings
	}
	if !c.selectionKnown() {
		return nil
	}
	if findings := c.nothingSelected(); len(findings) > 0 {
		return findings
	}
	return c.unselected()
}

// uselessSelectors finds selectors that only recorded metrics can match, if no recorded
// metric does.
func (c *context) uselessSelectors() []Finding {
	var findings []Finding
	for _, one := range c.selectors {
		if !c.RulesComplete || one.err != nil || c.byDefault || !one.wantsColon() {
			continue
		}
		if !slices.ContainsFunc(c.records, func(r record) bool { return one.selects(r.rule) != answer.No }) {
			f := one.atText("selector %s matches no recorded metric", quote(one.Value)).
				WithFix("record such a metric, or select one that is recorded; %s", c.recordedNames())
			if len(c.records) == 0 {
				// Nothing is lost yet: the user may begin with empty files.
				f = f.WithSeverity(Warning).WithReason("The names that it wants have a colon, which only recorded metrics have, and no rule records any: nothing is exported yet.")
			}
			findings = append(findings, f)
		}
	}
	return findings
}

// nothingSelected finds that metrics are recorded and none of them is selected,
// by selectors that are about recorded metrics as far as is known.
func (c *context) nothingSelected() []Finding {
	if !c.RulesComplete || len(c.records) == 0 || slices.ContainsFunc(c.records, record.exported) ||
		slices.ContainsFunc(c.selectors, c.mayBeScraped) {
		return nil
	}
	var findings []Finding
	for _, one := range c.selectors {
		findings = append(findings, one.atText("%s %s matches no recorded metric", c.whose(), quote(one.Value)).
			WithFix("select what is recorded; %s; if you want only scraped metrics, mount no rules: set the annotation %s=\"\"", c.recordedNames(), settings.RecordingRules))
	}
	return findings
}

// whose says who has chosen the selectors.
func (c *context) whose() string {
	if c.byDefault {
		return "no selector is given, and the default"
	}
	return "selector"
}

// recordedNames says what is recorded, for messages.
func (c *context) recordedNames() string {
	if len(c.recordedSorted) == 0 {
		return "nothing is recorded"
	}
	return "these are recorded: " + summarize(c.recordedSorted)
}

// unselected finds recorded metrics that nothing selects and no other rule reads.
// A file of which nothing is selected has another purpose, and is reported once.
func (c *context) unselected() []Finding {
	var findings []Finding
	recorded, selected := map[Object]int{}, map[Object]bool{}
	for _, r := range c.records {
		recorded[r.file.Object]++
		selected[r.file.Object] = selected[r.file.Object] || r.exported()
	}
	reported := map[Object]bool{}
	for _, r := range c.records {
		switch object := r.file.Object; {
		case r.exported() || reported[object]:
		case !selected[object]:
			reported[object] = true
			findings = append(findings, r.at("none of the %d rules of this file records a metric that a selector matches", recorded[object]).WithSeverity(Warning).
				WithReason("What no selector matches is not exported; Prometheus evaluates the rules all the same.").
				WithFix("add a selector, or leave the file out of the annotation %s", settings.RecordingRules))
		case !c.readByRules[r.rule.Record] && !c.excludedByLabels(r):
			findings = append(findings, r.at("no selector matches %s", r.rule.Record).WithSeverity(Warning).
				WithReason("What no selector matches is not exported, counted or logged; and no other rule reads this metric.").WithFix("add a selector, or remove the rule"))
		}
	}
	return findings
}

// wantsColon reports whether a selector matches only names with a colon, which
// by convention are those of recorded metrics.
func wantsColon(s stackdriver.Selector) bool {
	return slices.ContainsFunc(s.Matchers, func(m stackdriver.Matcher) bool {
		if m.Name != model.MetricNameLabel {
			return false
		}
		switch m.Type {
		case stackdriver.MatchEqual:
			return strings.Contains(m.Value, ":")
		case stackdriver.MatchRegexp:
			expression, err := syntax.Parse(m.Value, syntax.Perl)
			return err == nil && hasColon(expression)
		}
		return false
	})
}

// hasColon reports whether all that an expression matches has a colon in it.
func hasColon(e *syntax.Regexp) bool {
	switch e.Op {
	case syntax.OpLiteral:
		return slices.Contains(e.Rune, ':')
	case syntax.OpConcat:
		return slices.ContainsFunc(e.Sub, hasColon)
	case syntax.OpAlternate:
		return !slices.ContainsFunc(e.Sub, func(sub *syntax.Regexp) bool { return !hasColon(sub) })
	case syntax.OpCapture, syntax.OpPlus:
		return hasColon(e.Sub[0])
	case syntax.OpRepeat:
		return e.Min > 0 && hasColon(e.Sub[0])
	}
	return false
}

// checkLabelMatchers finds matchers that keep a selector from the recorded
// metrics that it names.
func checkLabelMatchers(c *context) []Finding {
	var findings []Finding
	for _, one := range c.selectors {
		if one.err != nil || c.tooMany {
			continue
		}
		reported := map[int]bool{}
		for _, r := range c.records {
			if r.exported() {
				continue
			}
			i, excluded := c.excludedBy(one, r)
			if !excluded || reported[i] {
				continue
			}
			reported[i] = true
			m := one.parsed.Matchers[i]
			value, _ := labelOf(r.rule, m.Name)
			findings = append(findings, one.at(source.PositionIn(one.Value, m.Offset), utf8.RuneCountInString(m.String()),
				"because of %s, %s is not selected: its label %s %s", m, r.rule.Record, m.Name, describeValue(value)).
				WithFix("remove the matcher, or keep the label in the rule"))
		}
	}
	return findings
}

func describeValue(value string) string {
	if value == "" {
		return "is always absent"
	}
	return "is always " + strconv.Quote(value)
}

// excludedBy returns the matcher on a label for which a selector that matches a
// recorded metric's name does not select the metric.
func (c *context) excludedBy(one selector, r record) (matcher int, excluded bool) {
	if one.err != nil || one.parsed.MatchesName(r.rule.Record) == answer.No || !slices.ContainsFunc(one.parsed.Matchers, positiveName) {
		return 0, false
	}
	for i, m := range one.parsed.Matchers {
		if value, known := labelOf(r.rule, m.Name); known && !m.Matches(value) {
			return i, true
		}
	}
	return 0, false
}

func positiveName(m stackdriver.Matcher) bool {
	return m.Name == model.MetricNameLabel && (m.Type == stackdriver.MatchEqual || m.Type == stackdriver.MatchRegexp)
}

func (c *context) excludedByLabels(r record) bool {
	return slices.ContainsFunc(c.selectors, func(one selector) bool {
		_, excluded := c.excludedBy(one, r)
		return excluded
	})
}
