package viz

import "regexp"

// RulesDirectory is where linkerd-viz' Prometheus looks for rule files
// (viz/charts/linkerd-viz/templates/prometheus.yaml).
const RulesDirectory = "/etc/prometheus"

var ruleFile = regexp.MustCompile(`_rules\.ya?ml$`)

// IsRuleFile reports whether linkerd-viz' Prometheus loads a file of this name from
// RulesDirectory.
func IsRuleFile(name string) bool { return ruleFile.MatchString(name) }
