package lint

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/linkerd-gcm/linkerd-gcm/monitoring"
	"github.com/linkerd-gcm/linkerd-gcm/stackdriver"
)

var renNamesRules = []Rule{
	{
		ID: "REN006", Severity: Error, Concern: Both,
		Title:       "every rename has a new name",
		Why:         "stackdriver-prometheus-sidecar, retrieval/transform.go, joins prefix and name without any check, and Google refuses a type that ends in a slash.",
		Exporter:    "refuses the file",
		ExporterWhy: "gcm-exporter, exporter/configuration/entries.go, refuses a file with an entry that has no new name: Google takes no type that ends in a slash.",
		check:       checkNewNames(monitoring.EmptyName),
		from:        byConfig,
	},
	{
		ID: "REN007", Severity: Error, Concern: Both,
		Title:       "new names consist of letters, digits, _ and /",
		Why:         "Google Cloud Monitoring refuses other characters, and stackdriver-prometheus-sidecar, stackdriver/client.go, loses the whole request. Google's clients disagree about the dot.",
		Exporter:    "refuses the file",
		ExporterWhy: "gcm-exporter, exporter/configuration/entries.go, refuses a file with a name that Google Cloud Monitoring would refuse. Google's clients disagree about the dot.",
		check:       checkNewNames(monitoring.NameCharacters, monitoring.NameDot),
		from:        byConfig,
	},
	{
		ID: "REN008", Severity: Error, Concern: Both,
		Title:       "exported names are not too long",
		Why:         "Google Cloud Monitoring limits metric types; its documents say 100 characters after the domain, its clients 200 in total. stackdriver-prometheus-sidecar, retrieval/transform.go, adds the prefix and checks nothing.",
		Exporter:    "refuses the file where the name is certainly too long",
		ExporterWhy: "Google Cloud Monitoring limits metric types; its documents say 100 characters after the domain, its clients 200 in total. gcm-exporter, exporter/configuration/entries.go, refuses a file with a name that is certainly too long.",
		check:       checkNewNames(monitoring.NameRelativeLength, monitoring.NameTotalLength),
		from:        byConfig,
	},
	{
		ID: "REN009", Severity: Warning, Concern: Both,
		Title:       "exported names begin with a letter and are different in PromQL",
		Why:         "According to Google's documents, the first character is a letter. In Google's PromQL the characters . and / of the type that stackdriver-prometheus-sidecar, retrieval/transform.go, creates both become _, so that names which differ only in these characters are the same there.",
		ExporterWhy: "According to Google's documents, the first character is a letter. In Google's PromQL the characters . and / of a metric's type both become _, so that names which differ only in these characters are the same there.",
		check:       checkNamesInPromQL,
	},
}

// checkNewNames finds the names that break one of some rules of Google's: those in
// metric_renames, and those of recorded metrics that are exported under their own.
func checkNewNames(rules ...monitoring.NameRuleID) func(*context) []Finding {
	return func(c *context) []Finding {
		var findings []Finding
		for _, r := range c.renames() {
			if r.From.Text == "" {
				continue // It renames nothing, which REN002 says.
			}
			for _, problem := range c.nameProblems(r.To.Text, rules) {
				findings = append(findings, c.atNewName(r, problem))
			}
		}
		c.exports(func(r record, e stackdriver.Export) {
			if e.Drop != "" || e.Rename != nil || c.managed() || !c.byExporter() && strings.Contains(r.rule.Record, ":") {
				return
			}
			for _, problem := range c.nameProblems(strings.ReplaceAll(e.RenameKey, ":", "_"), rules) {
				findings = append(findings, r.at("%s is exported under its own name: %s", quote(r.rule.Record), problem.Message).
					WithSeverity(severityOf(problem)).WithFix("rename it in metric_renames"))
			}
		})
		return findings
	}
}

// nameProblems returns what is wrong with a name according to some rules.
func (c *context) nameProblems(name string, rules []monitoring.NameRuleID) []monitoring.NameDiagnostic {
	var problems []monitoring.NameDiagnostic
	for _, problem := range monitoring.CheckNames(monitoring.MetricNameRules, c.metricsPrefix(), name) {
		if slices.Contains(rules, problem.ID) {
			problems = append(problems, problem)
		}
	}
	return problems
}

func severityOf(problem monitoring.NameDiagnostic) Severity {
	if problem.Certain {
		return Error
	}
	return Warning
}

// atNewName returns a finding at the new name, or at what is wrong in it.
func (c *context) atNewName(r stackdriver.Rename, problem monitoring.NameDiagnostic) Finding {
	if problem.ID == monitoring.EmptyName {
		return c.atValue(r.To, r.Position, "%s is renamed, but has no new name", quote(r.From.Text)).
			WithFix("write to: %s", strings.ReplaceAll(r.From.Text, ":", "_"))
	}
	return c.atValue(r.To, r.Position, "%s is renamed to %q: %s", quote(r.From.Text), quote(r.To.Text), problem.Message).
		WithSeverity(severityOf(problem)).WithFix("%s", problem.Fix)
}

// checkNamesInPromQL finds names that don't begin with a letter, and pairs of names
// that are the same in Google's PromQL.
func checkNamesInPromQL(c *context) []Finding {
	findings := checkNewNames(monitoring.NameFirstCharacter)(c)
	inPromQL := strings.NewReplacer(".", "_", "/", "_")
	first := map[string]stackdriver.Rename{}
	for _, r := range c.renames() {
		name := inPromQL.Replace(r.To.Text)
		other, taken := first[name]
		if !taken {
			first[name] = r
			continue
		}
		if other.To.Text != r.To.Text && utf8.ValidString(r.To.Text) {
			findings = append(findings, c.atValue(r.To, r.Position, "%q and %q, %s, are the same name in Google's PromQL: %s", quote(r.To.Text), quote(other.To.Text), r.Position.Apart(other.Position), quote(name)).
				WithReason("Google's PromQL writes . and / of a metric's type as _: a query for the one reads both.").
				WithFix("choose names that differ in more than the characters . / and _"))
		}
	}
	return findings
}
