package routes

import (
	"fmt"

	"github.com/linkerd-gcm/linkerd-gcm/viz"
)

const (
	federatePath = "/federate"
	keepsLabels  = "The series keep their own labels, above all job, instance, namespace and pod."
)

// federation is a scrape job for a plain Prometheus.
func federation(r Request) (Output, error) {
	policy, warnings, err := r.policy()
	if err != nil {
		return Output{}, err
	}
	out := Output{Warnings: warnings}
	job := object{
		{"job_name", "linkerd-federation", ""},
		{"scrape_interval", r.interval(), "linkerd-viz has new samples every 10s. Shorter costs more, longer loses detail."},
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
		r.Viz.Version, r.Viz.Namespace, r.admitted(), r.mayList("pods"))
	if out.Config, err = write(document{intro, []object{job}}); err != nil {
		return Output{}, err
	}
	out.Objects, err = r.applied(policy)
	return out, err
}

// mayList says which permission service discovery needs, and how to ask for it.
func (r Request) mayList(resource string) string {
	text := fmt.Sprintf("Your Prometheus must be allowed to list and watch %s there", resource)
	if r.Scraper.ServiceAccount == "" {
		return text + "."
	}
	return text + ":\n" + fmt.Sprintf("  %s auth can-i list %s --namespace %s --as system:serviceaccount:%s:%s",
		r.kubectl(), resource, r.Viz.Namespace, r.Scraper.Namespace, r.Scraper.ServiceAccount)
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
