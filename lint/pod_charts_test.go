package lint_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"

	"github.com/linkerd-gcm/linkerd-gcm/lint"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
)

// chartPods are the Prometheus pods of real charts: version/variant/pod.json.
const chartPods = "../../shared/linkerd-viz"

// brokenRules are the rules that the pods of each variant break; all others break none.
var brokenRules = map[string][]string{
	"manual":                {"POD001", "POD007", "POD008", "POD009"},
	"manual-ha-persistence": {"POD001", "POD007", "POD008", "POD009"},
	"manual-always-lower":   {"CFG004", "CFG006", "POD001", "POD004", "POD007", "POD008", "POD009"},
	"sidecar-example":       {"POD001", "POD007", "POD008", "POD009"},
	"walpath":               {"CFG008"},
	"walpath-unset":         {"CFG008"},
}

func TestThePodsOfRealChartsBreakNoOtherRulesThanTheyShould(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(chartPods, "*", "*", "pod.json"))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		if os.Getenv("CI") == "true" {
			t.Fatalf("%s holds no pods", chartPods)
		}
		t.Skipf("%s holds no pods", chartPods)
	}
	for _, file := range files {
		variant := filepath.Base(filepath.Dir(file))
		t.Run(filepath.Base(filepath.Dir(filepath.Dir(file)))+"/"+variant, func(t *testing.T) {
			in := lint.FromAnnotations(lint.Annotated{Object: lint.Object{Kind: "Namespace", Name: "linkerd-viz"}, Annotations: annotations}, lint.Annotated{}, settings.Defaults{})
			in.SetPod(lint.Pod{Object: lint.Object{Kind: "Pod"}, Path: "spec", Spec: podIn(t, file)})
			var got []string
			for _, f := range lint.Check(in) {
				// The older charts' own containers are no more restricted than the sidecar.
				if f.Rule != "POD003" {
					got = append(got, f.Rule)
				}
			}
			slices.Sort(got)
			if diff := cmp.Diff(brokenRules[variant], slices.Compact(got)); diff != "" {
				t.Errorf("rules (-want +got):\n%s", diff)
			}
		})
	}
}

func podIn(t *testing.T, file string) *corev1.PodSpec {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var pod corev1.Pod
	if err := json.Unmarshal(raw, &pod); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return &pod.Spec
}
