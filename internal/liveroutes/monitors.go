package liveroutes

import (
	"context"
	"fmt"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/linkerd-gcm/linkerd-gcm/routes"
	"github.com/linkerd-gcm/linkerd-gcm/viz"
)

// monitor is what is needed of a ServiceMonitor or a PodMonitoring.
type monitor struct {
	metav1.ObjectMeta `json:"metadata"`

	Spec struct {
		Selector          metav1.LabelSelector `json:"selector"`
		NamespaceSelector namespaceSelector    `json:"namespaceSelector"`
		SampleLimit       int                  `json:"sampleLimit"`
		Limits            struct {
			Samples int `json:"samples"`
		} `json:"limits"`
		Endpoints []endpoint `json:"endpoints"`
	} `json:"spec"`

	kind string
}

// namespaceSelector says in which namespaces a monitor of prometheus-operator looks for targets.
type namespaceSelector struct {
	Any        bool     `json:"any"`
	MatchNames []string `json:"matchNames"`
}

// includes reports whether a monitor in the namespace own looks in another: in all, in those that
// are named or, where none is, in its own.
func (s namespaceSelector) includes(namespace, own string) bool {
	return s.Any || slices.Contains(s.MatchNames, namespace) || len(s.MatchNames) == 0 && namespace == own
}

type endpoint struct {
	Port        intstr.IntOrString  `json:"port"`
	TargetPort  *intstr.IntOrString `json:"targetPort"`
	Path        string              `json:"path"`
	Params      map[string][]string `json:"params"`
	HonorLabels bool                `json:"honorLabels"`
}

// chooses reports whether the endpoint names series; federation answers one that names none with
// an empty page.
func (e endpoint) chooses() bool {
	return slices.ContainsFunc(e.Params["match[]"], func(selector string) bool { return selector != "" })
}

func (m monitor) String() string { return m.kind + " " + m.Namespace + "/" + m.Name }

// command is what kubectl does to the monitor.
func (m monitor) command(r routes.Request, verb string) string {
	group := operatorGroup
	if r.Form == routes.Managed {
		group = managedGroup
	}
	return fmt.Sprintf("kubectl%s --namespace %s %s %s.%s %s", r.ClusterFlags, m.Namespace, verb, strings.ToLower(m.kind), group, m.Name)
}

// selects reports whether the monitor selects linkerd-viz' Prometheus.
func (m monitor) selects(v Viz) bool {
	selector, err := metav1.LabelSelectorAsSelector(&m.Spec.Selector)
	return err == nil && m.Spec.NamespaceSelector.includes(v.Namespace, m.Namespace) && selector.Matches(labels.Set(viz.PrometheusLabels()))
}

// federates are the endpoints that ask for what federation answers.
func (m monitor) federates(v Viz) []endpoint {
	return slices.DeleteFunc(slices.Clone(m.Spec.Endpoints), func(e endpoint) bool { return e.Path != v.PathPrefix+"/federate" })
}

// isAt reports whether the endpoint is the port of linkerd-viz' Prometheus: by its name or, of
// the pod, by either.
func (e endpoint) isAt(v Viz) bool {
	is := func(port intstr.IntOrString) bool {
		return port.StrVal == v.PortName || port.IntVal == viz.PrometheusPort
	}
	return e.TargetPort != nil && is(*e.TargetPort) || is(e.Port)
}

// name is what the endpoint calls its port.
func (e endpoint) name() string {
	if e.TargetPort != nil {
		return e.TargetPort.String()
	}
	return e.Port.String()
}

// checkMonitors looks at the monitors for linkerd-viz' Prometheus, and returns how many samples
// a scrape may have, and what has to be read to find the target.
func (c *Cluster) checkMonitors(ctx context.Context, v Viz, r routes.Request, all *results) (sampleLimit, []schema.GroupResource) {
	limit := sampleLimit{r.SampleLimit, "--sample-limit"}
	kind, path, install := "ServiceMonitor", "/apis/"+operatorGroup+"/v1/servicemonitors", "install prometheus-operator"
	if r.Form == routes.Managed {
		kind, path, install = "PodMonitoring", "/apis/"+managedGroup+"/v1/namespaces/"+v.Namespace+"/podmonitorings", "enable Managed Service for Prometheus"
	}
	monitors, known, err := list[monitor](ctx, c, path, "")
	if !all.checkKind(kind, install+", or see what else there is with linkerd-gcm advise"+r.ClusterFlags, known, err) {
		return limit, endpoints
	}
	for i := range monitors {
		monitors[i].kind = kind
	}
	right := all.checkEndpoints(kind, monitors, v, r)
	switch {
	case len(right) == 0:
	case r.Form == routes.Managed:
		return right[0].limit(nil, limit), endpoints
	default:
		return c.checkFound(ctx, right, v, r, limit, all)
	}
	return limit, endpoints
}

// checkEndpoints returns the monitors that ask linkerd-viz' Prometheus for the right page at the
// right port, and says what is wrong with others.
func (all *results) checkEndpoints(kind string, monitors []monitor, v Viz, r routes.Request) (right []monitor) {
	for _, m := range monitors {
		if !m.selects(v) {
			continue
		}
		federates := m.federates(v)
		for _, e := range federates {
			switch {
			case !e.isAt(v):
				fix := m.command(r, "edit")
				if len(m.Spec.Endpoints) == 1 {
					fix = m.command(r, "delete")
				}
				all.add(Doubtful, fix, "%s names port %q, and Prometheus' port is called %q: by this nothing is found, and nothing is said", m, e.name(), v.PortName)
				continue
			case !e.chooses():
				all.add(Doubtful, m.command(r, "edit")+", and set params as this command prints them without --check", "%s asks for federation without match[]: by this nothing is copied, and nothing is said", m)
				continue
			case r.Form == routes.OfOperator && !e.HonorLabels:
				all.add(Fails, m.command(r, "edit")+", and set honorLabels to true", "%s does not set honorLabels: the series' own job, instance and namespace become exported_job and so on", m)
			default:
				all.add(Works, "", "%s asks for federation at the right port", m)
			}
			right = append(right, m)
			break
		}
	}
	if len(right) == 0 {
		all.add(Fails, fixByApplying(r, v.Server != ""), "no %s asks linkerd-viz' Prometheus for %s/federate, with match[], at its port %s", kind, v.PathPrefix, v.PortName)
	}
	return right
}

// checkFound says which Prometheus of the operator finds one of some monitors.
func (c *Cluster) checkFound(
	ctx context.Context, monitors []monitor, v Viz, r routes.Request, limit sampleLimit, all *results,
) (sampleLimit, []schema.GroupResource) {
	prometheuses, _, err := c.Prometheuses(ctx)
	if err != nil {
		all.add(Doubtful, "", "which Prometheus finds %s is not known: %s", monitors[0], err)
		return monitors[0].limit(nil, limit), endpoints
	}
	if r.Scraper.Namespace != "" {
		prometheuses = slices.DeleteFunc(prometheuses, func(p Prometheus) bool { return p.Namespace != r.Scraper.Namespace })
	}
	if len(prometheuses) == 0 {
		all.add(Fails, "", "prometheus-operator runs no Prometheus%s that would scrape", where(r.Scraper))
		return monitors[0].limit(nil, limit), endpoints
	}
	unknown := false
	for _, p := range prometheuses {
		for _, m := range monitors {
			finds, err := c.findsMonitor(ctx, p, m.kind, m.ObjectMeta)
			if err != nil {
				all.add(Doubtful, "", "whether the Prometheus %s finds %s is not known: %s", p, m, err)
				unknown = true
			} else if finds {
				all.checkFinder(p, m, v)
				return m.limit(&p, limit), p.discovers()
			}
		}
	}
	if !unknown {
		p := prometheuses[0]
		all.add(Fails, fixByApplying(r, v.Server != ""), "the Prometheus %s does not find %s: %s", p, monitors[0], p.looksFor(monitors[0].kind))
	}
	return monitors[0].limit(nil, limit), endpoints
}

// checkFinder says what a Prometheus makes of a monitor that it finds.
func (all *results) checkFinder(p Prometheus, m monitor, v Viz) {
	switch {
	case p.Spec.OverrideHonorLabels:
		all.add(Fails, "set its overrideHonorLabels to false", "the Prometheus %s finds %s, and overrides honorLabels: the series' own job, instance and namespace become exported_job and so on", p, m)
	case p.Spec.IgnoreNamespaceSelectors && m.Namespace != v.Namespace:
		all.add(Fails, "give --monitor-namespace "+v.Namespace, "the Prometheus %s finds %s, but ignores namespaceSelector, and so looks for Services in namespace %s alone", p, m, m.Namespace)
	default:
		all.add(Works, "", "the Prometheus %s finds %s", p, m)
	}
}

// discovers is what a Prometheus of the operator reads to find the targets of ServiceMonitors.
func (p Prometheus) discovers() []schema.GroupResource {
	if p.Spec.ServiceDiscoveryRole == "EndpointSlice" {
		return endpointSlices
	}
	return endpoints
}

// limit is how many samples a scrape of the monitor may have, by a Prometheus where that is
// known; none is set where both are silent.
func (m monitor) limit(p *Prometheus, wanted sampleLimit) sampleLimit {
	found := sampleLimit{m.Spec.SampleLimit, "sampleLimit of " + m.String()}
	if m.Spec.Limits.Samples > 0 {
		found = sampleLimit{m.Spec.Limits.Samples, "limits.samples of " + m.String()}
	}
	if p != nil && found.samples == 0 {
		found = sampleLimit{p.Spec.SampleLimit, "sampleLimit of the Prometheus " + p.String()}
	}
	if p != nil && p.Spec.EnforcedSampleLimit > 0 && (found.samples == 0 || p.Spec.EnforcedSampleLimit < found.samples) {
		found = sampleLimit{p.Spec.EnforcedSampleLimit, "enforcedSampleLimit of the Prometheus " + p.String()}
	}
	if found.samples == wanted.samples {
		return wanted
	}
	return found
}
