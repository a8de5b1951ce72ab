package offline

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/linkerd-gcm/linkerd-gcm/settings"
)

// TestBareRules has one rule, without job and instance, in files of several shapes.
func TestBareRules(t *testing.T) {
	const (
		head = "apiVersion: monitoring.coreos.com/v1\nkind: PrometheusRule\nmetadata: {name: r}\n"
		spec = "spec:\n  groups:\n  - name: a\n    rules:\n    - record: linkerd_job:x\n      expr: sum(x)\n"
	)
	for name, test := range map[string]struct {
		text string
		want []string
	}{
		"bare":                     {"groups:\n- name: a\n  rules:\n  - record: linkerd_job:x\n    expr: sum(x)\n", []string{"REC002 4:13 \"  - record: linkerd_job:x\""}},
		"behind a byte order mark": {"\ufeffgroups:\n- name: a\n  rules:\n  - record: linkerd_job:x\n    expr: sum(x)\n", []string{"REC002 4:13 \"  - record: linkerd_job:x\""}},
		"a PrometheusRule":         {head + spec, []string{"REC002 8:15 \"    - record: linkerd_job:x\""}},
		"one with a status":        {head + spec + "status: {x: y}\n# end\n", []string{"REC002 8:15 \"    - record: linkerd_job:x\""}},
		"one whose spec is first":  {spec + head, []string{"REC002 5:15 \"    - record: linkerd_job:x\""}},
		"two of them":              {head + spec + "---\n" + head + spec, []string{"REC002 8:15 \"    - record: linkerd_job:x\"", "REC002 18:15 \"    - record: linkerd_job:x\""}},
		"one with an escaped kind": {strings.Replace(head, "PrometheusRule", `"Prometheus\u0052ule"`, 1) + spec, []string{"REC002 8:15 \"    - record: linkerd_job:x\""}},
		"one in base64":            {strings.Replace(head, "PrometheusRule", "!!binary UHJvbWV0aGV1c1J1bGU=", 1) + spec, []string{"REC002 8:15 \"    - record: linkerd_job:x\""}},
		"one in JSON":              {`{"kind": "PrometheusRule", "spec": {"groups": [{"name": "a", "rules": [{"record": "linkerd_job:x", "expr": "sum(x)"}]}]}, "status": {}}`, []string{`REC002 1:83 "{\"kind\": \"PrometheusRule\", \"spec\": {\"groups\": [{\"name\": \"a\", \"rules\": [{\"record\": \"linkerd_job:x\", \"expr\": \"sum(x)\"}]}]}, \"status\": {}}"`}},
		"one in a list":            {"kind: List\napiVersion: v1\nitems:\n- kind: PrometheusRule\n  spec:\n    groups:\n    - {name: a, rules: [{record: linkerd_job:x, expr: sum(x)}]}\n", []string{"REC002 7:34 \"    - {name: a, rules: [{record: linkerd_job:x, expr: sum(x)}]}\""}},
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "rules.yaml")
			if err := os.WriteFile(file, []byte(test.text), 0o600); err != nil {
				t.Fatal(err)
			}
			found, err := BareFiles{Rules: []string{file}}.Report(nil, settings.Defaults{})
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, f := range found.Findings {
				if f.Rule != "REC016" { // two objects may record the same
					got = append(got, fmt.Sprintf("%s %d:%d %q", f.Rule, f.Line, f.Column, f.Source))
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
		})
	}
}

// TestBareSelectors skips comments and empty selectors, as the annotation does.
func TestBareSelectors(t *testing.T) {
	file := filepath.Join(t.TempDir(), "rules.yaml")
	if err := os.WriteFile(file, []byte("groups:\n- name: a\n  rules:\n  - {record: 'a:b', expr: 'sum by (job, instance) (x)'}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		include []string
		want    string
		// assumed says that the default is assumed.
		assumed bool
	}{
		"a comment before a selector": {[]string{"# rates", `{__name__=~"a:.+"}`}, "1 file and 1 selector", false},
		"a comment in a selector":     {[]string{"# rates\n" + `{__name__=~"a:.+"}`}, "1 file and 1 selector", false},
		"nothing but comments":        {[]string{"# rates", ""}, "1 file", true},
	} {
		t.Run(name, func(t *testing.T) {
			found, err := BareFiles{Rules: []string{file}, Include: test.include}.Report(nil, settings.Defaults{})
			if err != nil {
				t.Fatal(err)
			}
			assumed := strings.Contains(strings.Join(found.Notes, "\n"), "no --include is given")
			if found.Checked != test.want || assumed != test.assumed || len(found.Findings) > 0 {
				t.Errorf("checked %s, assumed %t, findings %v", found.Checked, assumed, found.Findings)
			}
		})
	}
}
