package lint_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/linkerd-gcm/linkerd-gcm/lint"
)

func TestTheConfigurationFileIsJudgedWhereItIsSurprising(t *testing.T) {
	for name, c := range map[string]struct {
		config string
		want   []string
	}{
		"nothing surprising":           {"metric_renames:\n- from: a:b\n  to: a_b\n", nil},
		"an unknown key":               {"metric_renmes: []\n", []string{"CFG002 error 1:1+13"}},
		"an unknown key in an entry":   {"metric_renames:\n- from: a:b\n  to: a_b\n  too: c\n", []string{"CFG002 error 4:3+3"}},
		"a key in capitals":            {"metric_renames:\n- FROM: a:b\n  to: a_b\n", []string{"CFG002 info 2:3+4"}},
		"a key given twice":            {"metric_renames: []\nmetric_renames: []\n", []string{"CFG002 error 1:1+14"}},
		"a second document":            {"metric_renames: []\n---\nmetric_renames: []\n", []string{"CFG002 error 3:1+0"}},
		"an empty file":                {"# nothing yet\n", []string{"CFG002 info 1:1+0"}},
		"a map in place of a list":     {"metric_renames:\n  a:b: c\n", []string{"CFG003 error 2:3+0"}},
		"a tab":                        {"metric_renames:\n- from: a:b\n\tto: a_b\n", []string{"CFG003 error 3:1+0"}},
		"a list in place of the entry": {"metric_renames:\n- [a, b]\n", []string{"CFG003 error 2:3+0"}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, places(lint.Checked(t, lint.Input{SidecarConfig: text("sidecar.yml", c.config)}), "CFG")); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
		})
	}
}

func TestWhereTheConfigurationFileIs(t *testing.T) {
	for name, c := range map[string]podTest{
		"no config file":                      {[]string{"  - --config-file=/etc/sidecar.yml\n", ""}, []string{"CFG001 warning " + container + " 0:0+0"}},
		"a config file on no volume":          {[]string{"--config-file=/etc/sidecar.yml", "--config-file=/etc/gcm.yml"}, []string{"CFG001 error " + command + "[1] 1:15+12"}},
		"a config file that is a directory":   {[]string{", subPath: sidecar.yml", ""}, []string{"CFG001 error " + command + "[1] 1:15+16"}},
		"a config file that the volume omits": {[]string{"configMap: {name: linkerd-prometheus-sidecar-config}", "configMap: {name: linkerd-prometheus-sidecar-config, items: [{key: a, path: b}]}"}, []string{"CFG001 error " + command + "[1] 1:15+16"}},
	} {
		t.Run(name, c.run)
	}
}
