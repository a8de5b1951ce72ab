// Package viz describes linkerd-viz as it is: the labels and the container of its
// Prometheus, what its charts set, its scrape jobs, the directory of rule files, and the
// metrics that it scrapes. Of Prometheus' own configuration it reads what the values of the
// charts change of these. It does not read charts or clusters, and it does not decide what
// is exported.
package viz

import (
	"slices"
	"strings"

	"github.com/prometheus/common/model"

	"github.com/linkerd-gcm/linkerd-gcm/internal/answer"
	"github.com/linkerd-gcm/linkerd-gcm/monitoring"
)

// A ScrapeJob is a scrape job of linkerd-viz's Prometheus, as far as it decides
// what the sidecar exports: a series belongs to the target with its job and
// instance, loses the labels that it has in common with that target, and is
// attributed to the resource that is made from the target's discovered labels
// (stackdriver-prometheus-sidecar, retrieval/series_cache.go, refresh).
type ScrapeJob struct {
	// Name is the value of the label job.
	Name string
	// Doc says what the job scrapes, and which charts have it.
	Doc string
	// Resource is the type of the monitored resource, or "" where there is none,
	// so that every series of the job is dropped as unknown_resource.
	Resource string
	// TargetLabels are those that every target has, besides job and instance.
	TargetLabels []string
	// ObjectLabels says of what kind of object all labels become target labels:
	// "pod", "node" or "".
	ObjectLabels string
	// AnyLabels says that nothing is known of the labels of targets besides job and
	// instance.
	AnyLabels bool
	// SeriesLabels are the labels that the scraped series bring themselves. One
	// that ends in * stands for all that begin with it.
	SeriesLabels []string
}

// ScrapeJobs is the table of the jobs that linkerd-viz 2.9 to 2.20 has, as its
// templates/prometheus.yaml configures them.
var ScrapeJobs = []ScrapeJob{
	{
		Name: "prometheus",
		Doc:  "Prometheus itself, as a static target: there are no Kubernetes labels to make a resource from.",
	},
	{
		Name:         "grafana",
		Doc:          "Grafana, in charts up to 2.11.",
		Resource:     monitoring.ContainerResource,
		SeriesLabels: nil,
	},
	{
		Name:         "kubernetes-nodes-cadvisor",
		Doc:          "The containers of every node, through the API server.",
		Resource:     monitoring.NodeResource,
		ObjectLabels: "node",
		SeriesLabels: []string{"container", "cpu", "device", "failure_type", "id", "image", "interface", "name", "namespace", "pod", "scope", "tcp_state"},
	},
	{
		Name:         ControllerJob,
		Doc:          "Containers in the namespaces of linkerd and viz with an admin port; component is the container's name.",
		Resource:     monitoring.ContainerResource,
		TargetLabels: []string{"component"},
	},
	{
		Name:         serviceMirrorJob,
		Doc:          "Service mirrors of the multicluster extension, in charts up to 2.17.",
		Resource:     monitoring.ContainerResource,
		TargetLabels: []string{"component"},
	},
	{
		Name:         multiclusterJob,
		Doc:          "Service mirrors of the multicluster extension, in charts from 2.18.",
		Resource:     monitoring.ContainerResource,
		TargetLabels: []string{"component"},
	},
	{
		Name:         ProxyJob,
		Doc:          "The proxy of every meshed pod. Every label of the pod becomes a target label, without linkerd.io/ and linkerd.io/proxy- and with _ for what Prometheus doesn't allow.",
		Resource:     monitoring.ContainerResource,
		TargetLabels: []string{"namespace", "pod", "control_plane_ns"},
		ObjectLabels: "pod",
		SeriesLabels: proxySeriesLabels,
	},
}

// ControllerJob is the job that scrapes the control plane and linkerd-viz itself.
const ControllerJob = "linkerd-controller"

// ProxyJob is the job that scrapes the proxies, whose series the recording rules
// are about.
const ProxyJob = "linkerd-proxy"

// proxySeriesLabels are the labels that the proxy gives its series, as
// linkerd.io/2-edge/reference/proxy-metrics lists them.
var proxySeriesLabels = []string{
	"addr", "authority", "classification", "client_id", "direction", "dst", "endpoint_state", "errno", "error",
	"grpc_status", "grpc_status_code", "hostname", "http_status", "le", "no_tls_reason", "peer", "server_id",
	"status_code", "target_addr", "target_ip", "target_port", "tls",
	"authz_*", "backend_*", "dst_*", "parent_*", "route_*", "rt_*", "srv_*",
}

// FindScrapeJob returns the job of that name; false means that linkerd-viz has
// none, so that no target is found for its series.
func FindScrapeJob(name string) (ScrapeJob, bool) {
	i := slices.IndexFunc(ScrapeJobs, func(j ScrapeJob) bool { return j.Name == name })
	if i < 0 {
		return ScrapeJob{}, false
	}
	return ScrapeJobs[i], true
}

// TargetLabel answers whether a label of the job's series is a target label,
// which the exported series loses: it is in the resource, or nowhere. Depends
// means that it is one where the scraped pod or node has a label of that name.
func (j ScrapeJob) TargetLabel(name string) answer.Answer {
	switch {
	case name == "job" || name == "instance" || slices.Contains(j.TargetLabels, name):
		return answer.Yes
	case j.AnyLabels && name != model.MetricNameLabel:
		return answer.Depends
	case name == model.MetricNameLabel || j.ObjectLabels == "" || j.ofSeries(name):
		return answer.No
	}
	return answer.Depends
}

func (j ScrapeJob) ofSeries(name string) bool {
	return slices.ContainsFunc(j.SeriesLabels, func(label string) bool {
		prefix, isPrefix := strings.CutSuffix(label, "*")
		return label == name || isPrefix && strings.HasPrefix(name, prefix)
	})
}
