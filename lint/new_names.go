package lint

import (
	"strings"
	"unicode/utf8"

	"github.com/linkerd-gcm/linkerd-gcm/sidecar"
)

// nameRules tells which rule a name breaks that breaks one of Google's.
var nameRules = map[sidecar.NameRuleID]string{
	sidecar.EmptyName:          "REN006",
	sidecar.NameCharacters:     "REN007",
	sidecar.NameDot:            "REN007",
	sidecar.NameRelativeLength: "REN008",
	sidecar.NameTotalLength:    "REN008",
	sidecar.NameFirstCharacter: "REN009",
}

// checkNewNames finds the names that break one rule: those in metric_renames, and
// those of recorded metrics that are exported under their own.
func checkNewNames(rule string) func(*subject) []Finding {
	return func(s *subject) []Finding {
		var findings []Finding
		for _, r := range s.renames() {
			if r.From.Text == "" {
				continue // It renames nothing, which REN002 says.
			}
			for _, fault := range s.nameFaults(r.To.Text, rule) {
				findings = append(findings, s.atNewName(r, fault))
			}
		}
		s.exports(func(r record, e sidecar.Export) {
			if e.Drop != "" || e.Rename != nil || strings.Contains(r.rule.Record, ":") {
				return
			}
			for _, fault := range s.nameFaults(e.RenameKey, rule) {
				findings = append(findings, r.at("%s is exported under its own name: %s", shown(r.rule.Record), fault.Message).
					as(gravity(fault)).fixed("rename it in metric_renames"))
			}
		})
		return findings
	}
}

// nameFaults returns what is wrong with a name according to one rule.
func (s *subject) nameFaults(name, rule string) []sidecar.NameFault {
	var faults []sidecar.NameFault
	for _, fault := range sidecar.CheckNames(sidecar.MetricNameRules, s.metricsPrefix(), name) {
		if nameRules[fault.ID] == rule {
			faults = append(faults, fault)
		}
	}
	return faults
}

func gravity(fault sidecar.NameFault) Severity {
	if fault.Certain {
		return Error
	}
	return Warning
}

// atNewName returns a finding at the new name, or at what is wrong in it.
func (s *subject) atNewName(r sidecar.Rename, fault sidecar.NameFault) Finding {
	if fault.ID == sidecar.EmptyName {
		return s.atValue(r.To, r.Place, "%s is renamed to nothing", shown(r.From.Text)).
			fixed("write to: %s", strings.ReplaceAll(r.From.Text, ":", "_"))
	}
	f := s.atValue(r.To, r.Place, "%s is renamed to %q: %s", shown(r.From.Text), shown(r.To.Text), fault.Message).as(gravity(fault))
	switch fault.ID {
	case sidecar.NameCharacters, sidecar.NameDot:
		f.Fix = "write _ in its place"
	case sidecar.NameFirstCharacter:
		f.Fix = "put a letter before it"
	default:
		f.Fix = "choose a shorter name"
	}
	return f
}

// checkNamesInPromQL finds names that don't begin with a letter, and pairs of names
// that Google's PromQL cannot tell apart.
func checkNamesInPromQL(s *subject) []Finding {
	findings := checkNewNames("REN009")(s)
	inPromQL := strings.NewReplacer(".", "_", "/", "_")
	first := map[string]sidecar.Rename{}
	for _, r := range s.renames() {
		name := inPromQL.Replace(r.To.Text)
		other, taken := first[name]
		if !taken {
			first[name] = r
			continue
		}
		if other.To.Text != r.To.Text && utf8.ValidString(r.To.Text) {
			findings = append(findings, s.atValue(r.To, r.Place, "%q and %q, in line %d, are one name in Google's PromQL: %s", shown(r.To.Text), shown(other.To.Text), other.To.Line, shown(name)).
				fixed("let them differ in more than . / and _"))
		}
	}
	return findings
}
