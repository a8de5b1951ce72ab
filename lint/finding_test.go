package lint

import (
	"testing"

	"github.com/linkerd-gcm/linkerd-gcm/settings"
)

func TestAFindingInALine(t *testing.T) {
	for want, f := range map[string]Finding{
		"REN001: ConfigMap viz/rules, a_rules.yml, line 4: x; y":                {Rule: "REN001", Message: "x", Fix: "y", Line: 4, Object: Object{"ConfigMap", "viz", "rules", "a_rules.yml"}},
		"SEL001: annotation gcm.linkerd.io/include of Namespace viz, line 2: x": {Rule: "SEL001", Message: "x", Line: 2, Object: Object{Kind: "Namespace", Name: "viz", Key: settings.Include}},
		"SET001: annotation gcm.linkerd.io/x of the namespace is wrong":         {Rule: "SET001", Message: "annotation gcm.linkerd.io/x of the namespace is wrong", Line: 1, Object: Object{Kind: "Namespace", Name: "viz", Key: "gcm.linkerd.io/x"}},
		"POD005: ConfigMap viz/rules does not exist; create it":                 {Rule: "POD005", Message: "ConfigMap viz/rules does not exist", Fix: "create it", Object: Object{"ConfigMap", "viz", "rules", "a"}},
		"POD001: Pod viz/prometheus, spec.containers[1]: wrong user":            {Rule: "POD001", Message: "wrong user", Object: Object{"Pod", "viz", "prometheus", "spec.containers[1]"}},
		"SEL001: x": {Rule: "SEL001", Message: "x"},
	} {
		if got := f.String(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
