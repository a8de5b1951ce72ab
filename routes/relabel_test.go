package routes

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/relabel"
	"go.yaml.in/yaml/v3"

	"github.com/linkerd-gcm/linkerd-gcm/internal/charts"
	"github.com/linkerd-gcm/linkerd-gcm/viz"
)

// scrapeConfig is what the tests read of a scrape job.
type scrapeConfig struct {
	JobName              string            `yaml:"job_name"`
	RelabelConfigs       []*relabel.Config `yaml:"relabel_configs"`
	MetricRelabelConfigs []*relabel.Config `yaml:"metric_relabel_configs"`
}

func printedJob(t *testing.T, route string, r Request) scrapeConfig {
	t.Helper()
	found, _ := Find(route)
	out, err := found.Print(r)
	if err != nil {
		t.Fatal(err)
	}
	var jobs []scrapeConfig
	if err := yaml.Unmarshal([]byte(out.Config), &jobs); err != nil || len(jobs) != 1 {
		t.Fatalf("%d jobs, error %v in\n%s", len(jobs), err, out.Config)
	}
	return jobs[0]
}

// targets are those that Prometheus may discover: ports of meshed pods, with labels that are
// easily mistaken for each other.
func targets() map[string]map[string]string {
	const label = "__meta_kubernetes_pod_label_"
	proxy := func(change map[string]string) map[string]string {
		m := map[string]string{
			"__address__": "10.1.2.3:4191", "job": "linkerd-proxy", "__meta_kubernetes_namespace": "shop", "__meta_kubernetes_pod_name": "web-1",
			"__meta_kubernetes_pod_phase": "Running", "__meta_kubernetes_pod_container_name": "linkerd-proxy", "__meta_kubernetes_pod_container_port_name": "linkerd-admin",
			label + "linkerd_io_control_plane_ns": "linkerd", label + "app": "web", label + "linkerd_io_proxy_deployment": "web", label + "linkerd_io_workload_ns": "shop",
		}
		for k, v := range change {
			m[k] = v
		}
		return m
	}
	return map[string]map[string]string{
		"a Deployment's":         proxy(nil),
		"a ReplicaSet's":         proxy(map[string]string{label + "linkerd_io_proxy_deployment": "", label + "linkerd_io_proxy_replicaset": "old"}),
		"a CronJob's":            proxy(map[string]string{label + "linkerd_io_proxy_deployment": "", label + "linkerd_io_proxy_cronjob": "night"}),
		"a Job's":                proxy(map[string]string{label + "linkerd_io_proxy_job": "batch"}),
		"labels that clash":      proxy(map[string]string{label + "deployment": "own", label + "control_plane_ns": "own", label + "linkerd_io_team": "a", label + "team": "b"}),
		"labels that win":        proxy(map[string]string{label + "namespace": "own", label + "pod": "own"}),
		"another port":           proxy(map[string]string{"__meta_kubernetes_pod_container_port_name": "http"}),
		"another container":      proxy(map[string]string{"__meta_kubernetes_pod_container_name": "web"}),
		"an unmeshed pod's":      proxy(map[string]string{label + "linkerd_io_control_plane_ns": ""}),
		"one that is to run":     proxy(map[string]string{"__meta_kubernetes_pod_phase": "Pending"}),
		"a pod with no workload": proxy(map[string]string{label + "linkerd_io_proxy_deployment": ""}),
	}
}

// TestProxiesHaveTheLabelsThatVizGivesThem compares the printed job with those of the charts.
func TestProxiesHaveTheLabelsThatVizGivesThem(t *testing.T) {
	plain := map[string]map[string]string{}
	for _, name := range []string{"a Deployment's", "a Job's"} { // the own chart knows no others
		plain[name] = targets()[name]
	}
	t.Run("own chart", func(t *testing.T) { compareLabels(t, charts.Own(t, charts.Rendered), plain) })
	t.Run("real charts", func(t *testing.T) { compareLabels(t, charts.Real(t, charts.Rendered), targets()) })
}

// relabeled are the labels that a printed form gives to a target; false where it has no target.
type relabeled func(discovered map[string]string) (labels.Labels, bool)

// cannot are targets with which operators do otherwise: monitors name no containers, and Managed
// Service for Prometheus takes no labels of pods but those that are listed.
var cannot = map[Form][]string{OfOperator: {"another container"}, Managed: {"another container", "labels that win", "labels that clash"}}

func compareLabels(t *testing.T, files []charts.File, targets map[string]map[string]string) {
	t.Helper()
	forms := map[Form]relabeled{
		Plain:      by(printedJob(t, "proxies", request(t, "2.20", Scraper{})).RelabelConfigs),
		OfOperator: by(operatorRules(t)),
		Managed:    by(managedRules(t)),
	}
	compared := 0
	for _, file := range files {
		if file.Variant != "default" {
			continue
		}
		chart := by(chartJob(t, file))
		for name, discovered := range targets {
			want, wanted := chart(discovered)
			for form, printed := range forms {
				if slices.Contains(cannot[form], name) {
					continue
				}
				got, kept := printed(discovered)
				if kept != wanted {
					t.Errorf("%s, %s: %s keeps it: %v, linkerd-viz does: %v", file, name, form, kept, wanted)
				}
				wantedLabels, gotLabels := visible(want), visible(got)
				if form == Managed { // which lists Linkerd's labels, and none of the pods' own
					delete(wantedLabels, "app")
				}
				if diff := cmp.Diff(wantedLabels, gotLabels); diff != "" && kept {
					t.Errorf("%s, %s: labels (-linkerd-viz +%s):\n%s", file, name, form, diff)
				}
				compared++
			}
		}
	}
	if compared == 0 {
		t.Error("no chart was compared")
	}
}

func by(rules []*relabel.Config) relabeled {
	return func(discovered map[string]string) (labels.Labels, bool) {
		return relabel.Process(labels.FromMap(discovered), rules...)
	}
}

// rulesOf reads rules in Prometheus' own words.
func rulesOf(t *testing.T, text string) (rules []*relabel.Config) {
	t.Helper()
	if err := yaml.Unmarshal([]byte(text), &rules); err != nil {
		t.Fatal(err)
	}
	return rules
}

// printedObject reads the first document that is printed for the proxies in a form.
func printedObject(t *testing.T, form Form, into any) {
	t.Helper()
	r := request(t, "2.20", Scraper{})
	r.Form = form
	out, err := proxies(r)
	if err != nil {
		t.Fatal(err)
	}
	text := strings.NewReplacer("sourceLabels", "source_labels", "targetLabel:", "target_label:").Replace(out.Objects)
	if err := yaml.Unmarshal([]byte(text), into); err != nil {
		t.Fatal(err)
	}
}

// operatorRules are those that prometheus-operator makes of a PodMonitor for meshed pods
// (pkg/prometheus/promcfg.go, generatePodMonitorConfig), and then the printed ones.
func operatorRules(t *testing.T) []*relabel.Config {
	t.Helper()
	var monitor struct {
		Spec struct {
			PodMetricsEndpoints []struct {
				Relabelings []*relabel.Config `yaml:"relabelings"`
			} `yaml:"podMetricsEndpoints"`
		} `yaml:"spec"`
	}
	printedObject(t, OfOperator, &monitor)
	return append(rulesOf(t, `
- {source_labels: [__meta_kubernetes_pod_phase], regex: (Failed|Succeeded), action: drop}
- {source_labels: [__meta_kubernetes_pod_label_linkerd_io_control_plane_ns], regex: .+, action: keep}
- {source_labels: [__meta_kubernetes_pod_container_port_name], regex: linkerd-admin, action: keep}
- {source_labels: [__meta_kubernetes_namespace], target_label: namespace}
- {source_labels: [__meta_kubernetes_pod_container_name], target_label: container}
- {source_labels: [__meta_kubernetes_pod_name], target_label: pod}
- {target_label: job, replacement: linkerd-viz/linkerd-proxy}
- {target_label: endpoint, replacement: linkerd-admin}`), monitor.Spec.PodMetricsEndpoints[0].Relabelings...)
}

// managedRules are those that Managed Service for Prometheus makes of a ClusterPodMonitoring
// (prometheus-engine's pkg/operator/apis/monitoring/v1/pod_config.go).
func managedRules(t *testing.T) []*relabel.Config {
	t.Helper()
	var monitoring struct {
		Metadata struct{ Name string }
		Spec     struct {
			TargetLabels struct {
				Metadata []string
				FromPod  []struct{ From, To string } `yaml:"fromPod"`
			} `yaml:"targetLabels"`
		}
	}
	printedObject(t, Managed, &monitoring)
	text := `
- {source_labels: [__meta_kubernetes_pod_phase], regex: (Failed|Succeeded), action: drop}
- {source_labels: [__meta_kubernetes_pod_label_linkerd_io_control_plane_ns], regex: .+, action: keep}
- {source_labels: [__meta_kubernetes_pod_container_port_name], regex: linkerd-admin, action: keep}
- {target_label: job, replacement: ` + monitoring.Metadata.Name + "}\n"
	for _, l := range monitoring.Spec.TargetLabels.Metadata {
		source := map[string]string{"namespace": "__meta_kubernetes_namespace", "pod": "__meta_kubernetes_pod_name"}[l]
		text += "- {source_labels: [" + source + "], target_label: " + l + "}\n"
	}
	for _, l := range monitoring.Spec.TargetLabels.FromPod {
		text += "- {source_labels: [__meta_kubernetes_pod_label_" + strings.NewReplacer(".", "_", "/", "_", "-", "_").Replace(l.From) + "], target_label: " + l.To + "}\n"
	}
	return rulesOf(t, text)
}

// visible are the labels that a target keeps.
func visible(l labels.Labels) map[string]string {
	all := map[string]string{}
	l.Range(func(l labels.Label) {
		if len(l.Name) < 2 || l.Name[:2] != "__" {
			all[l.Name] = l.Value
		}
	})
	return all
}

// chartJob returns the rules of linkerd-viz' own job for the proxies.
func chartJob(t *testing.T, file charts.File) []*relabel.Config {
	t.Helper()
	var config struct {
		ScrapeConfigs []scrapeConfig `yaml:"scrape_configs"`
	}
	if err := yaml.Unmarshal([]byte(file.PrometheusConfig(t)), &config); err != nil {
		t.Fatalf("%s: %v", file.Path, err)
	}
	i := slices.IndexFunc(config.ScrapeConfigs, func(c scrapeConfig) bool { return c.JobName == viz.ProxyJob })
	if i < 0 {
		t.Fatalf("%s has no job %s", file.Path, viz.ProxyJob)
	}
	return config.ScrapeConfigs[i].RelabelConfigs
}

// TestFederationFindsPrometheusAlone gives the printed job the ports of pods in linkerd-viz'
// namespace.
func TestFederationFindsPrometheusAlone(t *testing.T) {
	job := printedJob(t, "federation", request(t, "2.20", meshed))
	for name, test := range map[string]struct {
		component, container, port string
		want                       bool
	}{
		"Prometheus":                   {"prometheus", "prometheus", "9090", true},
		"its exporter":                 {"prometheus", "gcm-exporter", "9091", false},
		"its proxy":                    {"prometheus", "linkerd-proxy", "4191", false},
		"another port of the same pod": {"prometheus", "prometheus", "9091", false},
		"another component":            {"web", "web", "9994", false},
		"a Prometheus of somebody's":   {"", "prometheus", "9090", false},
	} {
		_, kept := relabel.Process(labels.FromStrings("__address__", "10.0.0.1:1", "__meta_kubernetes_pod_label_component", test.component,
			"__meta_kubernetes_pod_container_name", test.container, "__meta_kubernetes_pod_container_port_number", test.port), job.RelabelConfigs...)
		if kept != test.want {
			t.Errorf("%s: kept %v, want %v", name, kept, test.want)
		}
	}
}

// TestRemoteWriteSendsWhatIsWanted gives series to the printed rules.
func TestRemoteWriteSendsWhatIsWanted(t *testing.T) {
	series := map[string]labels.Labels{
		"of a proxy":    labels.FromStrings("__name__", "request_total", "job", "linkerd-proxy"),
		"recorded":      labels.FromStrings("__name__", "linkerd_job:x:rate", "job", "linkerd-proxy"),
		"of a node":     labels.FromStrings("__name__", "container_cpu_usage_seconds_total", "job", "kubernetes-nodes-cadvisor"),
		"of a recorder": labels.FromStrings("__name__", "shop:y"),
	}
	for recorded, want := range map[Recorded][]string{
		WithoutRecorded: {"of a proxy"}, WithRecorded: {"of a proxy", "recorded", "of a recorder"}, OnlyRecorded: {"recorded", "of a recorder"},
	} {
		r := request(t, "2.20", Scraper{})
		r.Recorded, r.Cluster = recorded, "west$1"
		out, err := remoteWrite(r)
		if err != nil {
			t.Fatal(err)
		}
		var values struct {
			Prometheus struct {
				RemoteWrite []struct {
					Rules []*relabel.Config `yaml:"write_relabel_configs"`
				} `yaml:"remoteWrite"`
			}
		}
		if err := yaml.Unmarshal([]byte(out.Config), &values); err != nil {
			t.Fatal(err)
		}
		wanted := map[string]bool{}
		for _, name := range want {
			wanted[name] = true
		}
		for name, l := range series {
			got, kept := relabel.Process(l, values.Prometheus.RemoteWrite[0].Rules...)
			if kept != wanted[name] {
				t.Errorf("%s recorded series: one %s is sent: %v, want %v", recorded, name, kept, wanted[name])
			}
			if kept && got.Get("cluster") != "west$1" {
				t.Errorf("%s: cluster %q", name, got.Get("cluster"))
			}
		}
	}
}
