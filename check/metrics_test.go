package check

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
)

// proxying is a cluster whose API server hands these texts on, by path.
func proxying(t *testing.T, texts map[string]string, pods ...corev1.Pod) *cluster {
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
	return &cluster{client: fake.NewClientBuilder().WithLists(&corev1.PodList{Items: pods}).Build(), discovery: discoverer}
}

func TestExportsAreReadThroughTheAPIServer(t *testing.T) {
	c := proxying(t, map[string]string{"/api/v1/namespaces/linkerd-viz/pods/prometheus-1:9091/proxy/metrics": strings.NewReplacer(
		"REFUSED", "1", "ACCEPTED", "2", "DROPPED", "3", "READ", "4", "SENT", "5").Replace(counted)})
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: "linkerd-viz", Name: "prometheus-1"}}
	got, known := c.exportsOf(t.Context(), pod)
	if !known || got.refused != 1 || got.accepted != 2 || got.dropped["target_not_found"] != 3 || got.read != 4 || got.sent != 5 {
		t.Errorf("got %+v, %v", got, known)
	}
	pod.Name = "of-somebody-else"
	if got, known := c.exportsOf(t.Context(), pod); known {
		t.Errorf("what may not be read is %+v", got)
	}
}

func TestCertificatesInMemory(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	metrics := func(left time.Duration) string {
		return fmt.Sprintf("# TYPE gcm_injector_serving_certificate_expiry_timestamp_seconds gauge\n"+
			"gcm_injector_serving_certificate_expiry_timestamp_seconds %d\n", now.Add(left).Unix())
	}
	for name, test := range map[string]struct {
		args []string
		text string
		want string
	}{
		"young":                                {nil, metrics(20 * time.Hour), ""},
		"to be renewed":                        {nil, metrics(7 * time.Hour), ""},
		"not renewed":                          {nil, metrics(4 * time.Hour), "the certificate of pod linkerd-gcm/gcm-injector-1 has only 4h0m0s left of 24h0m0s"},
		"of a shorter life":                    {[]string{"--certificate-lifetime=10h"}, metrics(4 * time.Hour), ""},
		"expired":                              {nil, metrics(-time.Hour), "has expired"},
		"none yet":                             {nil, "# TYPE gcm_injector_serving_certificate_expiry_timestamp_seconds gauge\ngcm_injector_serving_certificate_expiry_timestamp_seconds 0\n", ""},
		"of an injector that may not be asked": {nil, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			labels := map[string]string{"component": "gcm-injector"}
			meta := metav1.ObjectMeta{Namespace: "linkerd-gcm", Name: "gcm-injector-1", Labels: labels}
			texts := map[string]string{}
			if test.text != "" {
				texts["/api/v1/namespaces/linkerd-gcm/pods/gcm-injector-1:9990/proxy/metrics"] = test.text
			}
			e := &examination{cluster: proxying(t, texts, corev1.Pod{ObjectMeta: meta}), now: now}
			deployment := &appsv1.Deployment{Spec: appsv1.DeploymentSpec{
				Selector: &metav1.LabelSelector{MatchLabels: labels},
				Template: corev1.PodTemplateSpec{Spec: corev1.PodSpec{Containers: []corev1.Container{{Args: test.args}}}},
			}}
			got, err := e.inMemory(t.Context(), installation{namespace: "linkerd-gcm", deployment: deployment})
			if err != nil {
				t.Fatal(err)
			}
			says(t, test.want, all(got))
		})
	}
}
