package routes

import (
	"fmt"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/linkerd-gcm/linkerd-gcm/viz"
)

// proxyServer is the name of the Server of "linkerd viz allow-scrapes".
const proxyServer = "proxy-admin"

// A GuardedNamespace has meshed pods whose proxies do not let everybody in.
type GuardedNamespace struct {
	Name string
	// Servers are those on the proxies' admin port that exist already and let in only some.
	Servers []string
	// Defaults are the different default policies of the pods that no Server selects, in
	// order; none where there are no such pods, or where they are not known.
	Defaults []string
	// Others are requirements that pods of other Servers do not meet.
	Others []metav1.LabelSelectorRequirement
	// Shared are other Servers that no requirement can leave out.
	Shared []string
}

// needsServer reports whether there are pods that no Server selects.
func (g GuardedNamespace) needsServer() bool { return len(g.Servers) == 0 || len(g.Defaults) > 0 }

// The default policies of Linkerd that are written here, and the first version of Servers that
// take one, since 2.16.
const (
	denyPolicy    = "deny"
	accessVersion = "v1beta3"
)

// access is what a Server does with whom no policy names, so that it does what the proxies have
// done without it; "" where it cannot, or where that is what a Server does anyway.
func (g GuardedNamespace) access(version string) string {
	if version != accessVersion || len(g.Defaults) != 1 || g.Defaults[0] == denyPolicy {
		return ""
	}
	return g.Defaults[0]
}

// closes reports whether a new Server refuses others than the proxies have refused, as far as
// that is known.
func (g GuardedNamespace) closes(version string) bool {
	unknown := len(g.Defaults) == 0 && g.needsServer()
	return g.access(version) == "" && (unknown || slices.ContainsFunc(g.Defaults, func(policy string) bool { return policy != denyPolicy }))
}

// proxyPolicies let the scraper in where proxies do not let everybody in.
func (r Request) proxyPolicies() (documents []document, warnings []string, err error) {
	if r.NoPolicy {
		return nil, nil, nil
	}
	for _, guarded := range r.Guarded {
		servers := guarded.Servers
		if guarded.needsServer() {
			documents = append(documents, r.proxyServer(guarded))
			servers = append([]string{proxyServer}, slices.DeleteFunc(slices.Clone(servers), func(s string) bool { return s == proxyServer })...)
		}
		for _, name := range servers {
			policies, err := r.policies(server{guarded.Name, name})
			if err != nil {
				return nil, nil, fmt.Errorf("the proxies of namespace %s do not let everybody in, and %w", guarded.Name, err)
			}
			documents = append(documents, policies...)
		}
		own, ownWarnings, err := r.keepsOthers(guarded)
		if err != nil {
			return nil, nil, err
		}
		documents, warnings = append(documents, own...), append(warnings, ownWarnings...)
	}
	if len(r.Guarded) > 0 && r.Scraper.ServiceAccount == "" {
		warnings = append(warnings, networkWarning(r.Scraper.Networks))
	}
	return documents, warnings, nil
}

// keepsOthers lets linkerd-viz' own Prometheus in where a new Server would refuse it, and says
// who else is refused from then on.
func (r Request) keepsOthers(g GuardedNamespace) (documents []document, warnings []string, err error) {
	if len(g.Shared) > 0 {
		warnings = append(warnings, fmt.Sprintf("namespace %s: Server %s is printed for pods of %s as well; before Linkerd 2.18, it is not certain which one counts",
			g.Name, proxyServer, strings.Join(g.Shared, ", ")))
	}
	if !g.closes(r.Viz.PolicyVersion) {
		return nil, warnings, nil
	}
	warning := fmt.Sprintf("namespace %s: its proxies have %s; once there is Server %s, all of them refuse whom no policy names", g.Name, g.defaults(), proxyServer)
	own := Scraper{ServiceAccount: viz.PrometheusService, Namespace: r.Viz.Namespace}
	if r.NoViz || r.Scraper.ServiceAccount == own.ServiceAccount && r.Scraper.Namespace == own.Namespace {
		return nil, append(warnings, warning), nil
	}
	r.Scraper = own
	if documents, err = r.policies(server{g.Name, proxyServer}); err != nil {
		return nil, nil, fmt.Errorf("linkerd-viz' Prometheus has to be let in by the proxies of namespace %s, and %w", g.Name, err)
	}
	documents[0].comment = "Lets in linkerd-viz' own Prometheus, which the Server would refuse from now on."
	return documents, append(warnings, warning+", other than linkerd-viz' Prometheus"), nil
}

// defaults are the default policies as words.
func (g GuardedNamespace) defaults() string {
	switch len(g.Defaults) {
	case 0:
		return "default policies that are not known"
	case 1:
		return "the default policy " + g.Defaults[0]
	default:
		return "the default policies " + strings.Join(g.Defaults, " and ")
	}
}

// proxyServer is Linkerd's Server on the proxies' own port. It has the name of that of "linkerd
// viz allow-scrapes", so that there are not two of them.
func (r Request) proxyServer(g GuardedNamespace) document {
	version := r.Viz.PolicyVersion
	selector := object{{"matchExpressions", append([]object{injected}, requirements(g.Others)...), ""}}
	spec := object{{"podSelector", selector, ""}, {"port", proxyPortName, ""}, {"proxyProtocol", "HTTP/1", ""}}
	spec.add(g.access(version) != "", "accessPolicy", g.access(version), "As without this Server: it is the default policy that these proxies have.")
	return document{fmt.Sprintf("The port with the metrics of the proxies in namespace %s. %s The kubelet's probes are let in by Linkerd.", g.Name, g.whoIsRefused(version)), object{
		{"apiVersion", policyGroup + "/" + version, ""},
		{"kind", "Server", ""},
		{"metadata", object{{"name", proxyServer, ""}, {"namespace", g.Name, ""}}, ""},
		{"spec", spec, ""},
	}}
}

// whoIsRefused says in a comment whom a new Server refuses.
func (g GuardedNamespace) whoIsRefused(version string) string {
	switch {
	case g.access(version) != "":
		return "Whom no policy names is let in or refused as before."
	case g.closes(version):
		return fmt.Sprintf("WARNING: these proxies have %s; from now on, all of them refuse whom no policy names.", g.defaults())
	default:
		return "Whom no policy names is refused, as before."
	}
}

// injected is what the pods have that Linkerd's injector has been at.
var injected = object{{"key", controlPlaneLabel, ""}, {"operator", "Exists", ""}}

func requirements(all []metav1.LabelSelectorRequirement) []object {
	var list []object
	for _, r := range all {
		o := object{{"key", r.Key, ""}, {"operator", string(r.Operator), ""}}
		o.add(len(r.Values) > 0, "values", r.Values, "")
		list = append(list, o)
	}
	return list
}
