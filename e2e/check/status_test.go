package check

import (
	"errors"
	"strings"
	"testing"

	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

var errStillForbidden = errors.New("it is still forbidden")

// status runs linkerd-gcm status, and fails unless it says so and exits with 1.
func status(s stage, kubeconfig string, want ...string) {
	s.Helper()
	got, err := execute(s.Context(), "status", "--kubeconfig="+kubeconfig, "--namespace="+s.name)
	if err != nil {
		s.Fatal(err)
	}
	for _, text := range want {
		if !strings.Contains(got.out, text) {
			s.Errorf("status does not say %q:\n%s", text, got.out)
		}
	}
	if got.code != 1 || got.errOut != "" {
		s.Errorf("exit code %d, stderr %q", got.code, got.errOut)
	}
}

// TestStatusOfASidecarThatCannotBeAsked has the API server forbid, and then fail to reach the
// pod, which has no address. An API server does not connect to a pod on the loopback interface,
// so that nothing can answer here.
func TestStatusOfASidecarThatCannotBeAsked(t *testing.T) {
	s := healthy(t, "viz-status")
	status(s, kubernetes.Kubeconfig, "‼ it is not known whether metrics arrive: the sidecar cannot be asked through the API server: ",
		"kubectl -n "+s.name+" port-forward pod/"+s.pod.Name+" 9091")
	reader := user(s, "view")
	name := "system:serviceaccount:" + s.name + ":user"
	status(s, reader, "‼ it is not known whether metrics arrive: the sidecar cannot be asked through the API server: ",
		"kubectl -n "+s.name+" create role linkerd-gcm-status --verb=get --resource=pods/proxy && "+
			"kubectl -n "+s.name+" create rolebinding linkerd-gcm-status --role=linkerd-gcm-status --user="+name)

	// What these commands create.
	meta := metav1.ObjectMeta{Namespace: s.name, Name: "linkerd-gcm-status"}
	s.create(&rbacv1.Role{ObjectMeta: meta, Rules: []rbacv1.PolicyRule{{APIGroups: []string{""}, Resources: []string{"pods/proxy"}, Verbs: []string{"get"}}}})
	s.create(&rbacv1.RoleBinding{
		ObjectMeta: meta, RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: meta.Name},
		Subjects: []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: "User", Name: name}},
	})
	s.await("the permission", func() error {
		got, err := execute(s.Context(), "status", "--kubeconfig="+reader, "--namespace="+s.name)
		if err == nil && strings.Contains(got.out, "forbidden") {
			err = errStillForbidden
		}
		return err
	})
	status(s, reader, "port-forward pod/"+s.pod.Name+" 9091")
}

func TestStatusWithoutAPodOrASidecar(t *testing.T) {
	s := installed(t, "viz-status-empty")
	status(s, kubernetes.Kubeconfig, "× metrics do not arrive: there is no pod of linkerd-viz' Prometheus in namespace "+s.name)
	s.pod = s.upgrade("a pod without a sidecar")
	status(s, kubernetes.Kubeconfig, "× metrics do not arrive: the pod has no sidecar, and neither its namespace nor the pod asks for one",
		"kubectl annotate namespace "+s.name+" gcm.linkerd.io/inject=enabled gcm.linkerd.io/project-id=PROJECT")
	status(s, user(s, noRole), `cannot list resource "pods"`, "the permission to list pods, and to get pods/proxy")
}
