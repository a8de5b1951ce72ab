package manifests

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

// All permissions of the injector. A further permission has to be added here too.
var (
	readsAndEvents = []rbacv1.PolicyRule{
		{APIGroups: []string{""}, Resources: []string{"namespaces", "configmaps"}, Verbs: []string{"get"}},
		{APIGroups: []string{"apps"}, Resources: []string{"replicasets"}, Verbs: []string{"get"}},
		{APIGroups: []string{"", "events.k8s.io"}, Resources: []string{"events"}, Verbs: []string{"create", "patch"}},
	}
	ownWebhooks = []rbacv1.PolicyRule{
		{
			APIGroups: []string{"admissionregistration.k8s.io"}, Resources: []string{"mutatingwebhookconfigurations"},
			ResourceNames: []string{mutating}, Verbs: []string{"get", "list", "watch", "patch"},
		},
		{
			APIGroups: []string{"admissionregistration.k8s.io"}, Resources: []string{"validatingwebhookconfigurations"},
			ResourceNames: []string{validating}, Verbs: []string{"get", "list", "watch", "patch"},
		},
	}
	ownSecretAndLease = []rbacv1.PolicyRule{
		{APIGroups: []string{""}, Resources: []string{"secrets"}, Verbs: []string{"create"}},
		{
			APIGroups: []string{""}, Resources: []string{"secrets"},
			ResourceNames: []string{"gcm-injector-ca"}, Verbs: []string{"get", "list", "watch", "update"},
		},
		{APIGroups: []string{"coordination.k8s.io"}, Resources: []string{"leases"}, Verbs: []string{"create"}},
		{
			APIGroups: []string{"coordination.k8s.io"}, Resources: []string{"leases"},
			ResourceNames: []string{"gcm-injector"}, Verbs: []string{"get", "update"},
		},
	}
)

func TestTheInjectorHasOnlyThePermissionsThatItNeeds(t *testing.T) {
	forEachVariant(t, func(t *testing.T, values map[string]any, objects []runtime.Object) {
		wantCluster, wantOwn := readsAndEvents, []rbacv1.PolicyRule(nil)
		if source := values["certificates"]; source == nil || source == "self-managed" {
			wantCluster, wantOwn = append(readsAndEvents[:3:3], ownWebhooks...), ownSecretAndLease
		}
		cluster := the[*rbacv1.ClusterRole](t, objects, "linkerd-gcm-injector")
		if diff := cmp.Diff(wantCluster, cluster.Rules); diff != "" {
			t.Errorf("cluster-wide: %s", diff)
		}
		var own []rbacv1.PolicyRule
		if role, ok := find[*rbacv1.Role](objects, "gcm-injector"); ok {
			own = role.Rules
		}
		if diff := cmp.Diff(wantOwn, own); diff != "" {
			t.Errorf("in its own namespace: %s", diff)
		}
	})
}

func TestTheBindingsAreForTheInjectorOnly(t *testing.T) {
	subjects := []rbacv1.Subject{{Kind: "ServiceAccount", Name: "gcm-injector", Namespace: DefaultNamespace}}
	objects := objectsOf(t, Options{})
	cluster := the[*rbacv1.ClusterRoleBinding](t, objects, "linkerd-gcm-injector")
	own := the[*rbacv1.RoleBinding](t, objects, "gcm-injector")
	want := []rbacv1.RoleRef{
		{APIGroup: "rbac.authorization.k8s.io", Kind: "ClusterRole", Name: "linkerd-gcm-injector"},
		{APIGroup: "rbac.authorization.k8s.io", Kind: "Role", Name: "gcm-injector"},
	}
	if diff := cmp.Diff(want, []rbacv1.RoleRef{cluster.RoleRef, own.RoleRef}); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([][]rbacv1.Subject{subjects, subjects}, [][]rbacv1.Subject{cluster.Subjects, own.Subjects}); diff != "" {
		t.Error(diff)
	}
}

// Who checks changes nothing: what looks otherwise is for dry runs, and only where asked
// for.
func TestWhoChecksMayOnlyRead(t *testing.T) {
	read := []rbacv1.PolicyRule{
		{APIGroups: []string{""}, Resources: []string{"namespaces", "nodes", "pods", "configmaps", "serviceaccounts"}, Verbs: []string{"get", "list"}},
		{APIGroups: []string{"apps"}, Resources: []string{"deployments", "replicasets"}, Verbs: []string{"get", "list"}},
		{APIGroups: []string{"admissionregistration.k8s.io"}, Resources: []string{"mutatingwebhookconfigurations"}, ResourceNames: []string{mutating}, Verbs: []string{"get"}},
		{APIGroups: []string{"admissionregistration.k8s.io"}, Resources: []string{"validatingwebhookconfigurations"}, ResourceNames: []string{validating}, Verbs: []string{"get"}},
		{APIGroups: []string{"cert-manager.io"}, Resources: []string{"certificates"}, Verbs: []string{"list"}},
		{
			APIGroups: []string{"policy.linkerd.io"}, Verbs: []string{"list"},
			Resources: []string{"servers", "serverauthorizations", "authorizationpolicies", "networkauthentications", "meshtlsauthentications"},
		},
	}
	full := append(read[:6:6],
		rbacv1.PolicyRule{APIGroups: []string{""}, Resources: []string{"namespaces", "pods"}, Verbs: []string{"create"}},
		rbacv1.PolicyRule{APIGroups: []string{""}, Resources: []string{"pods/proxy"}, Verbs: []string{"get"}},
	)
	forEachVariant(t, func(t *testing.T, values map[string]any, objects []runtime.Object) {
		cluster, found := find[*rbacv1.ClusterRole](objects, "linkerd-gcm-check")
		role, secrets := find[*rbacv1.Role](objects, "linkerd-gcm-check")
		switch values["checkRole"] {
		case "none":
			if found || secrets {
				t.Error("there is a role for checks")
			}
		case "full":
			if diff := cmp.Diff(full, cluster.Rules); diff != "" {
				t.Error(diff)
			}
			if !secrets || len(role.Rules) != 1 || len(role.Rules[0].ResourceNames) != 1 || role.Rules[0].ResourceNames[0] == "" {
				t.Errorf("the Secrets that may be read are not exactly one: %+v", role)
			}
		default:
			if diff := cmp.Diff(read, cluster.Rules); diff != "" || secrets {
				t.Error(diff)
			}
		}
	})
}

func TestTheTokenIsMountedIntoTheInjectorsContainerOnly(t *testing.T) {
	objects := objectsOf(t, Options{})
	account := the[*corev1.ServiceAccount](t, objects, "gcm-injector")
	spec := the[*appsv1.Deployment](t, objects, "gcm-injector").Spec.Template.Spec
	if spec.ServiceAccountName != account.Name || *account.AutomountServiceAccountToken || *spec.AutomountServiceAccountToken {
		t.Error("the token is mounted into every container of the pod, including those that others add")
	}
	mount := spec.Containers[0].VolumeMounts[0]
	if mount.MountPath != "/var/run/secrets/kubernetes.io/serviceaccount" || mount.Name != spec.Volumes[0].Name {
		t.Errorf("the token is not where clients look for it: %v", mount)
	}
	var paths []string
	for _, source := range spec.Volumes[0].Projected.Sources {
		switch {
		case source.ServiceAccountToken != nil:
			paths = append(paths, source.ServiceAccountToken.Path)
		case source.ConfigMap != nil:
			paths = append(paths, source.ConfigMap.Items[0].Path)
		case source.DownwardAPI != nil:
			paths = append(paths, source.DownwardAPI.Items[0].Path)
		}
	}
	if diff := cmp.Diff([]string{"token", "ca.crt", "namespace"}, paths); diff != "" {
		t.Error(diff)
	}
}
