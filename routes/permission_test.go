package routes

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	rbac "k8s.io/api/rbac/v1"
	"sigs.k8s.io/yaml"
)

// TestRolesAllowDiscoveryAlone wants a Role with what Prometheus' service discovery lists and
// watches (discovery/kubernetes/kubernetes.go) for whom it is printed, and no more.
func TestRolesAllowDiscoveryAlone(t *testing.T) {
	watch := []string{"list", "watch"}
	for name, test := range map[string]struct {
		route  string
		change func(*Request)
		want   []rbac.PolicyRule
	}{
		"federation": {"federation", func(*Request) {}, []rbac.PolicyRule{{APIGroups: []string{""}, Resources: []string{"pods"}, Verbs: watch}}},
		"an operator": {"servicemonitor", func(r *Request) { r.Form = OfOperator }, []rbac.PolicyRule{
			{APIGroups: []string{""}, Resources: []string{"endpoints", "services", "pods"}, Verbs: watch},
			{APIGroups: []string{"discovery.k8s.io"}, Resources: []string{"endpointslices"}, Verbs: watch},
		}},
		"with a policy already": {"federation", func(r *Request) { r.NoPolicy = true }, []rbac.PolicyRule{{APIGroups: []string{""}, Resources: []string{"pods"}, Verbs: watch}}},
		"before policies":       {"federation", func(r *Request) { r.Viz.Server = "" }, []rbac.PolicyRule{{APIGroups: []string{""}, Resources: []string{"pods"}, Verbs: watch}}},
		"nobody's name":         {"federation", func(r *Request) { r.Scraper = unmeshed("10.8.0.0/14") }, nil},
		"Google's collectors":   {"servicemonitor", func(r *Request) { r.Form, r.Scraper = Managed, unmeshed("10.8.0.0/14") }, nil},
		"who finds nothing":     {"api", func(*Request) {}, nil},
	} {
		r := request(t, "2.20", meshed)
		test.change(&r)
		route, _ := Find(test.route)
		out, err := route.Print(r)
		if err != nil {
			t.Fatal(err)
		}
		var role rbac.Role
		var binding rbac.RoleBinding
		for document := range strings.SplitSeq(out.Objects, "\n---\n") {
			switch {
			case strings.Contains(document, "kind: RoleBinding\n"):
				err = yaml.UnmarshalStrict([]byte(document), &binding)
			case strings.Contains(document, "kind: Role\n"):
				err = yaml.UnmarshalStrict([]byte(document), &role)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		if diff := cmp.Diff(test.want, role.Rules); diff != "" {
			t.Errorf("%s: rules (-want +got):\n%s", name, diff)
		}
		if test.want == nil {
			continue
		}
		ref := rbac.RoleRef{APIGroup: rbac.GroupName, Kind: "Role", Name: role.Name}
		subjects := []rbac.Subject{{Kind: rbac.ServiceAccountKind, Name: meshed.ServiceAccount, Namespace: meshed.Namespace}}
		if diff := cmp.Diff(ref, binding.RoleRef) + cmp.Diff(subjects, binding.Subjects); diff != "" || role.Namespace != "linkerd-viz" || binding.Namespace != "linkerd-viz" {
			t.Errorf("%s: in %s and %s, who gets it (-want +got):\n%s", name, role.Namespace, binding.Namespace, diff)
		}
	}
}

// TestWhoeverHasNoRoleIsToldHowToGetOne runs what the comment says.
func TestWhoeverHasNoRoleIsToldHowToGetOne(t *testing.T) {
	for name, test := range map[string]struct {
		scraper Scraper
		server  string
		want    string
	}{
		"a network": {unmeshed("10.8.0.0/14"), "prometheus-admin", "with --service-account, --namespace and --no-policy in place of --network."},
		"nobody":    {Scraper{}, "", "with --service-account and --namespace."},
	} {
		r := request(t, "2.20", test.scraper)
		r.Viz.Server = test.server
		for _, route := range []func(Request) (Output, error){federation, serviceMonitor} {
			out, err := route(r)
			if err != nil {
				t.Fatal(err)
			}
			if text := strings.ReplaceAll(out.Text(All), "\n# ", " "); !strings.Contains(text, test.want) {
				t.Errorf("%s: want %q in\n%s", name, test.want, text)
			}
		}
	}
}
