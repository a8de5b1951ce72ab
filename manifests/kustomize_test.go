package manifests

import (
	"os"
	"slices"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
)

// documented is the Kustomization of docs/operations.md, for the rendered file beside it.
func documented(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "```yaml\napiVersion: kustomize.config.k8s.io")
	kustomization, _, found := strings.Cut(rest, "```")
	if !found {
		t.Fatal("docs/operations.md has no Kustomization")
	}
	lines := strings.SplitAfter("apiVersion: kustomize.config.k8s.io"+kustomization, "\n")
	i := slices.IndexFunc(lines, func(line string) bool { return strings.HasPrefix(line, "- https://") })
	if i < 0 || !strings.HasSuffix(lines[i], "/manifests/install.yaml\n") {
		t.Fatal("the Kustomization's first resource is not manifests/install.yaml by its URL")
	}
	lines[i] = "- install.yaml\n"
	return strings.Join(lines, "")
}

func TestKustomizeBuildsTheDocumentedInstallation(t *testing.T) {
	kustomization := documented(t)
	for name := range committed {
		t.Run(name, func(t *testing.T) {
			rendered, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			files := filesys.MakeFsInMemory()
			for path, content := range map[string][]byte{"install.yaml": rendered, "kustomization.yaml": []byte(kustomization)} {
				if err := files.WriteFile(path, content); err != nil {
					t.Fatal(err)
				}
			}
			resources, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(files, ".")
			if err != nil {
				t.Fatal(err)
			}
			stream, err := resources.AsYaml()
			if err != nil {
				t.Fatal(err)
			}
			objects := decode(t, stream)
			if got, want := len(objects), len(decode(t, rendered)); got != want {
				t.Errorf("%d objects after Kustomize, %d before", got, want)
			}
			deployment := the[*appsv1.Deployment](t, objects, "gcm-injector")
			container := deployment.Spec.Template.Spec.Containers[0]
			const image = "registry.example.com/linkerd-gcm:v0.1.0"
			if container.Image != image || sidecarImage(container) != image || *deployment.Spec.Replicas != 3 {
				t.Errorf("got image %s, sidecar %s, %d replicas", container.Image, sidecarImage(container), *deployment.Spec.Replicas)
			}
		})
	}
}
