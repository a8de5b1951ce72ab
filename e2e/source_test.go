package e2e

import (
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/linkerd-gcm/linkerd-gcm/internal/checkout"
)

// A checkout is installed as the README says: what `make image PUSH=…` pushes is what the
// CLI of the same commit installs.
func TestSourceIsBuiltPushedAndInstalled(t *testing.T) {
	t.Parallel()
	const commit = "0123abc-dirty" // as `git describe` says
	server := httptest.NewServer(registry.New())
	t.Cleanup(server.Close)
	repository := strings.TrimPrefix(server.URL, "http://") + "/team/linkerd-gcm"
	root, err := checkout.Root()
	if err != nil {
		t.Fatal(err)
	}
	cli := filepath.Join(t.TempDir(), "linkerd-gcm")
	for _, command := range [][]string{
		{"go", "build", "-ldflags", "-X main.version=" + commit, "-o", cli, "./cmd/linkerd-gcm"},
		{"make", "image", "PUSH=" + repository, "VERSION=" + commit},
	} {
		run := exec.CommandContext(t.Context(), command[0], command[1:]...)
		run.Dir = root
		if printed, err := run.CombinedOutput(); err != nil {
			t.Fatalf("%v: %v\n%s", command, err, printed)
		}
	}
	printed, err := exec.CommandContext(t.Context(), cli, "install", "--image", repository).Output()
	if err != nil {
		t.Fatal(err)
	}
	objects := parseObjects(t, printed)
	i := slices.IndexFunc(objects, func(o *unstructured.Unstructured) bool { return o.GetKind() == "Deployment" })
	containers, _, err := unstructured.NestedSlice(objects[i].Object, "spec", "template", "spec", "containers")
	if err != nil || len(containers) != 1 {
		t.Fatalf("containers %v: %v", containers, err)
	}
	reference, err := name.ParseReference(containers[0].(map[string]any)["image"].(string))
	if err != nil {
		t.Fatal(err)
	}
	index, err := remote.Index(reference)
	if err != nil {
		t.Fatalf("the image that is installed: %v", err)
	}
	manifest, err := index.IndexManifest()
	if err != nil {
		t.Fatal(err)
	}
	var platforms []string
	for _, m := range manifest.Manifests {
		platforms = append(platforms, m.Platform.String())
	}
	if diff := cmp.Diff([]string{"linux/amd64", "linux/arm64"}, platforms); diff != "" {
		t.Errorf("platforms (-want +got):\n%s", diff)
	}
}
