package monitoring

// Monitored resources that series of linkerd-viz can belong to.
const (
	ContainerResource = "k8s_container"
	NodeResource      = "k8s_node"
)

// ResourceLabels are the labels of the monitored resources, all of which must
// be known: without the cluster's name or location no resource fits
// (stackdriver-prometheus-sidecar, retrieval/resource_map.go).
var ResourceLabels = map[string][]string{
	ContainerResource: {"project_id", "location", "cluster_name", "namespace_name", "pod_name", "container_name"},
	NodeResource:      {"project_id", "location", "cluster_name", "node_name"},
}
