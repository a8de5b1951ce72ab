package liveroutes

import (
	"context"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/linkerd-gcm/linkerd-gcm/routes"
)

// podMonitor is what is needed of a PodMonitor or a ClusterPodMonitoring.
type podMonitor struct {
	metav1.ObjectMeta `json:"metadata"`

	Spec struct {
		Selector            metav1.LabelSelector `json:"selector"`
		NamespaceSelector   namespaceSelector    `json:"namespaceSelector"`
		PodMetricsEndpoints []podEndpoint        `json:"podMetricsEndpoints"`
		Endpoints           []podEndpoint        `json:"endpoints"`
	} `json:"spec"`
}

type podEndpoint struct {
	Port       intstr.IntOrString  `json:"port"`
	PortNumber int                 `json:"portNumber"`
	TargetPort *intstr.IntOrString `json:"targetPort"`
	Path       string              `json:"path"`
}

// ofProxies reports whether an endpoint is the proxies' metrics.
func (e podEndpoint) ofProxies() bool {
	if e.Path != "" && e.Path != "/metrics" {
		return false
	}
	is := func(port intstr.IntOrString) bool { return port.StrVal == proxyPortName || port.IntVal == proxyPort }
	return is(e.Port) || e.PortNumber == proxyPort || e.TargetPort != nil && is(*e.TargetPort)
}

// covers counts the pods whose proxies are scraped by a monitor.
func (m podMonitor) covers(found Proxies) int {
	selector, err := metav1.LabelSelectorAsSelector(&m.Spec.Selector)
	if err != nil || !slices.ContainsFunc(slices.Concat(m.Spec.PodMetricsEndpoints, m.Spec.Endpoints), podEndpoint.ofProxies) {
		return 0
	}
	count := 0
	for namespace, of := range found.namespaces {
		if m.Namespace != "" && !m.Spec.NamespaceSelector.includes(namespace, m.Namespace) {
			continue
		}
		for _, p := range of.pods {
			if selector.Matches(labels.Set(p.Labels)) {
				count++
			}
		}
	}
	return count
}

// checkPodMonitors looks for a PodMonitor of the proxies that the operator's Prometheus finds.
func (c *Cluster) checkPodMonitors(ctx context.Context, found Proxies, r routes.Request, all *results) {
	monitors, known, err := list[podMonitor](ctx, c, "/apis/"+operatorGroup+"/v1/podmonitors", "")
	if !all.checkKind("PodMonitor", "install prometheus-operator, or see what else there is with linkerd-gcm advise"+r.ClusterFlags, known, err) {
		return
	}
	apply := fixByApplying(r, len(r.Guarded)+len(found.Guarded) > 0)
	monitors = all.checkCovering("PodMonitor", monitors, found, apply)
	if len(monitors) == 0 {
		return
	}
	prometheuses, _, err := c.Prometheuses(ctx)
	if err != nil {
		all.add(Doubtful, "", "which Prometheus finds the PodMonitor is not known: %s", err)
		return
	}
	if r.Scraper.Namespace != "" {
		prometheuses = slices.DeleteFunc(prometheuses, func(p Prometheus) bool { return p.Namespace != r.Scraper.Namespace })
	}
	for _, p := range prometheuses {
		for _, m := range monitors {
			if finds, err := c.findsMonitor(ctx, p, "PodMonitor", m.ObjectMeta); err != nil {
				all.add(Doubtful, "", "whether the Prometheus %s finds PodMonitor %s/%s is not known: %s", p, m.Namespace, m.Name, err)
				return
			} else if finds {
				all.add(Works, "", "the Prometheus %s finds PodMonitor %s/%s", p, m.Namespace, m.Name)
				return
			}
		}
	}
	if len(prometheuses) == 0 {
		all.add(Fails, "", "prometheus-operator runs no Prometheus%s that would scrape", where(r.Scraper))
		return
	}
	p := prometheuses[0]
	all.add(Fails, apply, "the Prometheus %s does not find PodMonitor %s: %s", p, monitors[0], p.looksFor("PodMonitor"))
}

// checkClusterPodMonitorings looks for a ClusterPodMonitoring of the proxies.
func (c *Cluster) checkClusterPodMonitorings(ctx context.Context, found Proxies, r routes.Request, all *results) {
	const kind = "ClusterPodMonitoring"
	monitors, known, err := list[podMonitor](ctx, c, "/apis/"+managedGroup+"/v1/clusterpodmonitorings", "")
	if all.checkKind(kind, "enable Managed Service for Prometheus, or see what else there is with linkerd-gcm advise"+r.ClusterFlags, known, err) {
		all.checkCovering(kind, monitors, found, fixByApplying(r, len(r.Guarded)+len(found.Guarded) > 0))
	}
}

// checkKind says whether the cluster knows a kind; false where there is nothing to look at.
func (all *results) checkKind(kind, fix string, known bool, err error) bool {
	switch {
	case err != nil:
		all.add(Doubtful, "", "which %ss there are is not known: %s", kind, err)
	case !known:
		all.add(Fails, fix, "the cluster does not know %ss", kind)
	}
	return known && err == nil
}

// checkCovering says which monitors are for the proxies, and returns those.
func (all *results) checkCovering(kind string, monitors []podMonitor, found Proxies, apply string) []podMonitor {
	total := found.total()
	var covering []podMonitor
	best := 0
	for _, m := range monitors {
		n := m.covers(found)
		if n == 0 {
			continue
		}
		covering = append(covering, m)
		best = max(best, n)
	}
	slices.SortStableFunc(covering, func(a, b podMonitor) int { return b.covers(found) - a.covers(found) })
	switch {
	case best == 0:
		all.add(Fails, apply, "no %s is for port %s of meshed pods", kind, proxyPortName)
	case best < total:
		all.add(Doubtful, apply, "%s %s is for %d of %d meshed pods", kind, covering[0], best, total)
	default:
		all.add(Works, "", "%s %s is for port %s of all meshed pods", kind, covering[0], proxyPortName)
	}
	return covering
}

func (m podMonitor) String() string {
	if m.Namespace == "" {
		return m.Name
	}
	return m.Namespace + "/" + m.Name
}
