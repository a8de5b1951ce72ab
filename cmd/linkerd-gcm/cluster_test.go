package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// apiServer is what the commands see of an API server: lists by path. Of paths
// that it does not know it says, as an API server would, that it knows no such kind.
type apiServer struct {
	lists map[string][]metav1.ObjectMeta
	// forbidden is a path that may not be read.
	forbidden string
	requests  []*http.Request
}

func (a *apiServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a.requests = append(a.requests, r)
	w.Header().Set("Content-Type", "application/json")
	objects, known := a.lists[r.URL.Path]
	switch {
	case r.URL.Path == a.forbidden:
		refuse(w, metav1.StatusReasonForbidden, http.StatusForbidden, "you may not read that")
		return
	case !known:
		refuse(w, metav1.StatusReasonNotFound, http.StatusNotFound, "the server could not find the requested resource")
		return
	}
	list := metav1.PartialObjectMetadataList{
		TypeMeta: metav1.TypeMeta{APIVersion: "meta.k8s.io/v1", Kind: "PartialObjectMetadataList"},
	}
	if selector := r.URL.Query().Get("labelSelector"); selector == "" || selector == "linkerd.io/extension=gcm" {
		for _, o := range objects {
			list.Items = append(list.Items, metav1.PartialObjectMetadata{ObjectMeta: o})
		}
	}
	_ = json.NewEncoder(w).Encode(list)
}

// refuse answers with an error of an API server.
func refuse(w http.ResponseWriter, reason metav1.StatusReason, code int32, message string) {
	w.WriteHeader(int(code))
	_ = json.NewEncoder(w).Encode(metav1.Status{
		TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Status"},
		Status:   metav1.StatusFailure, Reason: reason, Code: code, Message: message,
	})
}

// start serves until the test ends and returns a kubeconfig file for it.
func (a *apiServer) start(t *testing.T) string {
	t.Helper()
	return serve(t, a)
}

// serve serves until the test ends and returns a kubeconfig file for the server. Its
// context "nowhere" leads to no server.
func serve(t *testing.T, handler http.Handler) string {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	file := filepath.Join(t.TempDir(), "kubeconfig")
	text := strings.ReplaceAll(`apiVersion: v1
kind: Config
current-context: here
contexts:
- {name: here, context: {cluster: here}}
- {name: nowhere, context: {cluster: nowhere}}
clusters:
- {name: here, cluster: {server: "SERVER"}}
- {name: nowhere, cluster: {server: "http://127.0.0.1:1"}}
`, "SERVER", server.URL)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func named(names ...string) []metav1.ObjectMeta {
	var all []metav1.ObjectMeta
	for _, name := range names {
		namespace, name, namespaced := strings.Cut(name, "/")
		if !namespaced {
			namespace, name = "", namespace
		}
		all = append(all, metav1.ObjectMeta{Namespace: namespace, Name: name, Labels: map[string]string{"app.kubernetes.io/version": "v1.2.3"}})
	}
	return all
}

// everythingInstalled is a cluster with everything that the chart installs.
func everythingInstalled() *apiServer {
	return &apiServer{lists: map[string][]metav1.ObjectMeta{
		"/api/v1/namespaces":                                                    named("linkerd-gcm"),
		"/api/v1/services":                                                      named("linkerd-gcm/gcm-injector"),
		"/api/v1/serviceaccounts":                                               named("linkerd-gcm/gcm-injector"),
		"/api/v1/configmaps":                                                    named("linkerd-viz/linkerd-prometheus-sidecar-config"),
		"/apis/apps/v1/deployments":                                             named("linkerd-gcm/gcm-injector"),
		"/apis/policy/v1/poddisruptionbudgets":                                  named("linkerd-gcm/gcm-injector"),
		"/apis/networking.k8s.io/v1/networkpolicies":                            named("linkerd-gcm/gcm-injector"),
		"/apis/rbac.authorization.k8s.io/v1/clusterroles":                       named("linkerd-gcm-injector"),
		"/apis/rbac.authorization.k8s.io/v1/clusterrolebindings":                named("linkerd-gcm-injector"),
		"/apis/rbac.authorization.k8s.io/v1/roles":                              named("linkerd-gcm/gcm-injector", "kube-system/gcm-injector"),
		"/apis/rbac.authorization.k8s.io/v1/rolebindings":                       named("linkerd-gcm/gcm-injector"),
		"/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations":   named("linkerd-gcm-webhook-config"),
		"/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations": named("linkerd-gcm-validator-webhook-config"),
	}}
}
