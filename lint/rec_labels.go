package lint

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/linkerd-gcm/linkerd-gcm/exporter/configuration"
	"github.com/linkerd-gcm/linkerd-gcm/internal/answer"
	"github.com/linkerd-gcm/linkerd-gcm/monitoring"
	"github.com/linkerd-gcm/linkerd-gcm/rules"
	"github.com/linkerd-gcm/linkerd-gcm/stackdriver"
)

var recLabelsRules = []Rule{
	{
		ID: "REC005", Severity: Warning, Concern: Both,
		Title:       "labels of the pod are not expected on the exported metric",
		Why:         "stackdriver-prometheus-sidecar, retrieval/series_cache.go, drops every label that the target has too, and linkerd-viz' job linkerd-proxy gives its targets all labels of the pod: filters on them find nothing in Google Cloud Monitoring.",
		Exporter:    "keeps all labels with destination managed-prometheus",
		ExporterWhy: "gcm-exporter, exporter/series/resolver.go, leaves out every label that the target has with the same value, and linkerd-viz' job linkerd-proxy gives its targets all labels of the pod: filters on them find nothing in Google Cloud Monitoring.",
		check:       checkPodLabels,
	},
	{
		ID: "REC007", Severity: Error, Concern: Both,
		Title:       "exported series have no more labels than the sidecar takes",
		Why:         "stackdriver-prometheus-sidecar, retrieval/series_cache.go, counts what is left after the target's labels, and drops a series with more than ten of them as too_many_labels.",
		Exporter:    "takes 30 labels, or --max-labels; more than 10 are a warning",
		ExporterWhy: "gcm-exporter, exporter/series/resolver.go, counts what is left after the target's labels, and drops a series with more than 30 of them as too_many_labels. Google Cloud Monitoring may refuse a metric whose series have very many different labels.",
		check:       checkLabelCount,
	},
	{
		ID: "REC008", Severity: Error, Concern: Both,
		Title:       "exported labels have names and values that Google Cloud Monitoring accepts",
		Why:         "Google Cloud Monitoring refuses the whole request of up to 200 series (\"Label key contains invalid characters.\").",
		ExporterWhy: "Google Cloud Monitoring refuses a series with another label (\"Label key contains invalid characters.\"); gcm-exporter, exporter/series/resolver.go, drops what is too long as label_too_long.",
		check:       checkLabelNames,
	},
	{
		ID: "REC017", Severity: Warning, Concern: Both,
		Title: "rules read the namespace default on purpose",
		Why:   "Examples measure the namespace default; a rule that was copied from one makes Prometheus record nothing for workloads in other namespaces.",
		check: checkDefaultNamespace,
	},
}

// inResource are the target labels that the monitored resource repeats.
var inResource = []string{"job", "instance", "namespace", "pod", "component", "node"}

func checkPodLabels(c *context) []Finding {
	if c.managed() { // all labels stay
		return nil
	}
	var findings []Finding
	c.exportedRecords(func(r record) {
		names := r.labels
		copied := func(name string) bool { return r.rule.Labels.Label(name).Change == rules.Copied }
		if slices.ContainsFunc(names, copied) {
			return
		}
		for _, name := range names {
			label := r.rule.Labels.Label(name)
			if label.Presence == rules.Absent || label.Change != rules.Unchanged || slices.Contains(inResource, name) || r.targetLabel(name) == answer.No {
				continue
			}
			if !r.named(name) {
				continue
			}
			findings = append(findings, r.inExpr(name, "the label %s of %s is the pod's and does not become a label of the exported metric", name, quote(r.rule.Record)).
				WithFix(`copy it to a name that no pod has: label_replace(…, "svc_%s", "$1", "%s", "(.*)"); or filter by the resource's pod_name and namespace_name`, name, name))
		}
	})
	return findings
}

// named reports whether an aggregation asks for the label by name.
func (r record) named(label string) bool {
	return slices.ContainsFunc(r.rule.Aggregations, func(a rules.Aggregation) bool {
		return !a.Without && slices.Contains(a.Labels, label)
	})
}

// labelsBesideTarget returns those of a rule's labels that its target does not have, or
// not with the same value.
func (r record) labelsBesideTarget() []string {
	var names []string
	for _, name := range r.labels {
		label, ofTarget := r.rule.Labels.Label(name), r.targetLabel(name)
		written := ofTarget == answer.Depends && label.Change != rules.Unchanged
		if label.Presence != rules.Absent && (ofTarget == answer.No || written) {
			names = append(names, name)
		}
	}
	return names
}

func checkLabelCount(c *context) []Finding {
	var findings []Finding
	safe, most := stackdriver.MaxLabels, stackdriver.MaxLabels
	if c.byExporter() {
		most = c.maxLabels()
	}
	c.exportedRecords(func(r record) {
		names := r.exportedLabels
		if c.managed() {
			names = r.labelsBesideResource()
		}
		if len(names) <= safe {
			return
		}
		severity, always := Warning, 0
		for _, name := range names {
			if r.rule.Labels.Label(name).Presence == rules.Always {
				always++
			}
		}
		if always > most {
			severity = Error
		}
		f := r.at("%s has %d labels besides its target's: %s", quote(r.rule.Record), len(names), summarize(names)).
			WithFix("keep at most %d of them", safe).WithSeverity(severity)
		if c.byExporter() && len(names) <= most {
			f = f.WithReason("gcm-exporter takes up to %d labels, and so does Google Cloud Monitoring; but a metric whose series have very many different labels may be refused (label_limit), and each series costs.", most)
		}
		findings = append(findings, f)
	})
	return findings
}

// maxLabels is how many labels gcm-exporter takes.
func (c *context) maxLabels() int {
	if c.sidecar != nil {
		if given, err := strconv.Atoi(c.sidecar.value(maxLabelsFlag)); err == nil && given > 0 {
			return given
		}
	}
	return configuration.DefaultMaxLabels
}

// labelsBesideResource returns a rule's labels without those that are in the resource of
// Managed Prometheus.
func (r record) labelsBesideResource() []string {
	return slices.DeleteFunc(slices.Clone(r.labels), func(name string) bool {
		return slices.Contains([]string{"job", "instance", "namespace"}, name) || r.rule.Labels.Label(name).Presence == rules.Absent
	})
}

func checkLabelNames(c *context) []Finding {
	var findings []Finding
	c.exportedRecords(func(r record) {
		for _, name := range r.exportedLabels {
			for _, problem := range monitoring.CheckNames(monitoring.LabelKeyRules, "", name) {
				findings = append(findings, r.inExpr(name, "%s: %s", quote(r.rule.Record), problem.Message).WithFix("write it to another label with label_replace").WithSeverity(severityOf(problem)))
			}
		}
		for _, label := range r.rule.Static {
			for _, problem := range monitoring.CheckNames(monitoring.LabelValueRules, "", label.Value) {
				findings = append(findings, r.file.at(label.ValuePosition, 0, "label %s of %s: %s", label.Name, quote(r.rule.Record), problem.Message).WithSeverity(severityOf(problem)))
			}
		}
	})
	return findings
}

func checkDefaultNamespace(c *context) []Finding {
	var findings []Finding
	c.exportedRecords(func(r record) {
		for _, selector := range r.rule.Selectors {
			for _, m := range selector.Matchers {
				if m.Name == "namespace" && m.String() == `namespace="default"` {
					findings = append(findings, r.inRange(selector.Range, "%s reads only namespace=\"default\"", quote(r.rule.Record)).
						WithFix("name your namespaces, as in %s, or leave the matcher out", fmt.Sprintf("namespace=~%q", "shop|payment")))
				}
			}
		}
	})
	return findings
}
