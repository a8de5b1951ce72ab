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
	"github.com/linkerd-gcm/linkerd-gcm/viz"
)

// checkSelection finds selectors that select nothing, and recorded metrics that
// nothing selects.
func checkSelection(s *subject) []Finding {
	if len(s.selectors) == 0 {
		return nil
	}
	if s.tooMany {
		return []Finding{s.selectors[0].whole("the selectors are too long for so many rules to find out which metrics they match").as(Warning).
			fixed("select by one regular expression for all names")}
	}
	if findings := s.deadSelectors(); len(findings) > 0 {
		return findings
	}
	if !s.selectionKnown() {
		return nil
	}
	if findings := s.nothingSelected(); len(findings) > 0 {
		return findings
	}
	return s.unselected()
}

// deadSelectors finds selectors that only recorded metrics can match, where none
// of those that are recorded does.
func (s *subject) deadSelectors() []Finding {
	var findings []Finding
	for _, one := range s.selectors {
		if !s.RulesComplete || one.err != nil || !wantsColon(one) {
			continue
		}
		if !slices.ContainsFunc(s.records, func(r record) bool { return one.selects(r.rule) != answer.No }) {
			f := one.whole("selector %s matches no recorded metric", shown(one.Value)).
				fixed("record such a metric, or select one that is recorded; %s", s.recordedNames())
			if len(s.records) == 0 {
				// Nothing is lost yet: somebody begins with empty files.
				f = f.as(Warning)
			}
			findings = append(findings, f)
		}
	}
	return findings
}

// nothingSelected finds that metrics are recorded and none of them is selected,
// by selectors that are about recorded metrics as far as anybody can tell.
func (s *subject) nothingSelected() []Finding {
	if !s.RulesComplete || len(s.records) == 0 || slices.ContainsFunc(s.records, record.exported) ||
		slices.ContainsFunc(s.selectors, s.mayBeScraped) {
		return nil
	}
	var findings []Finding
	for _, one := range s.selectors {
		findings = append(findings, one.whole("selector %s matches no recorded metric", shown(one.Value)).
			fixed("select what is recorded; %s; where only scraped metrics are meant, mount no rules: annotate %s=\"\"", s.recordedNames(), settings.RecordingRules))
	}
	return findings
}

// recordedNames says what is recorded, for messages.
func (s *subject) recordedNames() string {
	if len(s.recordedSorted) == 0 {
		return "nothing is recorded"
	}
	return "recorded are " + several(s.recordedSorted)
}

// unselected finds recorded metrics that nothing selects and no other rule reads.
// A file of which nothing is selected is there for another purpose, and is
// mentioned once.
func (s *subject) unselected() []Finding {
	var findings []Finding
	byFile := map[Object][]record{}
	selected := map[Object]bool{}
	for _, r := range s.records {
		byFile[r.file.Object] = append(byFile[r.file.Object], r)
		selected[r.file.Object] = selected[r.file.Object] || r.exported()
	}
	for object, records := range byFile {
		if !selected[object] {
			findings = append(findings, records[0].at("none of the %d rules of this file records a metric that a selector matches", len(records)).as(Warning).
				fixed("add a selector, or leave the file out of the annotation %s", settings.RecordingRules))
			continue
		}
		for _, r := range records {
			if !r.exported() && !s.readByRules[r.rule.Record] && !s.excludedByLabels(r) {
				findings = append(findings, r.at("no selector matches %s", r.rule.Record).as(Warning).fixed("add a selector, or remove the rule"))
			}
		}
	}
	return findings
}

// wantsColon reports whether a selector matches only names with a colon, which
// by convention are those of recorded metrics.
func wantsColon(s selector) bool {
	return slices.ContainsFunc(s.parsed.Matchers, func(m stackdriver.Matcher) bool {
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

// scraped are names of what linkerd-viz' Prometheus scrapes besides the proxies.
var scraped = []string{
	"up", "scrape_samples_scraped", "go_goroutines", "go_memstats_alloc_bytes", "process_cpu_seconds_total", "process_start_time_seconds",
	"promhttp_metric_handler_requests_total", "prometheus_build_info", "prometheus_tsdb_head_series", "prometheus_rule_evaluations_total",
	"container_cpu_usage_seconds_total", "container_memory_usage_bytes", "container_network_receive_bytes_total", "machine_cpu_cores",
	"kubelet_running_pods", "proxy_build_info", "inbound_http_authz_allow_total", "outbound_http_route_request_statuses_total",
	"endpoints_updates", "identity_cert_issues_total", "request_errors_total", "grpc_server_handled_total",
}

// mayBeScraped reports whether a selector may be meant for scraped metrics: it
// says nothing of the name, or gives it in full and without a colon, or matches a
// name that is known to be scraped.
func (s *subject) mayBeScraped(one selector) bool {
	if one.err != nil {
		return true
	}
	named := false
	for _, m := range one.parsed.Matchers {
		if m.Name != model.MetricNameLabel {
			continue
		}
		if m.Type == stackdriver.MatchEqual {
			return !strings.Contains(m.Value, ":")
		}
		named = named || m.Type == stackdriver.MatchRegexp
	}
	histograms, others := one.parsed.ScrapedSeries()
	return !named || len(histograms)+len(others) > 0 || slices.ContainsFunc(s.scrapedNames, func(name string) bool {
		return one.parsed.MatchesName(name) != answer.No
	})
}

// readScraped collects the names of metrics that are scraped for all that is known:
// those of the tables, and what rules read and no rule records.
func (s *subject) readScraped() {
	s.scrapedNames = slices.Concat(scraped, viz.ProxyCounters)
	for name := range s.readByRules {
		if len(s.recordsOf[name]) == 0 {
			s.scrapedNames = append(s.scrapedNames, name)
		}
	}
}

// isScraped reports whether a metric is known to be scraped.
func (s *subject) isScraped(name string) bool {
	return len(s.recordsOf[name]) == 0 && s.readByRules[name] || slices.Contains(scraped, name) || slices.Contains(viz.ProxyCounters, name)
}

func checkRawSeries(s *subject) []Finding {
	var findings []Finding
	for _, selector := range s.selectors {
		if selector.err != nil || s.tooMany {
			continue
		}
		histograms, others := selector.parsed.ScrapedSeries()
		raw := slices.Concat(others, histograms)
		if len(raw) == 0 {
			continue
		}
		findings = append(findings, selector.whole("selector %s matches the proxies' own %s", shown(selector.Value), several(raw)).
			fixed("select what rules record, such as {__name__=~\"linkerd_job:.+\"}, and record what you need of these"))
	}
	return findings
}

// checkLabelMatchers finds matchers that keep a selector from the recorded
// metrics that it names.
func checkLabelMatchers(s *subject) []Finding {
	var findings []Finding
	for _, one := range s.selectors {
		if one.err != nil || s.tooMany {
			continue
		}
		reported := map[int]bool{}
		for _, r := range s.records {
			i, excluded := s.excludedBy(one, r)
			if !excluded || r.exported() || reported[i] {
				continue
			}
			reported[i] = true
			m := one.parsed.Matchers[i]
			value, _ := labelOf(r.rule, m.Name)
			findings = append(findings, one.at(source.PositionIn(one.Value, m.Offset), utf8.RuneCountInString(m.String()),
				"%s keeps %s from being selected, whose label %s %s", m, r.rule.Record, m.Name, valueInWords(value)).
				fixed("drop the matcher, or keep the label in the rule"))
		}
	}
	return findings
}

func valueInWords(value string) string {
	if value == "" {
		return "is always absent"
	}
	return "is always " + strconv.Quote(value)
}

// excludedBy returns the matcher on a label for which a selector that matches a
// recorded metric's name does not select the metric.
func (s *subject) excludedBy(one selector, r record) (matcher int, excluded bool) {
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

func (s *subject) excludedByLabels(r record) bool {
	return slices.ContainsFunc(s.selectors, func(one selector) bool {
		_, excluded := s.excludedBy(one, r)
		return excluded
	})
}
