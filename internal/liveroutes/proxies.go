package liveroutes

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/linkerd-gcm/linkerd-gcm/internal/linkerdpolicy"
	"github.com/linkerd-gcm/linkerd-gcm/routes"
)

// The proxies' container, and their own port.
const (
	proxyContainer = "linkerd-proxy"
	proxyPort      = 4191
	proxyPortName  = "linkerd-admin"
)

// What decides about requests to ports that no Server selects. The annotation is on pods where
// their workload or namespace has it; the default of the cluster is in the variable of the
// proxy alone (linkerd2's charts/partials/templates/_proxy.tpl).
const (
	inboundPolicyAnnotation = "config.linkerd.io/default-inbound-policy"
	inboundPolicyVariable   = "LINKERD2_PROXY_INBOUND_DEFAULT_POLICY"
)

// defaultPolicies are those that Linkerd knows; the injector ignores an annotation with another.
var defaultPolicies = []string{"all-unauthenticated", "all-authenticated", "cluster-unauthenticated", "cluster-authenticated", denyPolicy, "audit"}

const denyPolicy = "deny"

// defaultPolicy is what a pod's proxy does with requests that no Server is for.
func (p pod) defaultPolicy() string {
	if policy := p.Annotations[inboundPolicyAnnotation]; slices.Contains(defaultPolicies, policy) {
		return policy
	}
	for _, c := range slices.Concat(p.Spec.InitContainers, p.Spec.Containers) {
		for _, v := range c.Env {
			if c.Name == proxyContainer && v.Name == inboundPolicyVariable && v.Value != "" {
				return v.Value
			}
		}
	}
	return defaultPolicies[0] // as the charts have it
}

// ended reports whether a pod has done its work, and so has no proxy any more.
func (p pod) ended() bool {
	return p.Status.Phase == corev1.PodSucceeded || p.Status.Phase == corev1.PodFailed
}

// Proxies are the meshed pods of a cluster.
type Proxies struct {
	// Pods counts them, by namespace.
	Pods map[string]int
	// Guarded are the namespaces with proxies that do not let the scraper in as they are,
	// unless a policy does.
	Guarded []routes.GuardedNamespace
	// MeshedOnly are the namespaces with proxies that let in meshed clients alone, where it is
	// not known whether the scraper is one.
	MeshedOnly []string
	// Policies are all of Linkerd's, and PolicyVersion is that of its Servers; "" for none.
	Policies      linkerdpolicy.Set
	PolicyVersion string

	namespaces map[string]*proxiesOf
}

// proxiesOf are the proxies of a namespace.
type proxiesOf struct {
	pods []pod
	// servers select ports of proxies; closed are those of them that let in only some.
	servers, closed []linkerdpolicy.Server
	// defaults count the pods that no Server selects by their default policy.
	defaults map[string]int
}

// Proxies reads the meshed pods, and which of them let a scraper in that a route is printed
// for in a form.
func (c *Cluster) Proxies(ctx context.Context, s routes.Scraper, form routes.Form) (Proxies, error) {
	pods, _, err := list[pod](ctx, c, "/api/v1/pods", controlPlaneLabel)
	if err != nil {
		return Proxies{}, err
	}
	found := Proxies{Pods: map[string]int{}, namespaces: map[string]*proxiesOf{}}
	if found.Policies, found.PolicyVersion, err = c.policies(ctx, ""); err != nil {
		return found, err
	}
	for _, p := range pods {
		if !p.ended() {
			found.add(p)
		}
	}
	for _, namespace := range slices.Sorted(maps.Keys(found.namespaces)) {
		of := found.namespaces[namespace]
		if len(of.closed) > 0 || len(of.refusing(s, form)) > 0 {
			found.Guarded = append(found.Guarded, of.guarded(namespace, len(of.refusing(s, form)) > 0))
		}
		if of.meshedOnly(s, form) {
			found.MeshedOnly = append(found.MeshedOnly, namespace)
		}
	}
	return found, nil
}

// total is how many there are in all namespaces.
func (found *Proxies) total() int {
	total := 0
	for _, n := range found.Pods {
		total += n
	}
	return total
}

func (found *Proxies) add(p pod) {
	found.Pods[p.Namespace]++
	of := found.namespaces[p.Namespace]
	if of == nil {
		of = &proxiesOf{defaults: map[string]int{}}
		found.namespaces[p.Namespace] = of
	}
	of.pods = append(of.pods, p)
	servers := found.serversOf(p)
	if len(servers) == 0 {
		of.defaults[p.defaultPolicy()]++
		return
	}
	first := servers[0]
	if slices.ContainsFunc(of.servers, func(s linkerdpolicy.Server) bool { return s.Name == first.Name }) {
		return
	}
	of.servers = append(of.servers, first)
	if len(found.Policies.Everybody(first)) == 0 {
		of.closed = append(of.closed, first)
	}
}

// serversOf are the Servers on the port of a pod's proxy; the first one decides.
func (found *Proxies) serversOf(p pod) []linkerdpolicy.Server {
	return found.Policies.ServersOf(linkerdpolicy.Port{Namespace: p.Namespace, Labels: p.Labels, Number: proxyPort, Name: proxyPortName})
}

// refusing are the default policies that refuse a scraper.
func (of *proxiesOf) refusing(s routes.Scraper, form routes.Form) []string {
	var all []string
	for _, policy := range slices.Sorted(maps.Keys(of.defaults)) {
		if policy == denyPolicy || authenticated(policy) && unmeshed(s, form) {
			all = append(all, policy)
		}
	}
	return all
}

// meshedOnly reports whether there are pods that let in meshed clients alone, where it is not
// known whether the scraper is one.
func (of *proxiesOf) meshedOnly(s routes.Scraper, form routes.Form) bool {
	return !s.Known() && !unmeshed(s, form) && slices.ContainsFunc(slices.Collect(maps.Keys(of.defaults)), authenticated)
}

func authenticated(policy string) bool { return strings.HasSuffix(policy, "-authenticated") }

// unmeshed reports whether it is known that what scrapes is not meshed, as the collectors of
// Managed Service for Prometheus are not.
func unmeshed(s routes.Scraper, form routes.Form) bool {
	return form == routes.Managed || s.ServiceAccount == "" && len(s.Networks) > 0
}

// guarded says what has to be let in by the proxies of a namespace: by Servers that are there
// and, where that is wanted, by the default policies.
func (of *proxiesOf) guarded(namespace string, byDefault bool) routes.GuardedNamespace {
	g := routes.GuardedNamespace{Name: namespace}
	for _, s := range of.closed {
		g.Servers = append(g.Servers, s.Name)
	}
	slices.Sort(g.Servers)
	if !byDefault {
		return g
	}
	g.Defaults = slices.Sorted(maps.Keys(of.defaults))
	for _, s := range of.servers {
		if other, is := complement(s.Spec.PodSelector); is {
			g.Others = append(g.Others, other)
		} else {
			g.Shared = append(g.Shared, s.Name)
		}
	}
	return g
}

// complement returns what all pods meet that a selector does not select, where one requirement
// says so.
func complement(selector *metav1.LabelSelector) (metav1.LabelSelectorRequirement, bool) {
	not := map[metav1.LabelSelectorOperator]metav1.LabelSelectorOperator{
		metav1.LabelSelectorOpIn: metav1.LabelSelectorOpNotIn, metav1.LabelSelectorOpNotIn: metav1.LabelSelectorOpIn,
		metav1.LabelSelectorOpExists: metav1.LabelSelectorOpDoesNotExist, metav1.LabelSelectorOpDoesNotExist: metav1.LabelSelectorOpExists,
	}
	all := slices.Clone(selector.MatchExpressions)
	for key, value := range selector.MatchLabels {
		all = append(all, metav1.LabelSelectorRequirement{Key: key, Operator: metav1.LabelSelectorOpIn, Values: []string{value}})
	}
	if len(all) != 1 {
		return metav1.LabelSelectorRequirement{}, false
	}
	all[0].Operator = not[all[0].Operator]
	return all[0], true
}

// fillProxies fills in which proxies have to let the scraper in, and whether it finds them.
func (c *Cluster) fillProxies(ctx context.Context, r *routes.Request) (notes []string, err error) {
	found, err := c.Proxies(ctx, r.Scraper, r.Form)
	switch {
	case err == nil:
	case len(r.Guarded) > 0:
		return []string{fmt.Sprintf("what the proxies of namespaces %s do without a policy is not known: %s", names(r.Guarded), err)}, nil
	default:
		return nil, fmt.Errorf("reading which proxies let everybody in: %w; name namespaces that do not with --deny-namespace", err)
	}
	if found.PolicyVersion != "" {
		r.Viz.PolicyVersion = found.PolicyVersion
	}
	if len(r.Guarded) == 0 {
		r.Guarded = found.Guarded
		if len(found.MeshedOnly) > 0 {
			notes = append(notes, fmt.Sprintf("proxies in namespaces %s let in meshed clients alone: where your Prometheus is none, give --network with the network of its pods", strings.Join(found.MeshedOnly, ", ")))
		}
	} else {
		r.Guarded, notes = found.named(r.Guarded)
	}
	return notes, nil
}

// named are the namespaces that somebody has named, with what the cluster has in them.
func (found *Proxies) named(given []routes.GuardedNamespace) (all []routes.GuardedNamespace, notes []string) {
	for _, g := range given {
		of := found.namespaces[g.Name]
		switch {
		case of == nil:
			notes = append(notes, fmt.Sprintf("namespace %s has no meshed pods yet, or does not exist", g.Name))
			all = append(all, g)
		case len(of.closed) == 0 && len(of.defaults) == 0: // a policy may be printed all the same
			notes = append(notes, fmt.Sprintf("the proxies of namespace %s let everybody in by Server %s", g.Name, of.servers[0].Name))
			all = append(all, routes.GuardedNamespace{Name: g.Name, Servers: []string{of.servers[0].Name}})
		default:
			all = append(all, of.guarded(g.Name, len(of.defaults) > 0))
		}
	}
	return all, notes
}

func names(all []routes.GuardedNamespace) string {
	var list []string
	for _, g := range all {
		list = append(list, g.Name)
	}
	return strings.Join(list, ", ")
}
