package routes

import (
	"strings"

	"github.com/linkerd-gcm/linkerd-gcm/viz"
)

// How Linkerd's injector makes proxies.
const (
	proxyContainer    = "linkerd-proxy"
	proxyPortName     = "linkerd-admin"
	controlPlaneLabel = "linkerd.io/control-plane-ns"
	proxyMonitor      = "linkerd-proxy"
)

// proxies is a scrape job for the proxies themselves. It has no need of linkerd-viz.
func proxies(r Request) (Output, error) {
	policy, warnings, err := r.proxyPolicies()
	if err != nil {
		return Output{}, err
	}
	policy = append(policy, r.findsPods()...)
	if r.kept() == "" {
		warnings = append(warnings, "every metric of every proxy is kept, which can be more than 100000 series for one busy proxy: choose sets with --metrics")
	}
	out := Output{Warnings: warnings}
	switch r.Form {
	case OfOperator:
		out.Objects, err = r.applied(append([]document{r.podMonitor()}, policy...))
	case Managed:
		out.Objects, err = r.applied(append([]document{r.clusterPodMonitoring()}, policy...))
	default:
		if out.Config, err = write(document{r.aboutProxies("Add this to scrape_configs of your Prometheus."), []object{r.proxyJob()}}); err == nil {
			out.Objects, err = r.applied(policy)
		}
	}
	return out, err
}

// aboutProxies is the comment of all forms.
func (r Request) aboutProxies(what string) string {
	text := "The proxies themselves: your Prometheus scrapes port " + proxyPortName + " of every meshed pod, without linkerd-viz' Prometheus. " + what
	if len(r.Guarded) == 0 && !r.NoPolicy {
		text += "\nProxies whose default policy is deny refuse your Prometheus, and those with all-authenticated or cluster-authenticated do where it is not meshed: " +
			"name their namespaces with --deny-namespace."
	}
	if r.kept() == "" {
		text += "\nWARNING: it keeps every metric of every proxy, which can be more than 100000 series for one busy proxy."
	}
	return text
}

func (r Request) proxyJob() object {
	job := object{
		{"job_name", viz.ProxyJob, "As linkerd-viz calls it: Linkerd's dashboards and rules select it by this name."},
		{"scrape_interval", r.interval(), ""},
		{"scrape_timeout", r.timeout(), ""},
	}
	job.add(r.SampleLimit > 0, "sample_limit", r.SampleLimit, "Of one proxy. A scrape with more samples fails as a whole, which up shows.")
	job = append(job,
		entry{"kubernetes_sd_configs", []object{{{"role", "pod", ""}}}, ""},
		entry{"relabel_configs", append([]object{
			{{"source_labels", []string{"__meta_kubernetes_pod_phase"}, ""}, {"regex", "Pending|Running", ""}, {"action", "keep", ""}},
			{
				{"source_labels", []string{"__meta_kubernetes_pod_container_name", "__meta_kubernetes_pod_container_port_name", "__meta_kubernetes_pod_label_linkerd_io_control_plane_ns"}, ""},
				{"regex", proxyContainer + ";" + proxyPortName + ";.+", ""},
				{"action", "keep", ""},
			},
			renameRule("__meta_kubernetes_namespace", "namespace"),
			renameRule("__meta_kubernetes_pod_name", "pod"),
		}, podLabels()...), "The labels are those that linkerd-viz gives to its targets, so that queries for one are queries for the other."},
	)
	job.add(r.kept() != "", "metric_relabel_configs", []object{keep("__name__", r.kept())}, r.whyKept())
	return job
}

func renameRule(from, to string) object {
	return object{{"source_labels", []string{from}, ""}, {"target_label", to, ""}, {"action", "replace", ""}}
}

func relabelRule(action, pattern, replacement string) object {
	o := object{{"regex", pattern, ""}}
	o.add(replacement != "", "replacement", replacement, "")
	return append(o, entry{"action", action, ""})
}

// podLabels are the rules by which targets get the labels of their pods as linkerd-viz gives
// them: those of Linkerd without linkerd.io/ and linkerd.io/proxy-, which win over others of
// the same name, except for proxy-job, since job is Prometheus' own.
func podLabels() []object {
	const label = "__meta_kubernetes_pod_label_"
	return []object{
		renameRule(label+"linkerd_io_proxy_job", "k8s_job"),
		relabelRule("labeldrop", label+"linkerd_io_proxy_job", ""),
		relabelRule("labelmap", label+"linkerd_io_proxy_(.+)", ""),
		relabelRule("labeldrop", label+"linkerd_io_proxy_.+", ""),
		relabelRule("labelmap", label+"linkerd_io_(.+)", "__tmp_linkerd_$1"),
		relabelRule("labeldrop", label+"linkerd_io_.+", ""),
		relabelRule("labelmap", label+"(.+)", ""),
		relabelRule("labelmap", "__tmp_linkerd_(.+)", ""),
	}
}

// whyKept says what is kept.
func (r Request) whyKept() string {
	var sets []string
	for _, set := range MetricSets {
		for _, name := range r.Metrics {
			if name == set.Name {
				sets = append(sets, set.Name+": "+set.Doc)
			}
		}
	}
	return "A proxy has thousands of series. These are kept (" + strings.Join(sets, "; ") + "); --metrics chooses others."
}

// operatorKeys changes the words of Prometheus' own configuration into those of objects.
var operatorKeys = strings.NewReplacer("source_labels", "sourceLabels", "target_label", "targetLabel")

func forOperator(rules []object) []object {
	changed := make([]object, 0, len(rules))
	for _, rule := range rules {
		var o object
		for _, e := range rule {
			o = append(o, entry{operatorKeys.Replace(e.key), e.value, e.why})
		}
		changed = append(changed, o)
	}
	return changed
}

// meshedPods selects the pods that Linkerd's injector has been at.
func meshedPods() object {
	return object{{"matchExpressions", []object{injected}, ""}}
}

func (r Request) podMonitor() document {
	endpoint := object{
		{"port", proxyPortName, ""},
		{"interval", r.interval(), ""},
		{"scrapeTimeout", r.timeout(), ""},
		{"relabelings", forOperator(append(append([]object{}, podLabels()...),
			object{{"target_label", "job", ""}, {"replacement", viz.ProxyJob, ""}, {"action", "replace", ""}},
			relabelRule("labeldrop", "container|endpoint", ""),
		)), "The labels are those that linkerd-viz gives to its targets, so that queries for one are queries for the other."},
	}
	endpoint.add(r.kept() != "", "metricRelabelings", forOperator([]object{keep("__name__", r.kept())}), r.whyKept())
	spec := object{
		{"namespaceSelector", object{{"any", true, ""}}, ""},
		{"selector", meshedPods(), ""},
	}
	spec.add(r.SampleLimit > 0, "sampleLimit", r.SampleLimit, "Of one proxy. A scrape with more samples fails as a whole, which up shows.")
	spec = append(spec, entry{"podMetricsEndpoints", []object{endpoint}, ""})
	intro := r.aboutProxies("For prometheus-operator.")
	if len(r.Operator.Labels) == 0 {
		intro += "\nIf your Prometheus finds it by labels (podMonitorSelector), give them with --label, such as --label release=monitoring."
	}
	return document{intro, object{
		{"apiVersion", "monitoring.coreos.com/v1", ""},
		{"kind", "PodMonitor", ""},
		{"metadata", r.monitorMetadata(proxyMonitor, r.Viz.Namespace), ""},
		{"spec", spec, ""},
	}}
}

// linkerdLabels are those of Linkerd's injector (linkerd2's pkg/k8s/labels.go) and what
// linkerd-viz calls them, for where they have to be listed.
var linkerdLabels = []struct{ from, to string }{
	{"linkerd.io/control-plane-ns", "control_plane_ns"},
	{"linkerd.io/workload-ns", "workload_ns"},
	{"linkerd.io/proxy-deployment", "deployment"},
	{"linkerd.io/proxy-statefulset", "statefulset"},
	{"linkerd.io/proxy-daemonset", "daemonset"},
	{"linkerd.io/proxy-replicaset", "replicaset"},
	{"linkerd.io/proxy-replicationcontroller", "replicationcontroller"},
	{"linkerd.io/proxy-job", "k8s_job"},
	{"linkerd.io/proxy-cronjob", "cronjob"},
}

func (r Request) clusterPodMonitoring() document {
	endpoint := object{
		{"port", proxyPortName, ""},
		{"interval", r.interval(), ""},
		{"timeout", r.timeout(), ""},
	}
	endpoint.add(r.kept() != "", "metricRelabeling", forOperator([]object{keep("__name__", r.kept())}), r.whyKept())
	fromPod := []object{}
	for _, l := range linkerdLabels {
		fromPod = append(fromPod, object{{"from", l.from, ""}, {"to", l.to, ""}})
	}
	spec := object{
		{"selector", meshedPods(), ""},
		{"targetLabels", object{
			{"metadata", []string{"namespace", "pod"}, ""},
			{"fromPod", fromPod, "Linkerd's labels, as linkerd-viz calls them. It would give all others of the pods, too; add those that you need. The label job is " + proxyMonitor + " by this object's name."},
		}, ""},
	}
	spec.add(r.SampleLimit > 0, "limits", object{{"samples", r.SampleLimit, ""}}, "Of one proxy. A scrape with more samples fails as a whole.")
	spec = append(spec, entry{"endpoints", []object{endpoint}, ""})
	return document{r.aboutProxies("For Managed Service for Prometheus, which counts each sample that it keeps. Its collectors are not meshed."), object{
		{"apiVersion", "monitoring.googleapis.com/v1", ""},
		{"kind", "ClusterPodMonitoring", ""},
		{"metadata", object{{"name", proxyMonitor, ""}}, ""},
		{"spec", spec, ""},
	}}
}
