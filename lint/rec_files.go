package lint

import (
	"path"
	"slices"
	"unicode/utf8"

	"github.com/linkerd-gcm/linkerd-gcm/source"
	"github.com/linkerd-gcm/linkerd-gcm/viz"
)

var recFilesRules = []Rule{
	{
		ID: "REC001", Severity: Error, Concern: Both,
		Title: "Prometheus loads every rule file and can evaluate every rule",
		Why:   "Prometheus, model/rulefmt, refuses to start with a file that it cannot read, silently ignores every YAML document of a file but the first, and uses the name of a YAML alias instead of its value; rules/manager.go records nothing for a rule that fails.",
		check: checkAliases,
		from:  byRules,
	},
	{
		ID: "REC018", Severity: Error, Concern: Both,
		Title: "rule files have a name that Prometheus loads",
		Why:   "linkerd-viz' Prometheus loads /etc/prometheus/*_rules.yml and *_rules.yaml, unless its rule_files say otherwise; it silently ignores any other file.",
		check: checkLoaded,
		from:  bySettings,
	},
}

// checkLoaded finds files that are to be mounted where Prometheus' own configuration, which
// is at hand, does not look.
func checkLoaded(c *context) []Finding {
	if c.PrometheusConfig == nil || c.sidecar != nil {
		return nil
	}
	var findings []Finding
	for _, f := range c.files {
		file := path.Join(viz.RulesDirectory, f.Object.Key)
		loaded := slices.ContainsFunc(c.scraping.RuleFiles, func(pattern string) bool {
			matches, err := path.Match(pattern, file)
			return matches && err == nil
		})
		if !loaded {
			findings = append(findings, f.at(source.Position{}, 0, "Prometheus does not load %s: the rule_files of %s are %s", file, c.configuredBy(), summarize(c.scraping.RuleFiles)).
				WithFix("add %s to rule_files", file))
		}
	}
	return findings
}

func checkAliases(c *context) []Finding {
	var findings []Finding
	for _, r := range c.records {
		findings = append(findings, r.aliases()...)
	}
	return findings
}

const aliasesAreNames = "Prometheus, model/rulefmt, uses the name of a YAML alias instead of its value."

// aliases finds a name or an expression that is an alias. In YAML it has the value from
// elsewhere in the file, but Prometheus uses the alias itself.
func (r record) aliases() []Finding {
	var findings []Finding
	if r.rule.Alias {
		findings = append(findings, r.at("the rule's name is the alias *%[1]s, but Prometheus uses the word %[1]s as the name", quote(r.rule.Record)).WithReason(aliasesAreNames).WithFix("write the name out"))
	}
	if text := r.rule.Expr.Text; r.rule.Expr.Alias {
		at := r.rule.Expr.At(0)
		findings = append(findings, r.file.at(at, 1+utf8.RuneCountInString(text),
			"the expression of %[1]s is the alias *%[2]s, but Prometheus uses the word %[2]s as the expression", quote(r.rule.Record), quote(text)).WithReason(aliasesAreNames).WithFix("write the expression out"))
	}
	return findings
}
