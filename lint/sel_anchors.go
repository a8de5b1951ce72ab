package lint

import (
	"regexp"
	"slices"
	"unicode/utf8"

	"github.com/prometheus/common/model"

	"github.com/linkerd-gcm/linkerd-gcm/internal/answer"
	"github.com/linkerd-gcm/linkerd-gcm/source"
	"github.com/linkerd-gcm/linkerd-gcm/stackdriver"
)

var selAnchorsRules = []Rule{
	{
		ID: "SEL005", Severity: Warning, Concern: Both,
		Title:       "regular expressions are meant to match the whole name",
		Why:         "stackdriver-prometheus-sidecar, like Prometheus, anchors every regular expression at both ends (pkg/labels/matcher.go): a part of a name matches nothing, and nothing is exported.",
		ExporterWhy: "gcm-exporter, like Prometheus, anchors every regular expression at both ends (model/labels/matcher.go): a part of a name matches nothing, and nothing is exported.",
		check:       checkAnchors,
	},
}

var (
	anchorBefore = regexp.MustCompile(`^\^`)
	anchorAfter  = regexp.MustCompile(`(?:^|[^\\])(?:\\\\)*\$$`)
)

// checkAnchors finds expressions that match only a part of a name, and anchors that
// have no effect.
func checkAnchors(c *context) []Finding {
	var findings []Finding
	for _, selector := range c.selectors {
		if selector.err != nil {
			continue
		}
		if name, isPiece := c.matchesPartOfName(selector); isPiece {
			findings = append(findings, selector.atText("selector %s must match the whole name, and does not match %s", quote(selector.Value), name).
				WithFix("write .* for the rest of the name"))
			continue
		}
		for _, m := range selector.parsed.Matchers {
			regular := m.Type == stackdriver.MatchRegexp || m.Type == stackdriver.MatchNotRegexp
			if regular && (anchorBefore.MatchString(m.Value) || anchorAfter.MatchString(m.Value)) {
				place := source.PositionIn(selector.Value, m.Offset)
				findings = append(findings, selector.at(place, utf8.RuneCountInString(m.String()),
					"the anchors in %s are not needed: every regular expression is anchored at both ends", m).
					WithReason("The sidecar, like Prometheus, puts ^ and $ around every regular expression (labels/matcher.go): with or without these, the selector matches the same.").
					WithSeverity(Info).WithFix("remove ^ and $"))
			}
		}
	}
	return findings
}

// matchesPartOfName returns a recorded name that a selector would match if its regular
// expression were not anchored, and if it matches no recorded name as it is.
func (c *context) matchesPartOfName(one selector) (name string, isPiece bool) {
	i := slices.IndexFunc(one.parsed.Matchers, func(m stackdriver.Matcher) bool {
		return m.Name == model.MetricNameLabel && m.Type == stackdriver.MatchRegexp
	})
	if i < 0 || c.tooMany || c.mayBeScraped(one) {
		return "", false
	}
	if slices.ContainsFunc(c.records, func(r record) bool { return one.parsed.MatchesName(r.rule.Record) != answer.No }) {
		return "", false
	}
	loose, err := regexp.Compile(one.parsed.Matchers[i].Value)
	if err != nil {
		return "", false
	}
	for _, r := range c.records {
		if loose.MatchString(r.rule.Record) {
			return r.rule.Record, true
		}
	}
	return "", false
}
