package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/linkerd-gcm/linkerd-gcm/inject"
	"github.com/linkerd-gcm/linkerd-gcm/internal/charts"
)

// TestLintFindsInPodsWhatTheWebhookRefuses also wants a line for each finding.
func TestLintFindsInPodsWhatTheWebhookRefuses(t *testing.T) {
	refused := 0
	eachPod(t, func(t *testing.T, file charts.File, decision inject.Decision) {
		var want, got []string
		for _, problem := range decision.Problems {
			rule, _, _ := strings.Cut(problem, ":")
			want = append(want, rule)
		}
		rendered := filepath.Join(filepath.Dir(file.Path), charts.Rendered)
		for _, input := range []string{file.Path, rendered} {
			got = nil
			for _, f := range lintJSON(t, "", append([]string{"-f", input, "-n", "linkerd-viz"}, complete...)...) {
				if f.Severity == "error" {
					got = append(got, f.Rule)
				}
				if f.File != input || f.Line < 1 || f.Column < 1 {
					t.Errorf("%s stands at %s:%d:%d", f.Rule, f.File, f.Line, f.Column)
				}
			}
			if decision.Reason == inject.SidecarPresent {
				continue // the webhook does not judge it
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("errors in %s (-webhook +lint):\n%s", input, diff)
			}
		}
		if len(want) > 0 {
			refused++
		}
	})
	if refused == 0 {
		t.Error("no pod is refused")
	}
}

var (
	fencedValues = regexp.MustCompile("(?ms)^```yaml\n(prometheus:.*?)^```$")
	hereConfig   = regexp.MustCompile("(?ms)<<EOF\n(apiVersion: v1\nkind: ConfigMap.*?)^(?:EOF|```)$")
)

// TestLintOfTheManualProcedureItself reads a page that has people do all by hand.
func TestLintOfTheManualProcedureItself(t *testing.T) {
	t.Run("own page", func(t *testing.T) {
		lintPage(t, "testdata/lint/procedure.md", map[string]int{
			"CFG003": 3, "CFG006": 1, "MET001": 1, "POD001": 1, "POD003": 1, "POD004": 1, "POD007": 1, "POD008": 1, "POD009": 1,
			"REC005": 2, "REC011": 1, "REC015": 1, "REC017": 1, "SEL005": 1,
		})
	})
	t.Run("real page", func(t *testing.T) {
		lintPage(t, charts.RequireShared(t, "exporting-metrics.md"), map[string]int{
			"CFG003": 4, "CFG004": 1, "CFG006": 2, "MET001": 1, "POD001": 1, "POD003": 1, "POD004": 1, "POD007": 2, "POD008": 1, "POD009": 1,
			"REC005": 1, "REC011": 1, "REC015": 3, "REC017": 6, "SEL005": 1,
		})
	})
}

// lintPage wants so many findings of each rule in the values and ConfigMaps of a
// page, and one of CFG003 in each line of the values that ends with a comma.
func lintPage(t *testing.T, page string, want map[string]int) {
	t.Helper()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	values, configMaps := fencedValues.FindSubmatch(text), hereConfig.FindAllSubmatch(text, -1)
	if values == nil || len(configMaps) != 2 {
		t.Fatalf("the page has no values or %d ConfigMaps", len(configMaps))
	}
	arguments := []string{}
	for name, content := range map[string][]byte{"values.yaml": values[1], "rules.yaml": configMaps[0][1], "config.yaml": configMaps[1][1]} {
		file := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(file, content, 0o600); err != nil {
			t.Fatal(err)
		}
		arguments = append(arguments, "-f", file)
	}
	found := map[string]int{}
	var commas []int
	for _, f := range lintJSON(t, "", arguments...) {
		found[f.Rule]++
		if f.Rule == "CFG003" {
			commas = append(commas, f.Line)
		}
	}
	if diff := cmp.Diff(want, found); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
	var trailing []int
	for i, line := range strings.Split(string(values[1]), "\n") {
		if strings.HasSuffix(line, `",`) {
			trailing = append(trailing, i+1)
		}
	}
	slices.Sort(commas)
	if diff := cmp.Diff(trailing, commas); diff != "" {
		t.Errorf("lines with commas (-page +found):\n%s", diff)
	}
}
