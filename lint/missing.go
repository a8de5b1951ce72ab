package lint

import (
	"fmt"

	"github.com/linkerd-gcm/linkerd-gcm/settings"
)

// missingFindings makes findings of what is asked for and does not exist. A pod
// that mounts it would wait for it for ever, without an event that says so.
func (s *subject) missingFindings() []Finding {
	var findings []Finding
	for _, m := range s.Missing {
		name := m.Object.FullName()
		f := Finding{Rule: "POD005", Severity: Error, Object: m.Object}
		if m.Keys == nil {
			f.Message = fmt.Sprintf("ConfigMap %s does not exist", name)
			f.Fix = "create it (linkerd-gcm generate prints one) or name another in the annotations"
		} else {
			f.Message = fmt.Sprintf("ConfigMap %s has no key %q, only [%s]", name, m.Object.Key, several(m.Keys))
			f.Fix = "add the key or name another in the annotations"
			if (settings.ObjectKey{Name: m.Object.Name, Key: m.Object.Key}) == s.Settings.SidecarConfig {
				f.Rule = "CFG001"
			}
		}
		findings = append(findings, f)
	}
	return findings
}
