package lint_test

import (
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"

	"github.com/linkerd-gcm/linkerd-gcm/internal/charts"
	"github.com/linkerd-gcm/linkerd-gcm/lint"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
)

// brokenRules are the rules that the pods of each variant break; all others break none.
var brokenRules = map[string][]string{
	"manual":                {"POD001", "POD007", "POD008", "POD009"},
	"manual-ha-persistence": {"POD001", "POD007", "POD008", "POD009"},
	"manual-always-lower":   {"CFG004", "CFG006", "POD001", "POD004", "POD007", "POD008", "POD009"},
	"rules-only":            {"SET004"},
	"sidecar-example":       {"CFG001", "POD001", "POD007", "POD008", "POD009"},
	"walpath":               {"CFG008"},
	"walpath-unset":         {"CFG008"},
}

func TestThePodsOfChartsBreakNoOtherRulesThanTheyShould(t *testing.T) {
	charts.Each(t, charts.Pod, func(t *testing.T, file charts.File) {
		in := lint.FromAnnotations(lint.Annotated{Object: lint.Object{Kind: "Namespace", Name: "linkerd-viz"}, Annotations: annotations}, lint.Annotated{}, settings.Defaults{})
		in.SetPod(lint.Pod{Object: lint.Object{Kind: "Pod"}, Path: "spec", Spec: podIn(t, file)})
		var got []string
		for _, f := range lint.Checked(t, in) {
			// The older charts' own containers are no more restricted than the sidecar.
			if f.Rule != "POD003" {
				got = append(got, f.Rule)
			}
		}
		slices.Sort(got)
		if diff := cmp.Diff(brokenRules[file.Variant], slices.Compact(got)); diff != "" {
			t.Errorf("rules (-want +got):\n%s", diff)
		}
	})
}

func podIn(t *testing.T, file charts.File) *corev1.PodSpec {
	t.Helper()
	var pod corev1.Pod
	if err := json.Unmarshal(file.Read(t), &pod); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return &pod.Spec
}

// documented matches the ConfigMaps of Linkerd's page on exporting metrics.
var documented = regexp.MustCompile("(?ms)<<EOF\n(apiVersion: v1\nkind: ConfigMap.*?)^(?:EOF|```)$")

// TestTheDocumentsOwnConfigMapsDoNotBlock has them as they are on the page, for gcm-exporter.
func TestTheDocumentsOwnConfigMapsDoNotBlock(t *testing.T) {
	page, err := os.ReadFile(charts.RequireShared(t, "exporting-metrics.md"))
	if err != nil {
		t.Fatal(err)
	}
	in := lint.FromAnnotations(lint.Annotated{Object: lint.Object{Kind: "Namespace", Name: "linkerd-viz"}, Annotations: map[string]string{
		settings.Inject: "enabled", settings.ProjectID: "my-project", settings.Location: "us-central1", settings.ClusterName: "my-cluster",
	}}, lint.Annotated{}, settings.Defaults{SidecarImage: "registry.example.com/" + settings.ImageName + ":v1.0.0"})
	texts := documented.FindAllStringSubmatch(string(page), -1)
	if len(texts) != 2 {
		t.Fatalf("the page has %d ConfigMaps", len(texts))
	}
	for _, text := range texts {
		configMap := &corev1.ConfigMap{}
		if err := yaml.UnmarshalStrict([]byte(text[1]), configMap); err != nil {
			t.Fatal(err)
		}
		in.AddConfigMap("linkerd-viz", configMap.Name, configMap)
	}
	if in.SidecarConfig == nil || len(in.RuleFiles) != 1 {
		t.Fatalf("read %d files of rules", len(in.RuleFiles))
	}
	result := lint.Check(in)
	for _, f := range result.Findings {
		if f.Severity == lint.Error {
			t.Error(f)
		}
	}
	if result.Sidecar != settings.GCMExporter {
		t.Errorf("judged for %s", result.Sidecar)
	}
}
