package main

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// labelled is a cluster whose injector has a label with a version, and does not answer.
func labelled(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	version := metav1.GroupVersionForDiscovery{GroupVersion: "apps/v1", Version: "v1"}
	apps := metav1.APIGroup{TypeMeta: metav1.TypeMeta{Kind: "APIGroup", APIVersion: "v1"}, Name: "apps", Versions: []metav1.GroupVersionForDiscovery{version}, PreferredVersion: version}
	switch r.URL.Path {
	case "/api":
		_ = json.NewEncoder(w).Encode(metav1.APIVersions{TypeMeta: metav1.TypeMeta{Kind: "APIVersions"}, Versions: []string{"v1"}})
	case "/apis":
		_ = json.NewEncoder(w).Encode(metav1.APIGroupList{TypeMeta: metav1.TypeMeta{Kind: "APIGroupList", APIVersion: "v1"}, Groups: []metav1.APIGroup{apps}})
	case "/apis/apps":
		_ = json.NewEncoder(w).Encode(apps)
	case "/apis/apps/v1":
		_ = json.NewEncoder(w).Encode(metav1.APIResourceList{
			TypeMeta: metav1.TypeMeta{Kind: "APIResourceList", APIVersion: "v1"}, GroupVersion: "apps/v1",
			APIResources: []metav1.APIResource{{Name: "deployments", Kind: "Deployment", Namespaced: true, Verbs: metav1.Verbs{"get", "list"}}},
		})
	case "/apis/apps/v1/namespaces/linkerd-gcm/deployments/gcm-injector":
		_ = json.NewEncoder(w).Encode(appsv1.Deployment{
			TypeMeta:   metav1.TypeMeta{Kind: "Deployment", APIVersion: "apps/v1"},
			ObjectMeta: metav1.ObjectMeta{Namespace: "linkerd-gcm", Name: "gcm-injector", Labels: map[string]string{"app.kubernetes.io/version": "v1.2.3"}},
		})
	default:
		refuse(w, metav1.StatusReasonForbidden, http.StatusForbidden, "you may not")
	}
}

func TestVersionOfTheServer(t *testing.T) {
	t.Setenv("KUBECONFIG", "none")
	t.Setenv("HOME", t.TempDir())
	here := "--kubeconfig=" + serve(t, http.HandlerFunc(labelled))
	const note = "linkerd-gcm: note: the server's version is that of a label, since the injector could not be asked; see linkerd-gcm version --help\n"
	const unknown = "no cluster is known, since none does not exist: name a kubeconfig file with --kubeconfig or in $KUBECONFIG"
	for name, test := range map[string]struct {
		args []string
		want outcome
	}{
		"of a label":            {[]string{here}, outcome{0, "Client version: dev\nServer version: v1.2.3\n", note}},
		"the numbers":           {[]string{here, "--short"}, outcome{0, "dev\nv1.2.3\n", note}},
		"of a label, as JSON":   {[]string{here, "-o", "json"}, outcome{0, "{\n  \"clientVersion\": \"dev\",\n  \"serverVersion\": \"v1.2.3\",\n  \"serverVersionFrom\": \"label\"\n}\n", ""}},
		"no cluster":            {nil, outcome{0, "Client version: dev\nServer version: unavailable\n", "linkerd-gcm: the server's version is unavailable: " + unknown + "\n"}},
		"no cluster, as JSON":   {[]string{"-o", "json"}, outcome{0, "{\n  \"clientVersion\": \"dev\",\n  \"serverError\": \"" + unknown + "\"\n}\n", ""}},
		"the client's, as JSON": {[]string{"-o", "json", "--client"}, outcome{0, "{\n  \"clientVersion\": \"dev\"\n}\n", ""}},
		"an unknown output":     {[]string{"-o", "yaml"}, outcome{2, "", "linkerd-gcm: --output is \"yaml\": want text or json\n"}},
	} {
		t.Run(name, func(t *testing.T) {
			got := execute("", append([]string{"version"}, test.args...)...)
			if diff := cmp.Diff(test.want, got, cmp.AllowUnexported(outcome{})); diff != "" {
				t.Errorf("outcome (-want +got):\n%s", diff)
			}
		})
	}
}
