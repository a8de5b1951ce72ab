package routes

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/linkerd-gcm/linkerd-gcm/viz"
)

// Names of what is printed.
const monitorName = "linkerd-viz-federation"

var errNoPortName = errors.New("the name of Prometheus' port is not known: it is admin-http up to Linkerd 2.18 and admin from 2.19; give --port-name")

// serviceMonitor is federation for those who have an operator: prometheus-operator, or that
// of Managed Service for Prometheus.
func serviceMonitor(r Request) (Output, error) {
	if r.Viz.PortName == "" {
		return Output{}, fmt.Errorf("%w, which is shown by %s --namespace %s get service %s --output yaml", errNoPortName, r.kubectl(), r.Viz.Namespace, viz.PrometheusService)
	}
	policy, warnings, err := r.policy()
	if err != nil {
		return Output{}, err
	}
	warnings = append(warnings, r.missing()...)
	if r.Form == Managed {
		objects, err := r.applied(append([]document{r.podMonitoring()}, policy...))
		return Output{Objects: objects, Warnings: append(warnings, managedLoses)}, err
	}
	found := []object{mayRead("", "endpoints", "services", "pods"), mayRead("discovery.k8s.io", "endpointslices")}
	objects, err := r.applied(slices.Concat([]document{r.serviceMonitor()}, policy, r.findsViz(monitorName, found...)))
	return Output{Objects: objects, Warnings: warnings}, err
}

func (r Request) serviceMonitor() document {
	endpoint := object{
		{"path", r.Viz.PathPrefix + federatePath, ""},
		{"port", r.Viz.PortName, fmt.Sprintf("The name of the Service's port, in Linkerd %s. With another name nothing is found, and nothing is said.", r.Viz.Version)},
		{"params", object{{"match[]", r.Selectors(), r.whySelectors()}}, ""},
		{"interval", r.interval(), r.whyInterval()},
		{"scrapeTimeout", r.timeout(), "It must not be longer than the interval."},
		{"honorLabels", true, keepsLabels},
		{
			"relabelings", forOperator([]object{
				{{"target_label", "job", ""}, {"replacement", federationJob, ""}, {"action", "replace", ""}},
				relabelRule("labeldrop", "namespace|pod|container|endpoint|service|node", ""),
			}),
			"The operator calls the job after the Service, prometheus, which others may be called, too. It gives the labels below to every target: " +
				"series without them, such as the control plane's, would get those of linkerd-viz' Prometheus.",
		},
	}
	spec := object{
		{"namespaceSelector", object{{"matchNames", []string{r.Viz.Namespace}, ""}}, ""},
		{"selector", object{{"matchLabels", vizLabels(), ""}}, ""},
	}
	spec.add(r.SampleLimit > 0, "sampleLimit", r.SampleLimit, "A scrape with more samples fails as a whole, which up{job=\""+federationJob+"\"} shows.")
	spec = append(spec, entry{"endpoints", []object{endpoint}, ""})
	intro := fmt.Sprintf("Federation by prometheus-operator, from linkerd-viz %s in namespace %s. %s %s",
		r.Viz.Version, r.Viz.Namespace, r.admitted(), r.mayFind("endpoints"))
	if len(r.Operator.Labels) == 0 {
		intro += "\nIf your Prometheus finds it by labels (serviceMonitorSelector), give them with --label, such as --label release=monitoring."
	}
	return document{intro, object{
		{"apiVersion", "monitoring.coreos.com/v1", ""},
		{"kind", "ServiceMonitor", ""},
		{"metadata", r.monitorMetadata(monitorName, r.Viz.Namespace), ""},
		{"spec", spec, ""},
	}}
}

func vizLabels() object {
	labels := viz.PrometheusLabels()
	var o object
	for _, key := range slices.Sorted(maps.Keys(labels)) {
		o = append(o, entry{key, labels[key], ""})
	}
	return o
}

// monitorMetadata is that of an object that an operator has to find.
func (r Request) monitorMetadata(name, namespace string) object {
	metadata := object{{"name", name, ""}, {"namespace", cmp.Or(r.Operator.Namespace, namespace), ""}}
	metadata.add(len(r.Operator.Labels) > 0, "labels", r.Operator.Labels, "By these, your Prometheus finds it (its serviceMonitorSelector or podMonitorSelector).")
	return metadata
}

// managedLoses says what becomes of labels in Managed Service for Prometheus, which has no
// honorLabels, and of types, which Prometheus' federation does not have (web/federate.go).
const managedLoses = "Managed Service for Prometheus gives series the labels job, instance and namespace of what it scrapes, linkerd-viz' Prometheus, " +
	"and renames their own to exported_job, exported_instance and exported_namespace: dashboards for Linkerd need changes. " +
	"Federation has no types: each sample is written, and charged, twice (as unknown and as unknown:counter), and histograms are no distributions. " +
	"Route proxies with --managed keeps labels and types, and so does gcm-exporter"

func (r Request) podMonitoring() document {
	spec := object{
		{"selector", object{{"matchLabels", vizLabels(), ""}}, ""},
		{"targetLabels", object{{"metadata", []string{}, ""}}, "Without the pod and container of linkerd-viz' Prometheus, series keep their own labels of that name."},
	}
	spec.add(r.SampleLimit > 0, "limits", object{{"samples", r.SampleLimit, ""}}, "A scrape with more samples fails as a whole.")
	spec = append(spec, entry{"endpoints", []object{{
		{"path", r.Viz.PathPrefix + federatePath, ""},
		{"port", r.Viz.PortName, fmt.Sprintf("The name of the container's port, in Linkerd %s. With another name nothing is found.", r.Viz.Version)},
		{"params", object{{"match[]", r.Selectors(), r.whySelectors()}}, ""},
		{"interval", r.interval(), r.whyInterval()},
		{"timeout", r.timeout(), ""},
	}}, ""})
	intro := fmt.Sprintf("Federation by Managed Service for Prometheus, from linkerd-viz %s in namespace %s. It is for that namespace alone, as PodMonitorings are. "+
		"The collectors are not meshed: they are let in by --network with the network of the nodes or pods that they run in. %s\nWARNING: %s.",
		r.Viz.Version, r.Viz.Namespace, r.admitted(), managedLoses)
	return document{intro, object{
		{"apiVersion", "monitoring.googleapis.com/v1", ""},
		{"kind", "PodMonitoring", ""},
		{"metadata", object{{"name", monitorName, ""}, {"namespace", r.Viz.Namespace, ""}}, ""},
		{"spec", spec, ""},
	}}
}
