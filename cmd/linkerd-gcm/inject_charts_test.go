package main

import (
	"context"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"

	"github.com/linkerd-gcm/linkerd-gcm/inject"
	"github.com/linkerd-gcm/linkerd-gcm/inject/injecttest"
	"github.com/linkerd-gcm/linkerd-gcm/internal/charts"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
)

// annotated answers as a cluster with one annotated namespace would.
type annotated struct {
	namespace  map[string]string
	configMaps map[string]*corev1.ConfigMap
}

func (a annotated) NamespaceAnnotations(context.Context, string) (map[string]string, error) {
	return a.namespace, nil
}

func (a annotated) ConfigMap(_ context.Context, _, name string) (*corev1.ConfigMap, error) {
	if configMap, known := a.configMaps[name]; known {
		return configMap, nil
	}
	return nil, inject.ErrUnavailable
}

func decider(source inject.NamespaceReader) inject.Decider {
	return inject.Decider{Reader: source, Defaults: settings.Defaults{SidecarImage: "example.com/sidecar:1"}, Version: version}
}

var asking = map[string]string{settings.Inject: "enabled", settings.ProjectID: "my-project",
	settings.Location: "us-central1", settings.ClusterName: "my-cluster"}

// eachPod runs a subtest with the pod of each chart and with what the webhook, asked by
// an annotated namespace, decides about it.
func eachPod(t *testing.T, test func(t *testing.T, file charts.File, decision inject.Decision)) {
	t.Helper()
	charts.Each(t, charts.Pod, func(t *testing.T, file charts.File) {
		var pod corev1.Pod
		if err := json.Unmarshal(file.Read(t), &pod); err != nil {
			t.Fatal(err)
		}
		decision, err := decider(annotated{namespace: asking}).DecidePod(t.Context(), "linkerd-viz", &pod)
		if err != nil {
			t.Fatal(err)
		}
		test(t, file, decision)
	})
}

// TestInjectDecidesAsTheWebhook holds the patch of the command line, byte for
// byte, against that of the webhook.
func TestInjectDecidesAsTheWebhook(t *testing.T) {
	injected := 0
	eachPod(t, func(t *testing.T, file charts.File, decision inject.Decision) {
		arguments := append([]string{"inject", "-f", file.Path, "-n", "linkerd-viz"}, complete...)
		got := execute("", append(arguments, "-o", "patch")...)
		if decision.Outcome == inject.Denied {
			if !strings.HasSuffix(got.errOut, ": "+strings.Join(decision.Problems, "\n")+"\n") || got.code != 1 || got.out != "" {
				t.Errorf("the webhook refuses with %q, inject exits with %d and says %q on stderr, %q on stdout",
					decision.Problems, got.code, got.errOut, got.out)
			}
			return
		}
		want := []byte("[]")
		if decision.Outcome == inject.Injected {
			injected++
			var err error
			if want, err = json.Marshal(decision.Operations); err != nil {
				t.Fatal(err)
			}
		}
		if diff := cmp.Diff(string(want)+"\n", got.out); diff != "" || got.code != 0 {
			t.Errorf("exit code %d, patch (-webhook +inject):\n%s", got.code, diff)
		}
		once := execute("", arguments...)
		twice := execute(once.out, append([]string{"inject", "-f", "-", "-n", "linkerd-viz"}, complete...)...)
		if diff := cmp.Diff(once.out, twice.out); diff != "" || twice.code != 0 {
			t.Errorf("injected twice (-once +twice):\n%s", diff)
		}
	})
	if injected == 0 {
		t.Error("no pod was injected")
	}
}

const annotatedNamespace = `apiVersion: v1
kind: Namespace
metadata:
  name: linkerd-viz
  annotations:
    gcm.linkerd.io/inject: enabled
    gcm.linkerd.io/project-id: my-project
    gcm.linkerd.io/location: us-central1
    gcm.linkerd.io/cluster-name: my-cluster
---
`

// preamble returns the documents that a chart does not render: an annotated
// Namespace and the ConfigMaps.
func preamble(t *testing.T, namespace string) (string, map[string]*corev1.ConfigMap) {
	t.Helper()
	text, err := os.ReadFile("testdata/inject/configmaps.yaml")
	if err != nil {
		t.Fatal(err)
	}
	configMaps := map[string]*corev1.ConfigMap{}
	for document := range strings.SplitSeq(string(text), "---\n") {
		var configMap corev1.ConfigMap
		if err := yaml.Unmarshal([]byte(document), &configMap); err != nil {
			t.Fatal(err)
		}
		configMaps[configMap.Name] = &configMap
	}
	return strings.ReplaceAll(annotatedNamespace+string(text), "linkerd-viz", namespace), configMaps
}

// TestInjectRenderedCharts wants the Deployment of each chart to become what the
// webhook makes of its pods, and all other documents to stay as they are.
func TestInjectRenderedCharts(t *testing.T) {
	injected := 0
	charts.Each(t, charts.Rendered, func(t *testing.T, file charts.File) {
		rendered := file.Read(t)
		namespace := "linkerd-viz"
		if strings.Contains(string(rendered), "\n  namespace: viz-system\n") {
			namespace = "viz-system"
		}
		first, configMaps := preamble(t, namespace)
		input := first + string(rendered)
		got := execute(input, "inject", "-f", "-", image)
		before, after := strings.SplitAfter(input, "\n---\n"), strings.SplitAfter(got.out, "\n---\n")
		if got.code == 1 && got.out == "" {
			after = before
		}
		if len(before) != len(after) {
			t.Fatalf("%d documents became %d; exit code %d, stderr %q", len(before), len(after), got.code, got.errOut)
		}
		for i := range before {
			want := wanted(t, decider(annotated{asking, configMaps}), namespace, before[i], got)
			if want == nil {
				if diff := cmp.Diff(before[i], after[i]); diff != "" {
					t.Errorf("document %d (-before +after):\n%s", i, diff)
				}
				continue
			}
			injected++
			if diff := cmp.Diff(want, decodeYAML(t, after[i])); diff != "" {
				t.Errorf("document %d (-webhook +inject):\n%s", i, diff)
			}
		}
	})
	if injected == 0 {
		t.Error("no Deployment was injected")
	}
}

// wanted returns the document with the webhook's patch applied to its pod
// template, or nil where the webhook would inject nothing.
func wanted(t *testing.T, d inject.Decider, namespace, document string, got outcome) any {
	t.Helper()
	raw, err := yaml.YAMLToJSON([]byte(document))
	if err != nil {
		t.Fatal(err)
	}
	var deployment struct {
		Kind string
		Spec struct{ Template json.RawMessage }
	}
	if err := json.Unmarshal(raw, &deployment); err != nil || deployment.Kind != "Deployment" {
		return nil
	}
	var pod corev1.Pod
	if err := json.Unmarshal(deployment.Spec.Template, &pod); err != nil {
		t.Fatal(err)
	}
	decision, err := d.DecidePod(t.Context(), namespace, &pod)
	if err != nil {
		t.Fatal(err)
	}
	if refused := decision.Outcome == inject.Denied; refused != (got.code == 1) {
		t.Errorf("the webhook's decision is %s (%v), inject exits with %d: %s", decision.Outcome, decision.Problems, got.code, got.errOut)
	}
	if decision.Outcome != inject.Injected {
		return nil
	}
	operations := decision.Operations
	for i := range operations {
		operations[i].Path = "/spec/template" + operations[i].Path
	}
	return decodeYAML(t, string(injecttest.Apply(t, raw, operations)))
}

func decodeYAML(t *testing.T, text string) (value any) {
	t.Helper()
	if err := yaml.Unmarshal([]byte(text), &value); err != nil {
		t.Fatal(err)
	}
	return value
}
