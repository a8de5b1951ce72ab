package live

import (
	"context"
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/linkerd-gcm/linkerd-gcm/e2e/node/images"
	"github.com/linkerd-gcm/linkerd-gcm/e2e/programs"
)

// inboundPort is where Linkerd's proxy receives what is sent to its pod.
const inboundPort = 4143

// addProxy adds to Prometheus' pod a container in place of Linkerd's proxy. It refuses what it
// receives, which is nothing as long as requests are not sent to its port.
func (v viz) addProxy(deployment *unstructured.Unstructured) {
	v.Helper()
	at := []string{"spec", "template", "spec", "containers"}
	containers, _, err := unstructured.NestedSlice(deployment.Object, at...)
	if err == nil {
		containers = append(containers, map[string]any{
			"name": "linkerd-proxy", "image": v.Image(v.T, images.LinkerdProxy),
			"args": []any{fmt.Sprintf("--inbound-address=:%d", inboundPort)},
		})
		err = unstructured.SetNestedSlice(deployment.Object, containers, at...)
	}
	if err != nil {
		v.Fatal(err)
	}
}

// refuse has the container in place of Linkerd's proxy answer to all from outside of the pod.
// In a mesh, a rule of iptables sends them there; here, the Service does. A port-forward enters
// the pod itself, and passes by both.
func (a asker) refuse() {
	a.Helper()
	a.kubectl("", "patch", "service", "prometheus", "--namespace="+a.namespace,
		"--patch", fmt.Sprintf("spec: {ports: [{port: 9090, targetPort: %d}]}", inboundPort))
	a.eventually("the API server is not let in", func(ctx context.Context) error {
		out, message, err := a.run(ctx, programs.Kubectl, "", "get", "--raw", "/api/v1/namespaces/"+a.namespace+"/services/http:prometheus:9090/proxy/-/ready")
		if err == nil || !strings.Contains(message, "(Forbidden)") {
			return fmt.Errorf("it is answered: %s%s", out, message)
		}
		return nil
	})
}

// expectWaysIn asks whether routes work as somebody who may not use the API server's proxy and,
// after that is no longer let in, as others. Whoever may forward ports is answered from inside
// the pod, and nobody else.
func (a asker) expectWaysIn(flags, admitted string) {
	a.Helper()
	a.allow("forwarder", "pods/portforward", "create")
	a.allow("proxied", "services/proxy", "get")
	a.allow("neither", "pods/log", "get")
	a.expectFederation(insidePod, flags+" --as forwarder", admitted)
	a.expectFederation(throughAPIServer, flags+" --as proxied", admitted)
	a.refuse()
	for _, user := range []string{"", " --as forwarder"} {
		a.expectFederation(insidePod, flags+user, admitted)
		a.expectQueried(flags + user)
	}
	a.expectNotKnown(flags+" --as proxied", admitted,
		"through the API server, the answer of Prometheus is 403, as Server "+a.namespace+"/prometheus-admin has it",
		`User "proxied" cannot create resource "pods/portforward"`)
	a.expectNotKnown(flags+" --as neither", admitted,
		"the API server does not ask Prometheus: ", `User "neither" cannot get resource "services/proxy"`,
		`User "neither" cannot create resource "pods/portforward"`)
}

// expectNotKnown asks whether the route federation works, and wants to read why Prometheus could
// not be asked, and what to do.
func (a asker) expectNotKnown(flags string, all ...string) {
	a.Helper()
	out := a.shell("linkerd-gcm export federation --check --viz-namespace " + a.namespace + flags)
	for _, want := range append(all, "‼ how many samples a scrape has is not known: ",
		"; asking pod "+a.namespace+"/prometheus-", "ask for the permission to create pods/portforward in namespace "+a.namespace) {
		if !strings.Contains(out, want) {
			a.Errorf("want %s, the check says:\n%s", want, out)
		}
	}
}

// expectQueried asks whether the route api works, and wants an answer from inside the pod.
func (a asker) expectQueried(flags string) {
	a.Helper()
	out := a.shell("linkerd-gcm export api --check --query 'sum(up)' --viz-namespace " + a.namespace + flags)
	if want := insidePod + "the query with 1 series\n"; !strings.Contains(out, want) {
		a.Errorf("want %s, the check says:\n%s", want, out)
	}
}

// allow lets a user read what --check reads, and do one thing beside it.
func (a asker) allow(user, resource, verb string) {
	a.Helper()
	a.apply(fmt.Sprintf(`
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {namespace: %[1]s, name: %[2]s}
rules:
- {apiGroups: [""], resources: [services, pods, configmaps], verbs: [get, list]}
- {apiGroups: [policy.linkerd.io], resources: ["*"], verbs: [get, list]}
- {apiGroups: [""], resources: [%[3]s], verbs: [%[4]s]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {namespace: %[1]s, name: %[2]s}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: %[2]s}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: %[2]s}]
`, a.namespace, user, resource, verb))
	kind, part, _ := strings.Cut(resource, "/")
	a.eventually(fmt.Sprintf("%s may %s %s", user, verb, resource), func(ctx context.Context) error {
		out, message, err := a.run(ctx, programs.Kubectl, "", "auth", "can-i", verb, kind, "--subresource="+part, "--namespace="+a.namespace, "--as="+user)
		if err != nil {
			return fmt.Errorf("the answer is %s%s", out, message)
		}
		return nil
	})
}
