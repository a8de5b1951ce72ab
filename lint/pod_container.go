package lint

import (
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/linkerd-gcm/linkerd-gcm/patches"
	"github.com/linkerd-gcm/linkerd-gcm/source"
)

var podContainerRules = []Rule{
	{
		ID: "POD008", Severity: Warning, Concern: Both,
		Title:       "the sidecar's port has a name that linkerd-viz scrapes, and that is not Prometheus'",
		Why:         "linkerd-viz' Prometheus scrapes ports whose name ends in admin, and its Server prometheus-admin applies to the port named admin (viz/charts/linkerd-viz/templates/prometheus.yaml, prometheus-policy.yaml). The metrics of stackdriver-prometheus-sidecar say what it drops.",
		ExporterWhy: "linkerd-viz' Prometheus scrapes ports whose name ends in admin, and its Server prometheus-admin applies to the port named admin (viz/charts/linkerd-viz/templates/prometheus.yaml, prometheus-policy.yaml). The metrics of gcm-exporter say what it drops.",
		check:       checkPortName,
	},
	{
		ID: "POD009", Severity: Warning, Concern: Both,
		Title:       "the sidecar requests CPU and memory",
		Why:         "Without requests the scheduler does not count stackdriver-prometheus-sidecar, the kubelet evicts Prometheus' pod earlier, and quotas may refuse it.",
		ExporterWhy: "Without requests the scheduler does not count gcm-exporter, the kubelet evicts Prometheus' pod earlier, and quotas may refuse it.",
		check:       checkResources,
	},
	{
		ID: "POD011", Severity: Error, Concern: Both,
		Title:       "there is one sidecar in the pod",
		Why:         "Two containers with stackdriver-prometheus-sidecar write the same points, and Google refuses the second one (\"points must be written in order\"), and both keep their progress in one file.",
		ExporterWhy: "Two sidecars write the same points, and Google refuses the second one (\"points must be written in order\"); two of gcm-exporter also keep what they know in one file.",
		check:       checkTwoSidecars,
	},
}

// checkPortName checks the name of the port at which the sidecar serves its
// metrics. To be scraped is useful, but not required.
func checkPortName(c *context) []Finding {
	if c.sidecar == nil {
		return nil
	}
	scraped := false
	for i, port := range c.sidecar.container.Ports {
		// The names of Prometheus' own port, in all versions of linkerd-viz.
		if port.Name == "admin" || port.Name == "admin-http" {
			return []Finding{c.sidecar.field(fmt.Sprintf("ports[%d].name", i), "container %q has a port named %s, which is the name of Prometheus' port", c.sidecar.container.Name, port.Name).
				WithReason("linkerd-viz' policies (viz/charts/linkerd-viz/templates/prometheus-policy.yaml) choose Prometheus' port by this name, and would apply to the sidecar's, too.").
				WithFix("name it %s", patches.PortName)}
		}
		scraped = scraped || port.ContainerPort == c.sidecarPort() && strings.HasSuffix(port.Name, "admin")
	}
	if scraped {
		return nil
	}
	return []Finding{c.sidecar.atText("container %q has no port whose name ends in admin, so that its metrics about dropped series are not scraped", c.sidecar.container.Name).
		WithReason("linkerd-viz' Prometheus (viz/charts/linkerd-viz/templates/prometheus.yaml) scrapes ports whose name ends in admin, and the sidecar's metrics say what it drops.").
		WithSeverity(Info).WithFix("add to ports: {name: %s, containerPort: %d}", patches.PortName, c.sidecarPort())}
}

// checkResources finds a sidecar without requests. A limit without a request is also a request.
func checkResources(c *context) []Finding {
	if c.sidecar == nil {
		return nil
	}
	var missing []string
	for _, name := range []corev1.ResourceName{corev1.ResourceCPU, corev1.ResourceMemory} {
		request, limit := c.sidecar.container.Resources.Requests[name], c.sidecar.container.Resources.Limits[name]
		if request.IsZero() && limit.IsZero() {
			missing = append(missing, string(name))
		}
	}
	if len(missing) == 0 {
		return nil
	}
	return []Finding{c.sidecar.atText("container %q requests no %s", c.sidecar.container.Name, strings.Join(missing, " and no ")).
		WithFix("add resources.requests, such as cpu: 10m and memory: 64Mi")}
}

// checkTwoSidecars finds a second sidecar beside the one that the pod has.
func checkTwoSidecars(c *context) []Finding {
	if c.sidecar == nil {
		return nil
	}
	var findings []Finding
	for _, other := range c.sidecar.others {
		object := c.Pod.Object
		object.Key = c.Pod.Path + "." + other.Field
		findings = append(findings, Text{Object: object}.at(source.Position{}, 0, "container %q runs the sidecar, and so does container %q",
			other.Container.Name, c.sidecar.container.Name).WithFix("remove one of the two"))
	}
	return findings
}
