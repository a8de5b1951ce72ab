package e2e

import (
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
)

// lintLive runs the linter on a namespace and returns its exit code, the rules and places
// of its findings, and its stderr.
func lintLive(t *testing.T, namespace string, arguments ...string) (code int, found []string, stderr string) {
	t.Helper()
	stdout, stderr, err := linkerdGCM(t, append([]string{"lint", "--namespace", namespace, "-o", "json"}, arguments...)...)
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		code = exit.ExitCode()
	} else if err != nil {
		t.Fatal(err)
	}
	if code == 2 {
		return code, nil, stderr
	}
	var report struct {
		Findings []struct {
			Rule, Severity, File string
			Object               struct{ Kind, Namespace, Name, Key string }
			Line, Column         int
		}
	}
	if err := json.Unmarshal(stdout, &report); err != nil {
		t.Fatalf("%v in %q, stderr %q", err, stdout, stderr)
	}
	for _, f := range report.Findings {
		if f.Severity == "error" {
			found = append(found, fmt.Sprintf("%s %s %s %s:%d:%d%s", f.Rule, f.Object.Kind, f.Object.Name, f.Object.Key, f.Line, f.Column, f.File))
		}
	}
	slices.Sort(found)
	return code, found, stderr
}

// zstdDeployment is linkerd-viz' Prometheus with a write-ahead log that the sidecar
// cannot read.
func zstdDeployment() *appsv1.Deployment {
	labels := map[string]string{"linkerd.io/extension": "viz", "component": "prometheus"}
	return &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Name: "prometheus"},
		Spec: appsv1.DeploymentSpec{
			Replicas: ptr.To[int32](0),
			Selector: &metav1.LabelSelector{MatchLabels: labels},
			Template: corev1.PodTemplateSpec{
				ObjectMeta: metav1.ObjectMeta{Labels: labels},
				Spec: corev1.PodSpec{
					Containers: []corev1.Container{{
						Name: "prometheus", Image: "prom/prometheus:v2.55.1", Args: []string{"--storage.tsdb.path=/data", "--storage.tsdb.wal-compression-type=zstd"},
						VolumeMounts: []corev1.VolumeMount{{Name: "data", MountPath: "/data"}},
					}},
					Volumes: []corev1.Volume{{Name: "data", VolumeSource: corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}}}},
				},
			},
		},
	}
}

func TestLintReadsALiveNamespace(t *testing.T) {
	viz := newNamespace(t, "viz-", nil, map[string]string{
		"gcm.linkerd.io/inject": "enabled", "gcm.linkerd.io/project-id": "my-project", "gcm.linkerd.io/location": "us-central1", "gcm.linkerd.io/cluster-name": "c",
		"gcm.linkerd.io/sidecar-image":   "registry.example.com/stackdriver-prometheus-sidecar:0.10.1",
		"gcm.linkerd.io/include":         "{__name__=~\"linkerd_job:.+\"}\nup{\n",
		"gcm.linkerd.io/recording-rules": "rules/missing_rules.yml",
	})
	for _, configMap := range []*corev1.ConfigMap{
		{ObjectMeta: metav1.ObjectMeta{Name: "rules"}, Data: map[string]string{"other_rules.yml": "groups: []\n"}},
		{ObjectMeta: metav1.ObjectMeta{Name: "linkerd-prometheus-sidecar-config"}, Data: map[string]string{"sidecar.yml": "metric_renames:\n- from: linkerd_job:x\n  to: a:b\n"}},
	} {
		if _, err := client.CoreV1().ConfigMaps(viz.Name).Create(t.Context(), configMap, metav1.CreateOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := client.AppsV1().Deployments(viz.Name).Create(t.Context(), zstdDeployment(), metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"CFG009 Deployment prometheus spec.template.spec.containers[0].args[1]:1:37",
		"POD005 ConfigMap rules missing_rules.yml:0:0",
		"REN007 ConfigMap linkerd-prometheus-sidecar-config sidecar.yml:3:7",
		"SEL001 Namespace " + viz.Name + " gcm.linkerd.io/include:2:4",
	}
	code, found, stderr := lintLive(t, viz.Name)
	if diff := cmp.Diff(want, found); diff != "" || code != 1 || stderr != "" {
		t.Errorf("exit code %d, stderr %q, errors (-want +got):\n%s", code, stderr, diff)
	}
	code, found, stderr = lintLive(t, viz.Name, "--annotation", "include={__name__=~\"linkerd_job:.+\"}", "--annotation", "recording-rules=")
	if diff := cmp.Diff([]string{want[0], want[2]}, found); diff != "" || code != 1 || stderr != "" {
		t.Errorf("under other annotations: exit code %d, stderr %q, errors (-want +got):\n%s", code, stderr, diff)
	}
	if code, _, stderr = lintLive(t, "nowhere-"+viz.Name); code != 2 || !strings.Contains(stderr, `namespaces "nowhere-`+viz.Name+`" not found`) {
		t.Errorf("of a namespace that is not there: exit code %d, stderr %q", code, stderr)
	}
	lintWithFewRights(t, viz.Name, want[1:])
}

// Nobody is to take a namespace that was not meant for one that is fine.
func TestLintOfANamespaceThatAsksForNothing(t *testing.T) {
	other := newNamespace(t, "shop-", nil, nil)
	stdout, stderr, err := linkerdGCM(t, "lint", "--namespace", other.Name)
	if err != nil {
		t.Fatalf("%v: %s", err, stderr)
	}
	for _, want := range []string{
		"nothing was checked in namespace " + other.Name,
		"namespace " + other.Name + " asks for nothing: it has no annotation under gcm.linkerd.io/, and no Deployment or pod of linkerd-viz' Prometheus",
	} {
		if !strings.Contains(string(stdout), want) {
			t.Errorf("want %q in %q", want, stdout)
		}
	}
}

func TestCompletionKnowsTheNamespaces(t *testing.T) {
	other := newNamespace(t, "shop-", nil, nil)
	stdout, stderr, err := linkerdGCMAlone(t, "__complete", "check", "--kubeconfig="+kubeconfig, "--namespace", "shop-")
	if err != nil || !strings.Contains(string(stdout), other.Name+"\n") {
		t.Errorf("%v: want %s in %q, stderr %q", err, other.Name, stdout, stderr)
	}
}

// lintWithFewRights runs the linter as a user who may read only the namespace and its
// ConfigMaps.
func lintWithFewRights(t *testing.T, namespace string, want []string) {
	t.Helper()
	const user = "reader-of-little"
	if code, _, stderr := lintLive(t, namespace, "--as", user); code != 2 || !strings.Contains(stderr, "forbidden") {
		t.Errorf("without any permission: exit code %d, stderr %q", code, stderr)
	}
	role, err := client.RbacV1().Roles(namespace).Create(t.Context(), &rbacv1.Role{
		ObjectMeta: metav1.ObjectMeta{Name: user},
		Rules:      []rbacv1.PolicyRule{{APIGroups: []string{""}, Resources: []string{"namespaces", "configmaps"}, Verbs: []string{"get"}}},
	}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = client.RbacV1().RoleBindings(namespace).Create(t.Context(), &rbacv1.RoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: user},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: role.Name},
		Subjects:   []rbacv1.Subject{{Kind: rbacv1.UserKind, APIGroup: rbacv1.GroupName, Name: user}},
	}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, func() error {
		code, found, stderr := lintLive(t, namespace, "--as", user)
		if diff := cmp.Diff(want, found); diff != "" || code != 1 {
			return fmt.Errorf("exit code %d, stderr %q, errors (-want +got):\n%s", code, stderr, diff)
		}
		for _, part := range []string{
			"the permission is missing: listing Deployments of namespace " + namespace,
			"the permission is missing: listing pods of namespace " + namespace,
			"--sidecar-image and --allowed-sidecar-images are not known, give them with flags of the same names",
		} {
			if !strings.Contains(stderr, part) {
				return fmt.Errorf("stderr does not contain %q: %q", part, stderr)
			}
		}
		return nil
	})
}
