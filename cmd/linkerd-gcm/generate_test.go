package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/linkerd-gcm/linkerd-gcm/internal/golden"
)

const ownRules = "testdata/generate/own_rules.yml"

func TestGenerateOutputs(t *testing.T) {
	for name, args := range map[string]string{
		"summed":                "",
		"summed-choices":        "-n shop --namespace payment --viz-namespace viz",
		"recorded":              "--recorded",
		"recorded-counter":      "--recorded --counter --percentile 95 --window 1m",
		"recorded-own-rules":    "--rules " + ownRules,
		"stackdriver":           "--sidecar stackdriver",
		"stackdriver-counter":   "--sidecar stackdriver --counter --percentile 95 --window 1m",
		"stackdriver-choices":   "--sidecar stackdriver -n shop --namespace payment --percentile 99.9 --window 2m --interval 1m --viz-namespace viz",
		"stackdriver-own-rules": "--sidecar stackdriver --rules " + ownRules,
	} {
		t.Run(name, func(t *testing.T) {
			got := execute("", append([]string{"generate"}, strings.Fields(args)...)...)
			if got.code != 0 || got.errOut != "" {
				t.Errorf("exit code %d, stderr %q", got.code, got.errOut)
			}
			golden.Compare(t, filepath.Join("generate", name+".yaml"), got.out)
		})
	}
}

func TestGenerateReadsRulesFromStdin(t *testing.T) {
	text, err := os.ReadFile(ownRules)
	if err != nil {
		t.Fatal(err)
	}
	got := execute(string(text), "generate", "--rules", "-")
	if diff := cmp.Diff(execute("", "generate", "--rules", ownRules), got, cmp.AllowUnexported(outcome{})); diff != "" {
		t.Errorf("outcome (-file +stdin):\n%s", diff)
	}
}

func TestGenerateRefusals(t *testing.T) {
	for name, test := range map[string]struct {
		stdin string
		args  []string
		code  int
		want  string
	}{
		"an invalid percentile": {"", []string{"--recorded", "--percentile", "100"}, 2,
			`--percentile is "100": want a number above 0 and below 100 with at most three decimals, such as 99.9`},
		"a short window": {"", []string{"--recorded", "--window", "30s"}, 2,
			`--window is "30s": want a duration of at least 40s, such as 1m: linkerd-viz scrapes every 10s, and a shorter window is empty after one or two failed scrapes`},
		"a window without a unit": {"", []string{"--recorded", "--window", "60"}, 2,
			`--window is "60": want a duration of at least 40s, such as 1m: linkerd-viz scrapes every 10s, and a shorter window is empty after one or two failed scrapes`},
		"a short interval": {"", []string{"--recorded", "--interval", "5s"}, 2,
			`--interval is "5s": want a duration of at least 10s, such as 30s: Google Cloud Monitoring refuses points that are closer together`},
		"an invalid namespace": {"", []string{"--namespace", "shop|.*"}, 2,
			`--namespace is "shop|.*": want the name of a namespace, such as shop: a lowercase RFC 1123 label must consist of lower case alphanumeric characters ` +
				`or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')`},
		"an empty namespace of linkerd-viz": {"", []string{"--viz-namespace", ""}, 2,
			`--viz-namespace is "": want the name of a namespace, such as shop: a lowercase RFC 1123 label must consist of lower case alphanumeric characters ` +
				`or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')`},
		"rules that are not there": {"", []string{"--rules", "none.yml"}, 2, `--rules is "none.yml": open none.yml: no such file or directory`},
		"a folder of rules":        {"", []string{"--rules", "testdata"}, 2, `--rules is "testdata": read testdata: is a directory`},
		"rules that are not text":  {"\xff\xfe", []string{"--rules", "-"}, 2, `--rules is "-": the file is not UTF-8 text; save it as UTF-8`},
		"a percentile without rules": {"", []string{"--percentile", "95"}, 2,
			"--percentile is given without --recorded: latency is exported as distributions, of which Google Cloud Monitoring computes any percentile; " +
				"leave it out, or add --recorded"},
		"a running total without rules": {"", []string{"--counter"}, 2,
			"--counter is given without --recorded: running totals are what is exported; leave it out, or add --recorded"},
		"another sidecar": {"", []string{"--sidecar", "google"}, 2, `--sidecar is "google": want gcm-exporter or stackdriver`},
		"rules and choices": {"", []string{"--rules", ownRules, "--counter"}, 2,
			"--counter is given with --rules, which takes the rules unchanged: leave one of the two out"},
		"rules that Prometheus refuses": {"groups:\n- name: a\n  rules:\n  - record: b:c\n    exp: x\n", []string{"--rules", "-"}, 1,
			"stdin:5:5: field exp not found in a rule"},
		"rules in two documents": {"groups: []\n---\ngroups: []\n", []string{"--rules", "-"}, 1,
			"stdin:3:1: this is a second YAML document: Prometheus reads only the first one of a file, and silently ignores all that is behind the separator (--- or ...), which is in the line before; " +
				"put all groups under the one key groups, or each document into a file of its own"},
		"rules of a file with two problems": {"", []string{"--rules", "testdata/generate/bad_rules.yml"}, 1,
			`testdata/generate/bad_rules.yml:5:15: group "a", rule 1, "a:b": could not parse expression: unclosed left parenthesis` +
				"\nlinkerd-gcm: " + `testdata/generate/bad_rules.yml:6:13: group "a", rule 2, "a-b": invalid recording rule name: a-b`},
	} {
		t.Run(name, func(t *testing.T) {
			want := outcome{test.code, "", "linkerd-gcm: " + test.want + "\n"}
			if diff := cmp.Diff(want, execute(test.stdin, append([]string{"generate"}, test.args...)...), cmp.AllowUnexported(outcome{})); diff != "" {
				t.Errorf("outcome (-want +got):\n%s", diff)
			}
		})
	}
}
