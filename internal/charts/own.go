package charts

import (
	"embed"
	"encoding/json"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"helm.sh/helm/v4/pkg/chart/common"
	chartutil "helm.sh/helm/v4/pkg/chart/common/util"
	chart "helm.sh/helm/v4/pkg/chart/v2"
	"helm.sh/helm/v4/pkg/chart/v2/loader"
	"helm.sh/helm/v4/pkg/engine"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"
)

// ownVersion stands for a version in the names of the own chart's files.
const ownVersion = "own"

// variants are the values that the own chart is rendered with, one file each.
//
//go:embed variants/*.yaml
var variants embed.FS

// namespaces are those of the variants that are not installed in linkerd-viz.
var namespaces = map[string]string{"other-namespace": "viz-system"}

// Own renders the project's own chart for the test and returns the files of a
// name, sorted by variant.
func Own(t testing.TB, name string) []File {
	t.Helper()
	loaded, err := loader.LoadDir(filepath.Join(rootOf(t), "e2e", "viz", "chart"))
	if err != nil {
		t.Fatal(err)
	}
	values, err := variants.ReadDir("variants")
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	for _, file := range values {
		variant := strings.TrimSuffix(file.Name(), ".yaml")
		rendered := render(t, loaded, variant)
		write(t, filepath.Join(folder, ownVersion, variant, Rendered), rendered)
		write(t, filepath.Join(folder, ownVersion, variant, Pod), podOf(t, rendered))
	}
	files, err := filesIn(folder, name)
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// render returns what the chart renders with a variant's values, each document
// behind a line "---".
func render(t testing.TB, loaded *chart.Chart, variant string) string {
	t.Helper()
	text, err := variants.ReadFile(path.Join("variants", variant+".yaml"))
	if err != nil {
		t.Fatal(err)
	}
	values, err := common.ReadValues(text)
	if err != nil {
		t.Fatalf("%s: %v", variant, err)
	}
	release := common.ReleaseOptions{Name: "linkerd-viz", Namespace: "linkerd-viz", IsInstall: true, Revision: 1}
	if namespace, other := namespaces[variant]; other {
		release.Namespace = namespace
	}
	context, err := chartutil.ToRenderValues(loaded, values, release, nil)
	if err != nil {
		t.Fatalf("%s: %v", variant, err)
	}
	files, err := engine.Render(loaded, context)
	if err != nil {
		t.Fatalf("%s: %v", variant, err)
	}
	var documents strings.Builder
	for _, name := range slices.Sorted(maps.Keys(files)) {
		documents.WriteString("---\n" + strings.TrimSpace(files[name]) + "\n")
	}
	return documents.String()
}

// podOf returns the pod that the rendered Deployment's ReplicaSet makes.
func podOf(t testing.TB, rendered string) string {
	t.Helper()
	for document := range strings.SplitSeq(rendered, "---\n") {
		var deployment appsv1.Deployment
		if err := yaml.Unmarshal([]byte(document), &deployment); err != nil {
			t.Fatal(err)
		}
		if deployment.Kind != "Deployment" {
			continue
		}
		const hash = "5d8f7c6b94"
		template := deployment.Spec.Template
		pod := corev1.Pod{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Pod"}, ObjectMeta: template.ObjectMeta, Spec: template.Spec}
		pod.GenerateName = deployment.Name + "-" + hash + "-"
		pod.Labels[appsv1.DefaultDeploymentUniqueLabelKey] = hash
		controller := deployment.DeepCopy()
		controller.Name += "-" + hash
		controller.UID = "6f1c1a52-9c0e-4f6c-8a55-2f3d7c0b9e11"
		pod.OwnerReferences = []metav1.OwnerReference{*metav1.NewControllerRef(controller, appsv1.SchemeGroupVersion.WithKind("ReplicaSet"))}
		encoded, err := json.MarshalIndent(pod, "", " ")
		if err != nil {
			t.Fatal(err)
		}
		return string(encoded) + "\n"
	}
	t.Fatal("the chart renders no Deployment")
	return ""
}

func write(t testing.TB, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
