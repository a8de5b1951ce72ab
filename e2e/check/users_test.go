package check

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/linkerd-gcm/linkerd-gcm/e2e/controlplane"
	"github.com/linkerd-gcm/linkerd-gcm/manifests"
)

// noRole is the role of a user without any permission to read.
const noRole = "none"

// user creates a service account with a role of Kubernetes' own and
// returns its kubeconfig.
func user(s stage, role string) string {
	s.Helper()
	s.create(&corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Namespace: s.name, Name: "user"}})
	if role != noRole {
		binding := &rbacv1.ClusterRoleBinding{
			ObjectMeta: metav1.ObjectMeta{Name: s.name},
			RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: role},
			Subjects:   []rbacv1.Subject{{Kind: "ServiceAccount", Namespace: s.name, Name: "user"}},
		}
		s.create(binding)
		s.Cleanup(func() { s.remove(binding) })
	}
	config, err := controlplane.ServiceAccountConfig(s.Context(), kubernetes.Config, s.name, "user")
	if err != nil {
		s.Fatal(err)
	}
	file := filepath.Join(s.TempDir(), "kubeconfig")
	if err := controlplane.WriteKubeconfig(config, file); err != nil {
		s.Fatal(err)
	}
	return file
}

func TestBeforeTheInstallation(t *testing.T) {
	t.Run("pre-administrator", func(t *testing.T) {
		install(t)
		golden(t, kubernetes.Kubeconfig, 0, "--pre")
	})
	t.Run("pre-reader-of-a-taken-namespace", func(t *testing.T) {
		s := installed(t, "viz-pre")
		change(s, "", manifests.DefaultNamespace, &corev1.Namespace{}, func(n *corev1.Namespace) { delete(n.Labels, "linkerd.io/extension") })
		golden(t, user(s, "view"), 1, "--pre")
	})
}

// The chart has a role for those who run check, with which nothing is left unchecked that
// can be read, or nothing at all.
func TestTheRoleForChecks(t *testing.T) {
	t.Run("checker", func(t *testing.T) {
		golden(t, user(healthy(t, "viz-checker"), "linkerd-gcm-check"), 0, "--wait=0s")
	})
	s := healthy(t, "viz-full-checker")
	s.apply(manifests.Options{Version: "dev", Values: map[string]any{"sidecarImage": image, "checkRole": "full"}}, "name: linkerd-gcm-check")
	kubeconfig := user(s, "linkerd-gcm-check")
	binding := &rbacv1.RoleBinding{
		ObjectMeta: metav1.ObjectMeta{Namespace: manifests.DefaultNamespace, Name: s.name},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: "linkerd-gcm-check"},
		Subjects:   []rbacv1.Subject{{Kind: "ServiceAccount", Namespace: s.name, Name: "user"}},
	}
	s.create(binding)
	t.Cleanup(func() { s.remove(binding) })
	if got := check(t, kubeconfig, "--wait=0s", "--strict"); got.code != 0 || !strings.HasSuffix(got.out, "\nStatus check results are √\n") {
		t.Errorf("exit code %d, output\n%s", got.code, got.out)
	}
}

// Who may read nothing gets no success for it: the last line counts, and --strict fails.
func TestWhatIsNotCheckedIsCounted(t *testing.T) {
	s := healthy(t, "viz-unread")
	kubeconfig := user(s, noRole)
	got := check(t, kubeconfig, "--wait=0s")
	last := regexp.MustCompile(`\nStatus check results are √, \d+ checks could not be made\n$`)
	if got.code != 0 || !last.MatchString(got.out) {
		t.Errorf("exit code %d, output\n%s", got.code, got.out)
	}
	got = check(t, kubeconfig, "--wait=0s", "--strict")
	last = regexp.MustCompile(`\nStatus check results are ×, \d+ checks could not be made\n$`)
	if got.code != 1 || !last.MatchString(got.out) {
		t.Errorf("with --strict: exit code %d, output\n%s", got.code, got.out)
	}
	if got := check(t, kubernetes.Kubeconfig, "--wait=0s", "--strict"); got.code != 0 {
		t.Errorf("an administrator, with --strict: exit code %d, output\n%s", got.code, got.out)
	}
}
