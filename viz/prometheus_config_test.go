package viz

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/linkerd-gcm/linkerd-gcm/internal/answer"
	"github.com/linkerd-gcm/linkerd-gcm/monitoring"
)

func TestConfigurationsOfPrometheus(t *testing.T) {
	own := func(name, resource string, interval time.Duration) ConfiguredJob {
		return ConfiguredJob{ScrapeJob{Name: name, Doc: "A job of the user's own.", Resource: resource, AnyLabels: true}, interval}
	}
	proxies, _ := FindScrapeJob(ProxyJob)
	for name, test := range map[string]struct {
		text string
		want PrometheusConfig
	}{
		"an empty one": {"", PrometheusConfig{EvaluationInterval: time.Minute, JobsComplete: true}},
		"the charts' own": {"global: {evaluation_interval: 10s, scrape_interval: 10s, scrape_timeout: 10s}\nrule_files: [a, b]\nscrape_configs: [{job_name: 'linkerd-proxy', tls_config: {}}]\n",
			PrometheusConfig{10 * time.Second, []ConfiguredJob{{proxies, 10 * time.Second}}, true, []string{"a", "b"}}},
		"jobs with intervals of their own": {"global: {scrape_interval: 1m30s}\nscrape_configs:\n- {job_name: a, scrape_interval: 5s, kubernetes_sd_configs: [{role: pod}]}\n- {job_name: b, kubernetes_sd_configs: [{role: node}]}\n",
			PrometheusConfig{time.Minute, []ConfiguredJob{own("a", monitoring.ContainerResource, 5*time.Second), own("b", monitoring.NodeResource, 90*time.Second)}, true, nil}},
		"jobs elsewhere": {"scrape_config_files: [x]", PrometheusConfig{EvaluationInterval: time.Minute}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := ReadPrometheusConfig(test.text)
			if diff := cmp.Diff(test.want, got); diff != "" || err != nil {
				t.Errorf("error %v, configuration (-want +got):\n%s", err, diff)
			}
		})
	}
	for name, text := range map[string]string{
		"not YAML": "a: b: c", "not a map": "[]", "an interval without a unit": "global: {scrape_interval: 10}", "too much": strings.Repeat("#", maxConfig+1),
	} {
		if got, err := ReadPrometheusConfig(text); err == nil {
			t.Errorf("%s: read as %+v", name, got)
		}
	}
}

func TestConfigurationsOfValues(t *testing.T) {
	got, err := WithValues(map[string]any{"scrape_interval": "1m", "evaluation_interval": "1s"},
		[]any{map[string]any{"job_name": "shop"}, map[string]any{"job_name": "quick", "scrape_interval": "5s"}})
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]time.Duration{ProxyJob: time.Minute, "shop": time.Minute, "quick": 5 * time.Second} {
		if job, known := got.Job(name); !known || job.Interval != want {
			t.Errorf("job %s: %v, every %s, want %s", name, known, job.Interval, want)
		}
	}
	if got.EvaluationInterval != time.Second {
		t.Errorf("rules are evaluated every %s", got.EvaluationInterval)
	}
	if _, err := WithValues(map[string]any{"scrape_interval": []any{}}, nil); err == nil {
		t.Error("an interval that is a list is read")
	}
	if _, err := WithValues(nil, []any{[]any{}}); err == nil {
		t.Error("a job that is a list is read")
	}
	unset, err := WithValues(map[string]any{"scrape_interval": nil}, nil)
	if job, known := unset.Job(ProxyJob); err != nil || !known || job.Interval != defaultScrapeInterval {
		t.Errorf("error %v; without the chart's interval, job %s: %v, every %s", err, ProxyJob, known, job.Interval)
	}
	byDefault, err := WithValues(nil, nil)
	if diff := cmp.Diff(DefaultConfig(), byDefault); diff != "" || err != nil {
		t.Errorf("error %v, without values (-want +got):\n%s", err, diff)
	}
}

func TestTargetsOfJobsOfTheUsersOwn(t *testing.T) {
	job := ScrapeJob{Name: "x", AnyLabels: true}
	for label, want := range map[string]answer.Answer{"job": answer.Yes, "instance": answer.Yes, "le": answer.Depends, "__name__": answer.No} {
		if got := job.TargetLabel(label); got != want {
			t.Errorf("%s: %s, want %s", label, got, want)
		}
	}
}
