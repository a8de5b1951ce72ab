package manifests

import (
	"os"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
)

func TestKustomizeAcceptsTheRenderedFile(t *testing.T) {
	const kustomization = `
resources: [install.yaml]
images:
- name: ghcr.io/linkerd-gcm/gcm-injector
  newName: registry.example/gcm-injector
  newTag: v9.8.7
replicas:
- name: gcm-injector
  count: 3
patches:
- target: {kind: Deployment, name: gcm-injector}
  patch: |
    - op: add
      path: /spec/template/spec/containers/0/args/-
      value: --sidecar-image=registry.example/sidecar:1
`
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
			last := container.Args[len(container.Args)-1]
			if container.Image != "registry.example/gcm-injector:v9.8.7" || *deployment.Spec.Replicas != 3 || last != "--sidecar-image=registry.example/sidecar:1" {
				t.Errorf("got image %s, %d replicas, last flag %s", container.Image, *deployment.Spec.Replicas, last)
			}
		})
	}
}
