package series

import (
	"slices"
	"strings"

	"github.com/prometheus/prometheus/model/labels"

	"github.com/linkerd-gcm/linkerd-gcm/exporter/configuration"
	"github.com/linkerd-gcm/linkerd-gcm/monitoring"
)

// What the flags say stands among the discovered labels under these names, so that the
// table below has one form.
const (
	flagProject          = "flag project"
	flagLocation         = "flag location"
	flagCluster          = "flag cluster"
	flagGenericLocation  = "flag generic location"
	flagGenericNamespace = "flag generic namespace"
)

// A mapping makes a monitored resource of a target: from its discovered labels and the
// labels of the series, which win.
type mapping struct {
	resource string
	// needs is a discovered label without which the mapping does not apply.
	needs string
	from  []source
}

// A source is the label that a label of the resource comes from.
type source struct {
	label, prometheus string
	convert           func(string) string
}

// The labels that Prometheus discovers.
const (
	kubernetesNamespace = "__meta_kubernetes_namespace"
	kubernetesPod       = "__meta_kubernetes_pod_name"
	kubernetesContainer = "__meta_kubernetes_pod_container_name"
	kubernetesNode      = "__meta_kubernetes_node_name"
	kubernetesPodLabel  = "__meta_kubernetes_pod_label_"
	anthosAnnotation    = "__meta_kubernetes_service_annotation_gke_googleapis_com_anthos_l4lb_"
)

// mappings are those of Google's sidecar, in its order: the first that can be filled
// completely is taken (stackdriver-prometheus-sidecar, retrieval/resource_map.go).
var mappings = []mapping{
	{"anthos_l4lb", anthosAnnotation + "type", []source{
		{"project_id", flagProject, nil}, {"location", flagLocation, nil}, {"kind", anthosAnnotation + "kind", nil},
		{"group_name", anthosAnnotation + "group_name", nil}, {"hostname", anthosAnnotation + "hostname", nil},
	}},
	{"connectors.googleapis.com/Connection", kubernetesPodLabel + "type_connection", []source{
		{"resource_container", flagProject, nil}, {"location", flagLocation, nil}, {"connection", "connection", nil},
	}},
	{"apigee.googleapis.com/TargetV2", kubernetesPodLabel + "type_target_v2", []source{
		{"resource_container", flagProject, nil}, {"location", flagLocation, nil}, {"org", "org", nil}, {"env", "env", nil},
		{"proxy_name", "proxy_name", nil}, {"type", "type", nil}, {"endpoint", "endpoint", nil},
		{"runtime_version", "runtime_version", nil}, {"instance_id", "instance_id", nil},
	}},
	{"apigee.googleapis.com/ProxyV2", kubernetesPodLabel + "type_proxy_v2", []source{
		{"resource_container", flagProject, nil}, {"location", flagLocation, nil}, {"org", "org", nil}, {"env", "env", nil},
		{"proxy_name", "proxy_name", nil}, {"runtime_version", "runtime_version", nil}, {"instance_id", "instance_id", nil},
	}},
	{"apigee.googleapis.com/Proxy", kubernetesPodLabel + "type_proxy", []source{
		{"resource_container", flagProject, nil}, {"location", flagLocation, nil},
		{"org", kubernetesPodLabel + "org", nil}, {"env", kubernetesPodLabel + "env", nil},
		{"proxy_name", "proxy_name", nil}, {"revision", "revision", nil}, {"host", kubernetesPod, nil},
	}},
	{"apigee.googleapis.com/Devapp", kubernetesPodLabel + "type_devapp", []source{
		{"resource_container", flagProject, nil}, {"location", flagLocation, nil},
		{"org", kubernetesPodLabel + "org", nil}, {"env", kubernetesPodLabel + "env", nil},
		{"api_product_name", "api_product_name", nil}, {"host", kubernetesPod, nil},
	}},
	{monitoring.ContainerResource, "", []source{
		{"project_id", flagProject, nil}, {"location", flagLocation, nil}, {"cluster_name", flagCluster, nil},
		{"namespace_name", kubernetesNamespace, nil}, {"pod_name", kubernetesPod, nil}, {"container_name", kubernetesContainer, nil},
	}},
	{"k8s_pod", "", []source{
		{"project_id", flagProject, nil}, {"location", flagLocation, nil}, {"cluster_name", flagCluster, nil},
		{"namespace_name", kubernetesNamespace, nil}, {"pod_name", kubernetesPod, nil},
	}},
	{monitoring.NodeResource, "", []source{
		{"project_id", flagProject, nil}, {"location", flagLocation, nil}, {"cluster_name", flagCluster, nil},
		{"node_name", kubernetesNode, nil},
	}},
	{"aws_ec2_instance", "", []source{
		{"project_id", flagProject, nil}, {"instance_id", "__meta_ec2_instance_id", nil},
		{"region", "__meta_ec2_availability_zone", func(zone string) string { return "aws:" + zone }},
		{"aws_account", "__meta_ec2_owner_id", nil},
	}},
	{"gce_instance", "", []source{
		{"project_id", "__meta_gce_project", nil}, {"instance_id", "__meta_gce_instance_id", nil},
		{"zone", "__meta_gce_zone", func(zone string) string { return zone[strings.LastIndex(zone, "/")+1:] }},
	}},
	{"generic_task", "", []source{
		{"project_id", flagProject, nil}, {"location", flagGenericLocation, nil}, {"namespace", flagGenericNamespace, nil},
		{"job", "job", nil}, {"task_id", "instance", nil},
	}},
}

// MakesResource reports whether a monitored resource may be made of a discovered label.
func MakesResource(discovered string) bool {
	return slices.ContainsFunc(mappings, func(m mapping) bool {
		return m.needs == discovered || slices.ContainsFunc(m.from, func(from source) bool { return from.prometheus == discovered })
	})
}

// gkeContainer is the resource of --stackdriver.use-gke-resource, which is taken whatever
// it lacks.
var gkeContainer = mapping{"gke_container", "", []source{
	{"project_id", flagProject, nil}, {"zone", flagLocation, nil}, {"cluster_name", flagCluster, nil},
	{"namespace_id", kubernetesNamespace, nil}, {"instance_id", kubernetesNode, nil},
	{"pod_id", kubernetesPod, nil}, {"container_name", kubernetesContainer, nil},
}}

// flagLabels are what the flags give, as discovered labels. An empty one is missing.
func flagLabels(settings configuration.Settings) map[string]string {
	given := map[string]string{}
	for name, value := range map[string]string{
		flagProject: settings.Project, flagLocation: settings.Location, flagCluster: settings.Cluster,
		flagGenericLocation: settings.GenericLocation, flagGenericNamespace: settings.GenericNamespace,
	} {
		if value != "" {
			given[name] = value
		}
	}
	return given
}

// resource returns the monitored resource of a series and the names of its labels that
// went into it.
func (r *Resolver) resource(discovered, lset labels.Labels) (string, []Label, []string, bool) {
	if r.settings.UseGKEResource {
		found, used, _ := r.fill(&gkeContainer, discovered, lset)
		return gkeContainer.resource, found, used, true
	}
	for i := range mappings {
		if found, used, complete := r.fill(&mappings[i], discovered, lset); complete {
			return mappings[i].resource, found, used, true
		}
	}
	return "", nil, nil, false
}

// fill makes the labels of a mapping's resource; what is missing is empty.
func (r *Resolver) fill(m *mapping, discovered, lset labels.Labels) (found []Label, used []string, complete bool) {
	if m.needs != "" && !discovered.Has(m.needs) {
		return nil, nil, false
	}
	found, complete = make([]Label, 0, len(m.from)), true
	for _, from := range m.from {
		value, known := r.flags[from.prometheus]
		if discovered.Has(from.prometheus) {
			value, known = discovered.Get(from.prometheus), true
		}
		if lset.Has(from.prometheus) {
			value, known = lset.Get(from.prometheus), true
			used = append(used, from.prometheus)
		}
		if known && from.convert != nil {
			value = from.convert(value)
		}
		complete = complete && known
		found = append(found, Label{from.label, value})
	}
	slices.SortFunc(found, func(a, b Label) int { return strings.Compare(a.Name, b.Name) })
	return found, used, complete
}
