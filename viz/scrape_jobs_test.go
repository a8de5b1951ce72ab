package viz

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/relabel"
	"go.yaml.in/yaml/v3"

	"github.com/linkerd-gcm/linkerd-gcm/internal/answer"
	"github.com/linkerd-gcm/linkerd-gcm/internal/charts"
	"github.com/linkerd-gcm/linkerd-gcm/monitoring"
)

// scrapeConfig is what the tests read of a job in prometheus.yml.
type scrapeConfig struct {
	JobName        string                  `yaml:"job_name"`
	StaticConfigs  []any                   `yaml:"static_configs"`
	KubernetesSD   []struct{ Role string } `yaml:"kubernetes_sd_configs"`
	RelabelConfigs []*relabel.Config       `yaml:"relabel_configs"`
}

// chartScrapeConfigs returns the scrape jobs of a rendered chart of linkerd-viz.
func chartScrapeConfigs(t *testing.T, file charts.File) []scrapeConfig {
	t.Helper()
	var config struct {
		ScrapeConfigs []scrapeConfig `yaml:"scrape_configs"`
	}
	if err := yaml.Unmarshal([]byte(file.PrometheusConfig(t)), &config); err != nil {
		t.Fatalf("%s: %v", file.Path, err)
	}
	return config.ScrapeConfigs
}

func TestScrapeJobsAreThoseOfTheCharts(t *testing.T) {
	t.Run("own chart", func(t *testing.T) { checkScrapeJobs(t, charts.Own(t, charts.Rendered)) })
	t.Run("real charts", func(t *testing.T) { checkScrapeJobs(t, charts.Real(t, charts.Rendered)) })
}

// checkScrapeJobs wants the default variants to have the jobs of the table, all
// of them together, and no others.
func checkScrapeJobs(t *testing.T, files []charts.File) {
	t.Helper()
	seen := map[string]bool{}
	for _, file := range files {
		if file.Variant != "default" {
			continue
		}
		for _, config := range chartScrapeConfigs(t, file) {
			job, known := FindScrapeJob(config.JobName)
			if !known {
				t.Errorf("%s: job %s is not in the table", file, config.JobName)
				continue
			}
			seen[job.Name] = true
			checkTargetLabels(t, file, job, config)
		}
	}
	for _, job := range ScrapeJobs {
		if !seen[job.Name] {
			t.Errorf("no chart has job %s", job.Name)
		}
	}
}

// checkTargetLabels relabels an example target with the chart's own rules, by
// Prometheus' own code, and compares the outcome with the table.
func checkTargetLabels(t *testing.T, file charts.File, job ScrapeJob, config scrapeConfig) {
	t.Helper()
	role := ""
	if len(config.KubernetesSD) > 0 {
		role = config.KubernetesSD[0].Role
	}
	if want := map[string]string{"": "", "pod": monitoring.ContainerResource, "node": monitoring.NodeResource}[role]; job.Resource != want {
		t.Errorf("%s: job %s has resource %q, for role %q want %q", file, job.Name, job.Resource, role, want)
	}
	meta, object := exampleTarget(config.JobName, role)
	var target labels.Labels
	kept := false
	for _, port := range []string{"linkerd-admin", "controller-admin", "admin-http"} { // charts differ in names of ports
		if !kept {
			meta["__meta_kubernetes_pod_container_port_name"] = port
			target, kept = relabel.Process(labels.FromMap(meta), config.RelabelConfigs...)
		}
	}
	if !kept {
		t.Fatalf("%s: job %s drops the example target", file, job.Name)
	}
	var names []string
	target.Range(func(l labels.Label) {
		if !strings.HasPrefix(l.Name, "__") && l.Name != "job" && l.Name != "instance" {
			names = append(names, l.Name)
		}
	})
	want := slices.Clone(job.TargetLabels)
	if job.ObjectLabels != "" {
		want = append(want, object...)
	}
	slices.Sort(want)
	if diff := cmp.Diff(slices.Compact(want), names); diff != "" {
		t.Errorf("%s: job %s: target labels differ (-table +chart):\n%s", file, job.Name, diff)
	}
	for _, name := range names {
		if job.TargetLabel(name) == answer.No {
			t.Errorf("%s: job %s: %s is a target label; the table says no", file, job.Name, name)
		}
	}
}

// exampleTarget returns the discovered labels of a target that every chart's job
// keeps, and the target labels that the labels of its pod or node become.
func exampleTarget(job, role string) (meta map[string]string, object []string) {
	meta = map[string]string{"__address__": "10.1.2.3:4191", "job": job, "instance": "10.1.2.3:4191"}
	prefix, objectLabels := "__meta_kubernetes_pod_label_", map[string]string{
		"linkerd_io_control_plane_ns": "linkerd", "app_kubernetes_io_name": "web", "pod_template_hash": "5c9",
	}
	object = []string{"app_kubernetes_io_name", "pod_template_hash", "control_plane_ns"}
	switch role {
	case "node":
		prefix, objectLabels = "__meta_kubernetes_node_label_", map[string]string{"kubernetes_io_hostname": "n1"}
		object = []string{"kubernetes_io_hostname"}
		meta["__meta_kubernetes_node_name"] = "n1"
	case "pod":
		maps.Copy(meta, map[string]string{
			"__meta_kubernetes_namespace": "emojivoto", "__meta_kubernetes_pod_name": "web-5c9-x", "__meta_kubernetes_pod_phase": "Running",
		})
		meta["__meta_kubernetes_pod_container_name"] = "controller"
	}
	switch job {
	case "grafana":
		meta["__meta_kubernetes_pod_container_name"] = "grafana"
	case ProxyJob:
		meta["__meta_kubernetes_pod_container_name"] = "linkerd-proxy"
		objectLabels["linkerd_io_proxy_deployment"] = "web"
		objectLabels["linkerd_io_proxy_job"] = "batch"
		object = append(object, "deployment", "k8s_job")
	case "linkerd-service-mirror":
		objectLabels["linkerd_io_control_plane_component"] = "linkerd-service-mirror"
		objectLabels["component"] = "linkerd-service-mirror"
	case "linkerd-multicluster-controller":
		objectLabels["component"] = "controller"
	}
	for name, value := range objectLabels {
		meta[prefix+name] = value
	}
	return meta, object
}

func TestTargetLabelsOfTheProxyJob(t *testing.T) {
	job, found := FindScrapeJob(ProxyJob)
	if !found {
		t.Fatal("there is no such job")
	}
	for name, want := range map[string]answer.Answer{
		"job": answer.Yes, "instance": answer.Yes, "namespace": answer.Yes, "pod": answer.Yes, "control_plane_ns": answer.Yes,
		"app": answer.Depends, "deployment": answer.Depends, "team": answer.Depends, "pod_template_hash": answer.Depends,
		"dst_service": answer.No, "classification": answer.No, "status_code": answer.No, "le": answer.No, "route_name": answer.No, model.MetricNameLabel: answer.No,
	} {
		if got := job.TargetLabel(name); got != want {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
	if _, found := FindScrapeJob("kubernetes-pods"); found {
		t.Error("linkerd-viz has no job kubernetes-pods")
	}
}
func TestEveryResourceHasLabels(t *testing.T) {
	for _, job := range ScrapeJobs {
		if job.Resource != "" && len(monitoring.ResourceLabels[job.Resource]) == 0 {
			t.Errorf("job %s: nothing is known about resource %s", job.Name, job.Resource)
		}
	}
}
