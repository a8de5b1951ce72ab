package e2e

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	runtimeclient "sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/linkerd-gcm/linkerd-gcm/e2e/programs"
	"github.com/linkerd-gcm/linkerd-gcm/internal/checkout"
)

// linkerdGCM runs the CLI like the linkerd command, and returns its output.
func linkerdGCM(t *testing.T, arguments ...string) (stdout []byte, stderr string, err error) {
	t.Helper()
	return linkerdGCMAlone(t, append(arguments, "--kubeconfig="+kubeconfig, "--as-group=[]", "--linkerd-namespace=linkerd")...)
}

// linkerdGCMAlone runs the CLI with these arguments alone.
func linkerdGCMAlone(t *testing.T, arguments ...string) (stdout []byte, stderr string, err error) {
	t.Helper()
	root, err := checkout.Root()
	if err != nil {
		t.Fatal(err)
	}
	paths, err := programs.Ensure(t.Context(), root, os.Stderr, programs.LinkerdGCM)
	if err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), paths[programs.LinkerdGCM], arguments...)
	var messages bytes.Buffer
	command.Stderr = &messages
	stdout, err = command.Output()
	return stdout, messages.String(), err
}

// This does not run in parallel with other tests: the webhook configurations have the
// same name in the whole cluster.
func TestCLIUninstallsAllThatItInstalls(t *testing.T) {
	stream, stderr, err := linkerdGCM(t, "install")
	if err != nil {
		t.Fatalf("install: %v: %s", err, stderr)
	}
	objects := parseObjects(t, stream)
	strict := strictClient(t)
	removeAtEnd(t, strict, objects...)
	applyUntilThere(t, strict, objects)
	viz := newNamespace(t, "viz-", nil, nil)
	theirs, err := client.CoreV1().ConfigMaps(viz.Name).Create(t.Context(), &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{Name: "rules", Labels: map[string]string{"linkerd.io/extension": "gcm"}},
	}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}

	stream, stderr, err = linkerdGCM(t, "uninstall")
	if err != nil {
		t.Fatalf("uninstall: %v: %s", err, stderr)
	}
	found := parseObjects(t, stream)
	var kinds []string
	for _, object := range found {
		kinds = append(kinds, object.GetKind())
	}
	first := []string{"MutatingWebhookConfiguration", "ValidatingWebhookConfiguration", "Namespace"}
	if diff := cmp.Diff(first, kinds[:min(3, len(kinds))]); diff != "" {
		t.Errorf("what is to be deleted first (-want +got):\n%s", diff)
	}
	for _, object := range found {
		if err := strict.Delete(t.Context(), object); err != nil && !apierrors.IsNotFound(err) {
			t.Errorf("deleting %s %s: %v", object.GetKind(), object.GetName(), err)
		}
	}
	eventually(t, func() error {
		left, stderr, err := linkerdGCM(t, "uninstall")
		var exit *exec.ExitError
		if errors.As(err, &exit) && exit.ExitCode() == 1 && strings.Contains(stderr, "No resources found to uninstall") {
			return nil
		}
		return fmt.Errorf("uninstall returns %w and prints %q and %q", err, left, stderr)
	})
	if _, err := client.CoreV1().ConfigMaps(viz.Name).Get(t.Context(), theirs.Name, metav1.GetOptions{}); err != nil {
		t.Errorf("the user's ConfigMap: %v", err)
	}
	// Uninstall leaves out what is being deleted already, which takes a while.
	eventually(t, func() error {
		for _, object := range slices.Backward(objects) {
			if err := strict.Get(t.Context(), runtimeclient.ObjectKeyFromObject(object), object); !apierrors.IsNotFound(err) {
				return fmt.Errorf("%s %s is still there", object.GetKind(), object.GetName())
			}
		}
		return nil
	})
}
