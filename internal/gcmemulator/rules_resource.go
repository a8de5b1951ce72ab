package gcmemulator

import (
	"fmt"
	"maps"
	"slices"

	"google.golang.org/grpc/codes"

	"github.com/linkerd-gcm/linkerd-gcm/monitoring"
)

// A resource is a type of monitored resource.
type resource struct {
	labels []string
	// location is the label that has the location, "" for none.
	location string
	// empty says that labels may be empty or absent, and global that the location may be
	// "global".
	empty, global bool
}

// resources are the monitored resources that exporters write to
// (cloud.google.com/monitoring/api/resources; for prometheus_target also the exporter
// library of prometheus-engine, where empty values are legal and "global" is refused).
var resources = map[string]resource{
	"k8s_container":     {labels: []string{"project_id", "location", "cluster_name", "namespace_name", "pod_name", "container_name"}, location: "location"},
	"k8s_pod":           {labels: []string{"project_id", "location", "cluster_name", "namespace_name", "pod_name"}, location: "location"},
	"k8s_node":          {labels: []string{"project_id", "location", "cluster_name", "node_name"}, location: "location"},
	"k8s_cluster":       {labels: []string{"project_id", "location", "cluster_name"}, location: "location"},
	"gke_container":     {labels: []string{"project_id", "cluster_name", "namespace_id", "instance_id", "pod_id", "container_name", "zone"}, empty: true},
	"gce_instance":      {labels: []string{"project_id", "instance_id", "zone"}},
	"generic_task":      {labels: []string{"project_id", "location", "namespace", "job", "task_id"}, location: "location", global: true},
	"generic_node":      {labels: []string{"project_id", "location", "namespace", "node_id"}, location: "location", global: true},
	"global":            {labels: []string{"project_id"}},
	"prometheus_target": {labels: []string{"project_id", "location", "cluster", "namespace", "job", "instance"}, location: "location", empty: true},
}

// resourceRules are about monitored resources.
var resourceRules = []Rule{
	{
		"resource-type", "the monitored resource is one that there is",
		"cloud.google.com/monitoring/api/resources",
		WholeRequest, codes.InvalidArgument,
		func(c *candidate) string {
			name := c.series.GetResource().GetType()
			if _, known := resources[name]; !known {
				return c.invalid("resource.type", name, "The monitored resource type is not known.")
			}
			return ""
		},
	},
	{
		"resource-labels", "a monitored resource has all of its labels, and no others; the project may be left out",
		"monitoringpb/metric.pb.go, TimeSeries.resource; cloud.google.com/monitoring/api/resources",
		WholeRequest, codes.InvalidArgument,
		func(c *candidate) string {
			kind, labels := resources[c.series.GetResource().GetType()], c.series.GetResource().GetLabels()
			for _, key := range kind.labels {
				if _, has := labels[key]; !has && !kind.empty && key != "project_id" {
					return c.invalid("resource.labels", "", fmt.Sprintf("The label %q of the monitored resource is missing.", key))
				}
			}
			for _, key := range slices.Sorted(maps.Keys(labels)) {
				if !slices.Contains(kind.labels, key) {
					return c.invalid("resource.labels", key, "The monitored resource has no such label.")
				}
			}
			return ""
		},
	},
	{
		"location", "the location is a region or zone that there is",
		"stackdriver-prometheus-sidecar issues 155 and 251; opentelemetry-operations-go pull request 1175",
		OnePoint, codes.InvalidArgument,
		func(c *candidate) string {
			kind, labels := resources[c.series.GetResource().GetType()], c.series.GetResource().GetLabels()
			if kind.location == "" {
				return ""
			}
			value := labels[kind.location]
			if problem, _ := monitoring.CheckLocation(value); problem == "" && (value != "global" || kind.global) {
				return ""
			}
			return "Unrecognized region or location."
		},
	},
}
