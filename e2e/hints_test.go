package e2e

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/linkerd-gcm/linkerd-gcm/e2e/programs"
	"github.com/linkerd-gcm/linkerd-gcm/internal/checkout"
	"github.com/linkerd-gcm/linkerd-gcm/internal/names"
)

// repair matches what check says to run where there is no MutatingWebhookConfiguration.
var repair = regexp.MustCompile(`so nothing is injected: run (.*?)(?:, with the values of the installation)?\n`)

// What check says to run repairs an installation, and keeps its values, however it was
// installed. The webhook configurations have the same name in the whole cluster, so this
// does not run in parallel with others.
func TestHintsRepairWhatWasInstalled(t *testing.T) {
	for name, test := range map[string]struct {
		install func(t *testing.T, namespace, values string)
		// want is what check says, whose placeholder a user replaces.
		want        string
		placeholder [2]string
	}{
		"kubectl": {
			install: func(t *testing.T, _, values string) {
				objects := mustRun(t, "linkerd-gcm install --values "+values)
				removeAtEnd(t, strictClient(t), parseObjects(t, []byte(objects))...)
				mustRun(t, "linkerd-gcm install --values "+values+" | kubectl apply --server-side -f -")
			},
			want:        "linkerd gcm install --values FILE | kubectl apply --server-side -f -",
			placeholder: [2]string{"FILE", "VALUES"},
		},
		"Helm": {
			install: func(t *testing.T, namespace, values string) {
				t.Cleanup(func() { helmUninstall(t, helmIn(t, namespace)) })
				mustRun(t, fmt.Sprintf("helm install linkerd-gcm manifests/linkerd-gcm --namespace %s --create-namespace --values %s", namespace, values))
			},
			want:        "helm upgrade linkerd-gcm CHART --namespace NAMESPACE --reset-then-reuse-values",
			placeholder: [2]string{"CHART", "manifests/linkerd-gcm"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			namespace := fmt.Sprintf("hints-%d", rand.Uint32())
			values := filepath.Join(t.TempDir(), "gcm-values.yaml")
			if err := os.WriteFile(values, []byte("failurePolicy: Fail\nreplicas: 3\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			test.install(t, namespace, values)
			configurations := client.AdmissionregistrationV1().MutatingWebhookConfigurations()
			if err := configurations.Delete(t.Context(), names.MutatingConfiguration, metav1.DeleteOptions{}); err != nil {
				t.Fatal(err)
			}
			checked, _, _ := linkerdGCM(t, "check", "--wait=0s", "--output=short") // it fails where it finds something
			found := repair.FindSubmatch(checked)
			if want := strings.ReplaceAll(test.want, "NAMESPACE", namespace); found == nil || string(found[1]) != want {
				t.Fatalf("check says to run %q, want %q:\n%s", found, want, checked)
			}
			command := strings.ReplaceAll(string(found[1]), test.placeholder[0], strings.ReplaceAll(test.placeholder[1], "VALUES", values))
			mustRun(t, strings.ReplaceAll(command, "linkerd gcm", "linkerd-gcm"))
			repaired, err := configurations.Get(t.Context(), names.MutatingConfiguration, metav1.GetOptions{})
			if err != nil {
				t.Fatal(err)
			}
			if got := *repaired.Webhooks[0].FailurePolicy; got != "Fail" {
				t.Errorf("after %s, failurePolicy is %s, as without values", command, got)
			}
		})
	}
}

// mustRun runs a command of the shell in the repository's root, as a user of the cluster who
// has kubectl, helm and linkerd-gcm, and returns what it prints.
func mustRun(t *testing.T, command string) string {
	t.Helper()
	root, err := checkout.Root()
	if err != nil {
		t.Fatal(err)
	}
	paths, err := programs.Ensure(t.Context(), root, t.Output(), programs.Kubectl, programs.Helm, programs.LinkerdGCM)
	if err != nil {
		t.Fatal(err)
	}
	bin := t.TempDir()
	for name, program := range map[string]string{"kubectl": programs.Kubectl, "helm": programs.Helm, "linkerd-gcm": programs.LinkerdGCM} {
		if err := os.Symlink(paths[program], filepath.Join(bin, name)); err != nil {
			t.Fatal(err)
		}
	}
	run := exec.CommandContext(t.Context(), "bash", "-e", "-o", "pipefail", "-c", command)
	run.Dir = root
	run.Env = append(os.Environ(), "KUBECONFIG="+kubeconfig, "PATH="+bin+":"+os.Getenv("PATH"))
	var messages strings.Builder
	run.Stderr = &messages
	printed, err := run.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s%s", command, err, printed, messages.String())
	}
	return string(printed)
}
