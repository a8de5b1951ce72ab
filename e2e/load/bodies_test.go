package load

import (
	"bytes"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
)

// strangers is the client of somebody who reaches the injector, and is not the API
// server.
func strangers(t *testing.T) *http.Client {
	t.Helper()
	transport := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport, Timeout: time.Minute}
}

// post sends a body to the injector, and returns the code and the text of the answer.
func post(client *http.Client, body io.Reader) (code int, text string, err error) {
	response, err := client.Post("https://"+gcm.WebhookAddress()+"/mutate-pods", "application/json", body)
	if err != nil {
		return 0, "", err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	return response.StatusCode, string(answer), err
}

// list is a list of the same element, without brackets.
func list(element string, length int) string {
	return strings.TrimSuffix(strings.Repeat(element+",", length), ",")
}

// review is an AdmissionReview for a namespace, with a pod and further members.
func (n namespace) review(pod, more string) string {
	return fmt.Sprintf(`{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{"uid":"uid","namespace":%q,`+
		`"operation":"CREATE","object":%s%s}}`, n.name, pod, more)
}

// manyContainers is a Prometheus with these containers.
func manyContainers(containers string) string {
	return `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"many","labels":{"linkerd.io/extension":"viz","component":"prometheus"}},` +
		`"spec":{"containers":[` + containers + `]}}`
}

// TestExpensiveBodies sends bodies that take much more memory decoded than they have
// bytes, four at a time.
func TestExpensiveBodies(t *testing.T) {
	n := newNamespace(t)
	pod, err := json.Marshal(n.prometheus())
	if err != nil {
		t.Fatal(err)
	}
	withContainers := func(containers string) string {
		return n.review(manyContainers(containers), "")
	}
	// {} is what a user sends, and this is what the API server makes of it.
	const container = `{"name":"","resources":{},"terminationMessagePath":"/dev/termination-log",` +
		`"terminationMessagePolicy":"File","imagePullPolicy":"IfNotPresent"}`
	for name, test := range map[string]struct {
		body string
		code int
		want string
	}{
		"YAML":                           {"z: [" + list("a", 3_400_000) + "]", http.StatusBadRequest, "not a JSON object"},
		"YAML in braces":                 {"{z: [" + list("a", 3_400_000) + "]}", http.StatusBadRequest, "not a JSON object"},
		"300,000 containers":             {withContainers(list("{}", 300_000)), http.StatusOK, "values, of which at most"},
		"25,000 containers with details": {withContainers(list(container, 25_000)), http.StatusOK, "values, of which at most"},
		"two million groups":             {n.review(string(pod), `,"userInfo":{"groups":[`+list(`""`, 2_000_000)+`]}`), http.StatusRequestEntityTooLarge, "values"},
		"many facts about a user":        {n.review(string(pod), `,"userInfo":{"extra":{`+keys(600_000)+`}}`), http.StatusRequestEntityTooLarge, "values"},
	} {
		t.Run(name, func(t *testing.T) {
			n := n
			n.T = t
			limitMemory(t, gcm)
			client := strangers(t)
			n.injectedWhile("expensive bodies arrive", func() {
				atOnce(4, func(int) {
					code, text, err := post(client, strings.NewReader(test.body))
					busy := code == http.StatusServiceUnavailable
					if err != nil || !busy && (code != test.code || !strings.Contains(text, test.want)) {
						t.Errorf("the answer is %d, %.300s, %v", code, text, err)
					}
				})
			})
		})
	}
}

func keys(count int) string {
	var text bytes.Buffer
	for i := range count {
		fmt.Fprintf(&text, `"%x":[],`, i)
	}
	return strings.TrimSuffix(text.String(), ",")
}

// TestManyContainersFromAUserWhoMayCreatePods has somebody create pods that are
// expensive to decode, through the API server.
func TestManyContainersFromAUserWhoMayCreatePods(t *testing.T) {
	n, attacked := newNamespace(t), newNamespace(t)
	attacked.allowToCreatePods("somebody")
	limitMemory(t, gcm)
	// The API server itself takes seconds to validate more containers than these.
	n.injectedWhile("somebody creates pods of many containers", func() {
		atOnce(4, func(int) {
			c := attacked.createRaw(t.Context(), dryRun, []byte(manyContainers(list("{}", 1_000))))
			if c.code != http.StatusUnprocessableEntity || !c.warned("values, of which at most") {
				t.Errorf("a pod of containers without names: want a warning that says why it is not injected, got %s", c)
			}
		})
	})
	variables := list(`{"name":"a","value":"b"}`, 4_000)
	c := attacked.createRaw(t.Context(), dryRun, []byte(manyContainers(`{"name":"prometheus","image":"prometheus","env":[`+variables+`]}`)))
	if c.code != http.StatusCreated || !c.warned("without the sidecar") || !c.warned("values, of which at most") {
		t.Errorf("a pod of many variables: want a warning that says why it is not injected, got %s", c)
	}
}

// allowToCreatePods lets a user create pods in the namespace and nothing else, and makes
// the namespace's client that user.
func (n *namespace) allowToCreatePods(user string) {
	n.Helper()
	meta := metav1.ObjectMeta{Namespace: n.name, Name: user}
	n.make(&rbacv1.Role{ObjectMeta: meta, Rules: []rbacv1.PolicyRule{
		{APIGroups: []string{""}, Resources: []string{"pods"}, Verbs: []string{"create"}},
	}})
	n.make(&rbacv1.RoleBinding{
		ObjectMeta: meta, RoleRef: rbacv1.RoleRef{Kind: "Role", Name: user},
		Subjects: []rbacv1.Subject{{Kind: rbacv1.UserKind, Name: user}},
	})
	config := rest.CopyConfig(kubernetes.Config)
	config.Impersonate.UserName = user
	var err error
	if n.http, err = rest.HTTPClientFor(config); err != nil {
		n.Fatal(err)
	}
	n.await("the permission to create pods", func() error {
		c := n.create(dryRun)
		if c.err == nil && c.code != http.StatusCreated {
			c.err = fmt.Errorf("%s", c)
		}
		return c.err
	})
}

// TestBodiesThatAreRefused sends what no API server sends.
func TestBodiesThatAreRefused(t *testing.T) {
	n := newNamespace(t)
	limitMemory(t, gcm)
	const hundred = 100 << 20
	review := n.review("{}", "")
	client := strangers(t)
	for name, test := range map[string]struct {
		body   io.Reader
		length int64
		header string
		code   int
	}{
		"100 MiB":                 {endless{}, hundred, "", http.StatusRequestEntityTooLarge},
		"100 MiB of no length":    {io.LimitReader(endless{}, hundred), -1, "", http.StatusRequestEntityTooLarge},
		"gzip":                    {strings.NewReader("\x1f\x8b\x08\x00\x00\x00\x00\x00"), -1, "gzip", http.StatusBadRequest},
		"truncated":               {strings.NewReader(review[:len(review)-1]), -1, "", http.StatusBadRequest},
		"nothing":                 {nil, 0, "", http.StatusBadRequest},
		"two AdmissionReviews":    {strings.NewReader(review + review), -1, "", http.StatusBadRequest},
		"lists in lists in lists": {strings.NewReader(strings.Repeat("[", 1<<20)), -1, "", http.StatusBadRequest},
		"deep objects":            {strings.NewReader(strings.Repeat(`{"a":`, 1<<20)), -1, "", http.StatusBadRequest},
	} {
		t.Run(name, func(t *testing.T) {
			request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "https://"+gcm.WebhookAddress()+"/mutate-pods", test.body)
			if err != nil {
				t.Fatal(err)
			}
			request.ContentLength = test.length
			request.Header.Set("Content-Type", "application/json")
			if test.header != "" {
				request.Header.Set("Content-Encoding", test.header)
			}
			response, err := client.Do(request)
			if err != nil {
				t.Fatal(err)
			}
			defer response.Body.Close()
			if response.StatusCode != test.code {
				t.Errorf("the answer is %s, want %d", response.Status, test.code)
			}
		})
	}
	n.wantInjected("the next", n.create(dryRun))
}

// endless is a body of JSON that does not end by itself.
type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = '{'
	}
	return len(p), nil
}
