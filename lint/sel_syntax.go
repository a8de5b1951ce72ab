package lint

import (
	"strings"

	"github.com/linkerd-gcm/linkerd-gcm/stackdriver"
)

var selSyntaxRules = []Rule{
	{
		ID: "SEL001", Severity: Error, Concern: Both,
		Title:       "every selector is valid PromQL",
		Why:         "stackdriver-prometheus-sidecar, cmd/stackdriver-prometheus-sidecar/main.go, parses its selectors at start-up and exits with status 2: the container restarts forever.",
		Exporter:    "reads selectors with the parser of Prometheus 2.55",
		ExporterWhy: "gcm-exporter, exporter/configuration/selector.go, parses its selectors at start-up and exits with status 2: the container restarts forever.",
		from:        bySelectors,
	},
	{
		ID: "SEL002", Severity: Error, Concern: Impossible,
		Title:    "every selector is valid in the sidecar's own grammar",
		Why:      "stackdriver-prometheus-sidecar is built with the PromQL parser of July 2019 (promql/parse.go), which refuses some of what Prometheus accepts today, and exits with status 2.",
		Exporter: "has today's grammar: SEL001 is about all that it refuses",
		from:     bySelectors,
	},
	{
		ID: "SEL003", Severity: Info, Concern: GoogleOnly,
		Title:    "every selector can be tried in Prometheus",
		Why:      "Some words that are metric names for the sidecar's parser of 2019 have become PromQL keywords since then: Prometheus refuses the selector, though the sidecar does not.",
		Exporter: "has the parser of Prometheus: what the one refuses, the other does, too",
		check:    checkRefusedToday,
	},
	{
		ID: "SEL004", Severity: Info, Concern: GoogleOnly,
		Title:       "the selectors that the sidecar's parser and Prometheus read in the same way",
		Why:         "Names, matchers on labels, all three kinds of quotes, a comma at the end and comments mean the same to both; selectors of that kind can be tried in Prometheus first.",
		Exporter:    "reads every selector as Prometheus does",
		Undecidable: "It says what is safe to write, so there is nothing to find; SEL001 to SEL003 find everything that is not of that kind.",
	},
	{
		ID: "SEL013", Severity: Error, Concern: ExporterOnly,
		Title: "no selector chooses among the buckets of a histogram",
		Why:   "gcm-exporter, exporter/configuration/selector.go, exits with status 2 at a matcher of the label le: a histogram is exported with all its buckets or not at all.",
		from:  bySelectors,
	},
	{
		ID: "SEL011", Severity: Info, Concern: Both,
		Title: "the kubelet does not change a selector",
		Why:   "In a container's command and args the kubelet replaces $(NAME) by the variable of that name, and $$ by $ (k8s.io/kubernetes, third_party/forked/golang/expansion). The injector escapes what it writes.",
		check: checkExpansion,
	},
	{
		ID: "SEL012", Severity: Error, Concern: Both,
		Title:       "a selector has no shell quotes around it",
		Why:         "No shell reads annotations or a container's args, so the quotes become part of the selector, and stackdriver-prometheus-sidecar, cmd/stackdriver-prometheus-sidecar/main.go, exits with status 2.",
		ExporterWhy: "No shell reads annotations or a container's args, so the quotes become part of the selector, and gcm-exporter, exporter/configuration/selector.go, exits with status 2.",
		check:       checkQuotes,
	},
}

func checkRefusedToday(c *context) []Finding {
	var findings []Finding
	for _, selector := range c.selectors {
		if selector.err == nil && selector.refusedToday() {
			findings = append(findings, selector.atText("selector %s: the sidecar accepts it, but Prometheus 2.55 does not", quote(selector.Value)).
				WithFix("%s", stackdriver.KeywordFix))
		}
	}
	return findings
}

func checkExpansion(c *context) []Finding {
	if c.sidecar == nil {
		return nil
	}
	var findings []Finding
	for _, name := range []string{stackdriver.IncludeFlag, stackdriver.FilterFlag} {
		for _, text := range c.sidecar.texts(name) {
			if text.Unknown && strings.Contains(text.Value, "$(") {
				findings = append(findings, text.atText("the kubelet replaces $(...) in %s if there is a variable of that name", quote(text.Value)).WithFix("write $$( for $("))
			}
		}
	}
	return findings
}

func checkQuotes(c *context) []Finding {
	var findings []Finding
	for _, selector := range c.selectors {
		if c.quotedWhole(selector) {
			findings = append(findings, selector.asWritten().atText("%s has quotes around it, which no shell removes", selector.context()).
				WithFix("remove them: %s", unquoted(selector)))
		}
	}
	return findings
}

// quotedWhole reports whether it is only for quotes around it that a selector
// cannot be read.
func (c *context) quotedWhole(s selector) bool {
	bare := unquoted(s)
	if s.err == nil || bare == s.written() {
		return false
	}
	if !s.filter {
		return readSelector(nil, c.program, Text{Value: bare}).err == nil
	}
	err := readFilter(c.program, Text{}, bare).err
	return err == nil || err.Kind == stackdriver.MatchesEmpty
}

// unquoted removes a quote at the beginning of a selector, its twin at the end, and the
// backslashes that it asked for; of a filter also the braces in the quotes.
func unquoted(s selector) string {
	text := s.written()
	if text == "" || !strings.ContainsAny(text[:1], "'\"`") {
		return text
	}
	quote := text[:1]
	inner := strings.TrimSuffix(text[1:], quote)
	if quote == `"` {
		inner = strings.ReplaceAll(inner, `\"`, `"`)
	}
	if bare, begins := strings.CutPrefix(inner, "{"); s.filter && begins {
		return strings.TrimSuffix(bare, "}")
	}
	return inner
}
