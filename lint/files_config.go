package lint

import (
	"unicode/utf8"

	"github.com/linkerd-gcm/linkerd-gcm/stackdriver"
)

// ignored is what the sidecar passes over in silence: how grave that is and what
// to do. TypedScalar is REN012's.
var ignored = map[stackdriver.ConfigFaultKind]struct {
	severity Severity
	fix      string
}{
	stackdriver.UnknownKey:      {Error, "write a key that the sidecar knows, or remove it"},
	stackdriver.DuplicateKey:    {Error, "put all of it under one key"},
	stackdriver.IgnoredDocument: {Error, "put everything into one document"},
	stackdriver.MergeOverride:   {Warning, "write the values out"},
	stackdriver.KeyCase:         {Info, "write the key in lower case"},
	stackdriver.EmptyConfig:     {Info, "add metric_renames"},
}

func checkIgnored(s *subject) []Finding {
	if s.config == nil {
		return nil
	}
	var findings []Finding
	for _, fault := range s.config.Faults {
		silent, found := ignored[fault.Kind]
		if !found {
			continue
		}
		f := s.SidecarConfig.at(fault.Position, utf8.RuneCountInString(fault.Value), "%s", fault.Message).as(silent.severity).fixed("%s", silent.fix)
		if fault.Kind == stackdriver.UnknownKey && fault.Instead != "" {
			f = f.fixed("write %s", fault.Instead)
		}
		findings = append(findings, f)
	}
	return findings
}

func checkShape(s *subject) []Finding {
	findings := s.faults(stackdriver.WrongKind)
	if s.configError != nil {
		findings = append(findings, s.SidecarConfig.at(s.configError.Position, 0, "%s", s.configError.Message))
	}
	return findings
}
