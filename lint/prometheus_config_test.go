package lint

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
)

// TestPrometheusOwnConfiguration has one rule, and configurations that make it right or
// wrong.
func TestPrometheusOwnConfiguration(t *testing.T) {
	const (
		files = "rule_files: [/etc/prometheus/*_rules.yml]\n"
		jobs  = "scrape_configs:\n- {job_name: linkerd-proxy}\n"
		every = "sum by (job, instance) (rate(request_total[1m]))"
	)
	for name, test := range map[string]struct {
		config string
		rules  string
		want   []string
	}{
		"that of the charts":             {"global: {scrape_interval: 10s, evaluation_interval: 10s}\n" + files + jobs, recording(every), nil},
		"slow scrapes":                   {"global: {scrape_interval: 60s, evaluation_interval: 10s}\n" + files + jobs, recording(every), []string{"error REC015 5:40"}},
		"scrapes that leave two samples": {"global: {scrape_interval: 30s, evaluation_interval: 10s}\n" + files + jobs, recording(every), []string{"warning REC015 5:40"}},
		"Prometheus' defaults":           {files + jobs, recording(every), []string{"error REC015 5:40"}},
		"slow scrapes of one job": {"global: {scrape_interval: 10s, evaluation_interval: 10s}\n" + files + "scrape_configs:\n- {job_name: linkerd-proxy, scrape_interval: 1m}\n",
			recording(every), []string{"error REC015 5:40"}},
		"quick scrapes of one job": {"global: {scrape_interval: 1m, evaluation_interval: 10s}\n" + files + "scrape_configs:\n- {job_name: linkerd-proxy, scrape_interval: 5s}\n",
			recording(every), nil},
		"slow scrapes of another job": {"global: {scrape_interval: 10s, evaluation_interval: 10s}\n" + files + jobs + "- {job_name: shop, scrape_interval: 1m}\n",
			recording(every), nil},
		"slow scrapes of the job that is read": {"global: {scrape_interval: 10s, evaluation_interval: 10s}\n" + files + jobs + "- {job_name: shop, scrape_interval: 1m}\n",
			recording(`sum by (job, instance) (rate(x{job="shop"}[1m]))`), []string{"error REC015 5:40"}},
		"quick evaluations": {"global: {scrape_interval: 10s, evaluation_interval: 1s}\n" + files + jobs, recording(every), []string{"error REC014 2:9"}},
		"quick evaluations, and an interval of the group": {"global: {scrape_interval: 10s, evaluation_interval: 1s}\n" + files + jobs,
			strings.Replace(recording(every), "  rules:", "  interval: 30s\n  rules:", 1), nil},
		"a window over a recorded metric": {"global: {scrape_interval: 10s, evaluation_interval: 1m}\n" + files + jobs,
			recording("rate(request_total[1m])", "  - record: linkerd_job:a:b\n    expr: deriv(linkerd_job:x:y[2m])\n"), []string{"warning REC015 7:17"}},
		"a job of the user's own": {"global: {scrape_interval: 10s, evaluation_interval: 10s}\n" + files + jobs + "- {job_name: shop}\n",
			recording(every, "    labels: {job: shop}\n"), nil},
		"a job that is not there": {"global: {scrape_interval: 10s, evaluation_interval: 10s}\n" + files + jobs,
			recording(every, "    labels: {job: grafana}\n"), []string{"error REC003 4:13"}},
		"jobs of other files": {"global: {scrape_interval: 10s, evaluation_interval: 10s}\n" + files + jobs + "scrape_config_files: [x]\n",
			recording(every, "    labels: {job: shop}\n"), []string{"warning REC003 4:13"}},
		"rule files elsewhere":    {"global: {scrape_interval: 10s, evaluation_interval: 10s}\nrule_files: [/rules/*.yml]\n" + jobs, recording(every), []string{"error REC018 0:0"}},
		"one that cannot be read": {"global: [", recording(every), nil},
	} {
		t.Run(name, func(t *testing.T) {
			in := setup{include: recorded, rules: test.rules}.input()
			in.AddPrometheusConfig("viz", DefaultPrometheusConfig, &corev1.ConfigMap{Data: map[string]string{"prometheus.yml": test.config}})
			var got []string
			for _, f := range Checked(t, in) {
				if slices.Contains([]string{"REC003", "REC014", "REC015", "REC018"}, f.Rule) {
					got = append(got, fmt.Sprintf("%s %s %d:%d", f.Severity, f.Rule, f.Line, f.Column))
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
		})
	}
}

func TestWhichConfigurationThePodReads(t *testing.T) {
	pod := func(args, configMap string) Pod {
		prometheus := corev1.Container{Name: "prometheus", VolumeMounts: []corev1.VolumeMount{{Name: "c", MountPath: "/etc/prometheus/prometheus.yml", SubPath: "prometheus.yml"}}}
		if args != "" {
			prometheus.Args = []string{args}
		}
		volume := corev1.Volume{Name: "c"}
		volume.ConfigMap = &corev1.ConfigMapVolumeSource{LocalObjectReference: corev1.LocalObjectReference{Name: configMap}}
		return Pod{Spec: &corev1.PodSpec{Containers: []corev1.Container{prometheus}, Volumes: []corev1.Volume{volume}}}
	}
	inScript := pod("prometheus --config.file=/other.yml", "my-config")
	inScript.Spec.Containers[0].Command = []string{"sh", "-c"}
	for name, test := range map[string]struct {
		pod  Pod
		want bool
	}{
		"that of the charts":       {pod("--config.file=/etc/prometheus/prometheus.yml", "prometheus-config"), true},
		"that of the image":        {pod("", "prometheus-config"), true},
		"another ConfigMap":        {pod("", "my-config"), false},
		"a file of no ConfigMap":   {pod("--config.file=/other.yml", "my-config"), true},
		"one that a script names":  {inScript, true},
		"a pod without Prometheus": {Pod{Spec: &corev1.PodSpec{}}, true},
	} {
		t.Run(name, func(t *testing.T) {
			var in Input
			in.AddPrometheusConfig("viz", DefaultPrometheusConfig, &corev1.ConfigMap{Data: map[string]string{"prometheus.yml": "{}"}})
			in.SetPod(test.pod)
			if got := in.PrometheusConfig != nil; got != test.want {
				t.Errorf("the configuration of the charts is used: %v, want %v", got, test.want)
			}
		})
	}
}
