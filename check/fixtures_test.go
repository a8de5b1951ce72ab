package check

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"

	"github.com/linkerd-gcm/linkerd-gcm/check/cluster"
)

// expect fails the test where a problem is not what is wanted, "" for none.
func expect(t *testing.T, want string, problem error) {
	t.Helper()
	if want == "" && problem != nil || want != "" && (problem == nil || !strings.Contains(problem.Error(), want)) {
		t.Errorf("got %v, want %q", problem, want)
	}
}

// clusterServing is a cluster whose API server serves these texts, by path.
func clusterServing(t *testing.T, texts map[string]string, pods ...corev1.Pod) *cluster.Reader {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, known := texts[r.URL.Path]
		if !known {
			w.WriteHeader(http.StatusForbidden)
		}
		fmt.Fprint(w, text)
	}))
	t.Cleanup(server.Close)
	discoverer, err := discovery.NewDiscoveryClientForConfig(&rest.Config{Host: server.URL})
	if err != nil {
		t.Fatal(err)
	}
	return cluster.New(fake.NewClientBuilder().WithLists(&corev1.PodList{Items: pods}).Build(), discoverer)
}
