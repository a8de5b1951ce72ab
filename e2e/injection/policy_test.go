package injection

import (
	"context"
	"os"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/linkerd-gcm/linkerd-gcm/settings"
)

// TestThePolicyOfTheThreatModel applies the policy that docs/threat-model.md shows, and
// has two users annotate a namespace, of whom one may create pods in it.
func TestThePolicyOfTheThreatModel(t *testing.T) {
	text, err := os.ReadFile("../../docs/threat-model.md")
	if err != nil {
		t.Fatal(err)
	}
	_, policy, found := strings.Cut(string(text), "```yaml\napiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingAdmissionPolicy\n")
	policy, _, closed := strings.Cut(policy, "```")
	if !found || !closed {
		t.Fatal("docs/threat-model.md has no policy")
	}
	objects, err := kubernetes.ApplyYAML(t.Context(), "apiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingAdmissionPolicy\n"+policy)
	if err != nil {
		t.Fatal(err)
	}
	n := newNamespace(t, nil)
	t.Cleanup(func() {
		for _, object := range objects {
			n.mustDelete(object)
		}
	})
	namespaces := rbacv1.PolicyRule{APIGroups: []string{""}, Resources: []string{"namespaces", "namespaces/status"}, Verbs: []string{"get", "patch"}}
	pods := rbacv1.PolicyRule{APIGroups: []string{""}, Resources: []string{"pods"}, Verbs: []string{"create"}}
	some := n.userWho("some-"+n.name, namespaces)
	both := n.userWho("both-"+n.name, namespaces, pods)

	evil := annotating(settings.SidecarImage, "registry.example.com/evil:1")
	n.await("the policy to hold", func() bool { return isForbidden(evil(n, some, true)) })
	if err := evil(n, some, false); err == nil || !strings.Contains(err.Error(), "annotations under gcm.linkerd.io/ are for those who may create pods") {
		t.Errorf("somebody who may not create pods annotates: %v", err)
	}
	if err := annotating("example.com/other", "x")(n, some, false); err != nil {
		t.Errorf("somebody who may not create pods writes another annotation: %v", err)
	}
	if err := annotating(settings.SidecarImage, "registry.example.com/good:1")(n, both, false); err != nil {
		t.Errorf("somebody who may create pods annotates: %v", err)
	}
	if err := annotating("example.com/other", "y")(n, some, false); err != nil {
		t.Errorf("somebody who may not create pods writes another annotation beside ours: %v", err)
	}
	remove := client.RawPatch("application/merge-patch+json", []byte(`{"metadata":{"annotations":{"`+settings.SidecarImage+`":null}}}`))
	object := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: n.name}}
	if err := some.client.Status().Patch(t.Context(), object, remove); !isForbidden(err) {
		t.Errorf("somebody who may not create pods removes an annotation along with the status: %v", err)
	}
	if err := some.client.Patch(t.Context(), object, remove); !isForbidden(err) {
		t.Errorf("somebody who may not create pods removes an annotation: %v", err)
	}
}

// isForbidden reports whether a policy refused a request.
func isForbidden(err error) bool {
	return err != nil && strings.Contains(err.Error(), "gcm-annotations")
}

// userWho makes a user who may do all that the rules say, and no more.
func (n namespace) userWho(name string, rules ...rbacv1.PolicyRule) *user {
	n.Helper()
	role := &rbacv1.ClusterRole{ObjectMeta: metav1.ObjectMeta{Name: name}, Rules: rules}
	n.create(role)
	n.create(&rbacv1.ClusterRoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: name},
		Subjects:   []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: rbacv1.UserKind, Name: name}},
	})
	config := rest.CopyConfig(kubernetes.Config)
	config.Impersonate = rest.ImpersonationConfig{UserName: name}
	c, err := client.New(config, client.Options{})
	if err != nil {
		n.Fatal(err)
	}
	return &user{client: c}
}

func (n namespace) mustDelete(object client.Object) {
	n.Helper()
	if err := kubernetes.Delete(context.WithoutCancel(n.Context()), object); err != nil {
		n.Error(err)
	}
}
