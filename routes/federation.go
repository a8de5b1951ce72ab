package routes

import (
	"fmt"

	"github.com/prometheus/common/model"

	"github.com/linkerd-gcm/linkerd-gcm/viz"
)

const (
	federatePath  = "/federate"
	federationJob = "linkerd-federation"
	keepsLabels   = "The series keep their own labels, above all job, instance, namespace and pod."
)

// federation is a scrape job for a plain Prometheus.
func federation(r Request) (Output, error) {
	policy, warnings, err := r.policy()
	if err != nil {
		return Output{}, err
	}
	out := Output{Warnings: append(warnings, r.missing()...)}
	job := object{
		{"job_name", federationJob, ""},
		{"scrape_interval", r.interval(), r.whyInterval()},
		{"scrape_timeout", r.timeout(), "Less than the interval. linkerd-viz needs seconds to write thousands of series."},
	}
	job.add(r.SampleLimit > 0, "sample_limit", r.SampleLimit, "A scrape with more samples fails as a whole, which up shows, rather than fill your Prometheus' memory.")
	job = append(job,
		entry{"honor_labels", true, keepsLabels},
		entry{"metrics_path", r.Viz.PathPrefix + federatePath, ""},
		entry{"params", object{{"match[]", r.Selectors(), r.whySelectors()}}, ""},
		entry{"kubernetes_sd_configs", []object{{{"role", "pod", ""}, {"namespaces", object{{"names", []string{r.Viz.Namespace}, ""}}, ""}}}, ""},
		entry{"relabel_configs", []object{{
			{"source_labels", []string{"__meta_kubernetes_pod_label_component", "__meta_kubernetes_pod_container_name", "__meta_kubernetes_pod_container_port_number"}, ""},
			{"regex", fmt.Sprintf("prometheus;%s;%d", viz.PrometheusContainer, viz.PrometheusPort), ""},
			{"action", "keep", ""},
		}}, "By its number, the port is found whatever linkerd-viz' version calls it."},
	)
	intro := fmt.Sprintf("Federation: your Prometheus copies from linkerd-viz %s in namespace %s.\nAdd this to scrape_configs of your Prometheus. %s %s",
		r.Viz.Version, r.Viz.Namespace, r.admitted(), r.mayFind("pods"))
	if out.Config, err = write(document{intro, []object{job}}); err != nil {
		return Output{}, err
	}
	out.Objects, err = r.applied(append(policy, r.findsViz(federationJob, mayRead("", "pods"))...))
	return out, err
}

// whyInterval says what a good interval depends on.
func (r Request) whyInterval() string {
	if r.Viz.ScrapeInterval == 0 {
		return "Shorter costs more, longer loses detail."
	}
	return fmt.Sprintf("linkerd-viz has new samples every %s. Shorter costs more, longer loses detail.", model.Duration(r.Viz.ScrapeInterval))
}

// Apply is the command that applies the objects that are printed.
func (r Request) Apply() string {
	return r.Invocation + " --output objects | " + r.kubectl() + " apply -f -"
}

// applied returns objects with a comment that says how to apply them.
func (r Request) applied(objects []document) (string, error) {
	if len(objects) == 0 {
		return "", nil
	}
	if r.Invocation != "" {
		objects[0].comment = "Apply this:\n  " + r.Apply() + "\n" + objects[0].comment
	}
	return write(objects...)
}
