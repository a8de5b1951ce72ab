package lint_test

import (
	"testing"
)

func TestPodSecurity(t *testing.T) {
	for name, c := range map[string]podTest{
		"less restricted than the rest": {[]string{identity + "ports", restricted + "ports"}, []string{"POD003 warning " + container + " 0:0+0"}},
		"as restricted as the rest":     {[]string{identity, restricted}, nil},
	} {
		t.Run(name, c.run)
	}
}
