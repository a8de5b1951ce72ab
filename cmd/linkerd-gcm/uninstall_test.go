package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	"github.com/linkerd-gcm/linkerd-gcm/internal/installed"
	"github.com/linkerd-gcm/linkerd-gcm/internal/manifest"
)

const kept = "linkerd-gcm: note: ConfigMap linkerd-viz/linkerd-prometheus-sidecar-config is not deleted; " +
	"to delete it, run kubectl -n linkerd-viz delete configmap linkerd-prometheus-sidecar-config\n"

func TestUninstall(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*apiServer)
		// want are the objects in their order.
		want []string
		says outcome
	}{
		"the webhook configurations first, and nothing twice": {
			want: []string{
				"MutatingWebhookConfiguration linkerd-gcm-webhook-config",
				"ValidatingWebhookConfiguration linkerd-gcm-validator-webhook-config",
				"Namespace linkerd-gcm",
				"ClusterRoleBinding linkerd-gcm-injector",
				"ClusterRole linkerd-gcm-injector",
				"Role kube-system/gcm-injector",
			},
			says: outcome{0, "", kept},
		},
		"a namespace of somebody else's": {
			change: func(a *apiServer) {
				a.lists["/api/v1/namespaces"] = nil
				a.lists["/apis/cert-manager.io/v1/certificates"] = named("linkerd-gcm/gcm-injector")
				a.lists["/api/v1/configmaps"] = nil
			},
			want: []string{
				"MutatingWebhookConfiguration linkerd-gcm-webhook-config",
				"ValidatingWebhookConfiguration linkerd-gcm-validator-webhook-config",
				"Deployment linkerd-gcm/gcm-injector",
				"PodDisruptionBudget linkerd-gcm/gcm-injector",
				"NetworkPolicy linkerd-gcm/gcm-injector",
				"Service linkerd-gcm/gcm-injector",
				"Certificate linkerd-gcm/gcm-injector",
				"ClusterRoleBinding linkerd-gcm-injector",
				"ClusterRole linkerd-gcm-injector",
				"RoleBinding linkerd-gcm/gcm-injector",
				"Role linkerd-gcm/gcm-injector",
				"Role kube-system/gcm-injector",
				"ServiceAccount linkerd-gcm/gcm-injector",
			},
		},
		"a namespace that is being deleted already": {
			change: func(a *apiServer) {
				now := metav1.Now()
				for i := range a.lists["/api/v1/namespaces"] {
					a.lists["/api/v1/namespaces"][i].DeletionTimestamp = &now
				}
			},
			want: []string{
				"MutatingWebhookConfiguration linkerd-gcm-webhook-config",
				"ValidatingWebhookConfiguration linkerd-gcm-validator-webhook-config",
				"ClusterRoleBinding linkerd-gcm-injector",
				"ClusterRole linkerd-gcm-injector",
				"Role kube-system/gcm-injector",
			},
			says: outcome{0, "", kept},
		},
		"nothing": {
			change: func(a *apiServer) { a.lists = map[string][]metav1.ObjectMeta{} },
			says:   outcome{1, "", "linkerd-gcm: No resources found to uninstall\n"},
		},
		"not even part of it where something cannot be read": {
			change: func(a *apiServer) { a.forbidden = "/apis/rbac.authorization.k8s.io/v1/roles" },
			says:   outcome{1, "", "linkerd-gcm: listing roles.rbac.authorization.k8s.io: you may not read that\n"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			server := everythingInstalled()
			if test.change != nil {
				test.change(server)
			}
			got := execute("", "uninstall", "--kubeconfig", server.start(t))
			if diff := cmp.Diff(test.want, names(t, got.out)); diff != "" {
				t.Errorf("objects (-want +got):\n%s", diff)
			}
			got.out = ""
			if diff := cmp.Diff(test.says, got, cmp.AllowUnexported(outcome{})); diff != "" {
				t.Errorf("outcome (-want +got):\n%s", diff)
			}
		})
	}
}

// names returns kind and name of each document of a stream.
func names(t *testing.T, stream string) []string {
	t.Helper()
	file, err := manifest.Split("stdout", []byte(stream))
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, d := range file.Documents {
		var o installed.Object
		if err := yaml.UnmarshalStrict(d.Text, &o); err != nil {
			t.Fatal(err)
		}
		all = append(all, o.Kind+" "+strings.TrimPrefix(o.Metadata.Namespace+"/"+o.Metadata.Name, "/"))
	}
	return all
}

func TestWhichClusterAndAsWhom(t *testing.T) {
	for name, test := range map[string]struct {
		args  []string
		user  string
		group []string
		fails string
	}{
		"the current context":         {args: nil},
		"an empty list of groups":     {args: []string{"--as-group=[]"}},
		"a user":                      {args: []string{"--as=me", "--as-group=[]"}, user: "me"},
		"a user and groups":           {args: []string{"--as=me", "--as-group=us", "--as-group=all"}, user: "me", group: []string{"us", "all"}},
		"groups of no user":           {args: []string{"--as-group=us"}},
		"another context":             {args: []string{"--context=nowhere"}, fails: "listing mutatingwebhookconfigurations.admissionregistration.k8s.io: Get \"http://127.0.0.1:1/"},
		"a context that is not there": {args: []string{"--context=away"}, fails: `reading the kubeconfig: context "away" does not exist`},
	} {
		t.Run(name, func(t *testing.T) {
			server := everythingInstalled()
			got := execute("", append([]string{"uninstall", "--kubeconfig", server.start(t)}, test.args...)...)
			if test.fails != "" {
				if got.code != 1 || !strings.HasPrefix(got.errOut, "linkerd-gcm: "+test.fails) {
					t.Errorf("exit code %d, stderr %q", got.code, got.errOut)
				}
				return
			}
			if got.code != 0 || len(server.requests) == 0 {
				t.Fatalf("exit code %d, %d requests, stderr %q", got.code, len(server.requests), got.errOut)
			}
			header := server.requests[0].Header
			if diff := cmp.Diff(test.user, header.Get("Impersonate-User")); diff != "" {
				t.Errorf("user (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(test.group, header.Values("Impersonate-Group")); diff != "" {
				t.Errorf("groups (-want +got):\n%s", diff)
			}
		})
	}
}

func TestNoClusterIsKnown(t *testing.T) {
	t.Setenv("KUBECONFIG", "none")
	t.Setenv("KUBERNETES_SERVICE_HOST", "")
	t.Setenv("HOME", t.TempDir())
	want := outcome{1, "", "linkerd-gcm: no cluster is known, since none does not exist: name a kubeconfig file with --kubeconfig or in $KUBECONFIG\n"}
	if diff := cmp.Diff(want, execute("", "uninstall"), cmp.AllowUnexported(outcome{})); diff != "" {
		t.Errorf("outcome (-want +got):\n%s", diff)
	}
}
