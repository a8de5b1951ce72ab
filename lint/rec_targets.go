package lint

import (
	"slices"

	"github.com/linkerd-gcm/linkerd-gcm/internal/answer"
	"github.com/linkerd-gcm/linkerd-gcm/rules"
	"github.com/linkerd-gcm/linkerd-gcm/viz"
)

var recTargetsRules = []Rule{
	{
		ID: "REC002", Severity: Error, Concern: Both,
		Title:       "recorded series keep job and instance",
		Why:         "stackdriver-prometheus-sidecar, targets/cache.go, finds the target of a series by both; without them it drops the series as target_not_found and says so at log level debug only.",
		Exporter:    "says so on its status page",
		ExporterWhy: "gcm-exporter, exporter/series/resolver.go, finds the target of a series by both; without them it drops the series as target_not_found.",
		check:       checkTargetKeys,
	},
	{
		ID: "REC003", Severity: Error, Concern: Both,
		Title:       "the label job names a scrape job",
		Why:         "stackdriver-prometheus-sidecar, targets/cache.go, looks the job up among Prometheus' targets, and drops the series as target_not_found if no target has it.",
		Exporter:    "needs no target with destination managed-prometheus",
		ExporterWhy: "gcm-exporter, exporter/targets, looks the job up among Prometheus' targets, and drops the series as target_not_found if no target has it.",
		check:       checkJobs,
	},
	{
		ID: "REC004", Severity: Error, Concern: Both,
		Title:       "target labels keep their values",
		Why:         "stackdriver-prometheus-sidecar, targets/cache.go, targetMatch, requires equal values of every label that series and target both have; otherwise it drops the series as target_not_found.",
		Exporter:    "needs no target with destination managed-prometheus",
		ExporterWhy: "gcm-exporter, exporter/targets, requires equal values of every label that series and target both have; otherwise it drops the series as target_not_found.",
		check:       checkTargetValues,
	},
	{
		ID: "REC021", Severity: Info, Concern: Both,
		Title:       "federation copies recorded series too",
		Why:         "Recorded series keep job=\"linkerd-proxy\", which is what the usual match[] of a federating Prometheus asks for.",
		Undecidable: "The federating Prometheus' configuration is not among the inputs.",
	},
}

// pinnedJobs are the scrape jobs that a rule names as those of its series.
func (c *context) pinnedJobs(rule *rules.Rule) []viz.ConfiguredJob {
	var jobs []viz.ConfiguredJob
	for _, name := range rule.Labels.Label("job").Values {
		if job, known := c.scraping.Job(name); known {
			jobs = append(jobs, job)
		}
	}
	return jobs
}

// proxyJob is the scrape job of the proxies, which Linkerd's rules are about.
func (c *context) proxyJob() viz.ConfiguredJob {
	if proxies, known := c.scraping.Job(viz.ProxyJob); known {
		return proxies
	}
	proxies, _ := viz.DefaultConfig().Job(viz.ProxyJob)
	return proxies
}

// targetLabel answers whether the target has a label, whichever of the jobs it is of.
func (r record) targetLabel(name string) answer.Answer {
	answer := answer.Yes
	for _, job := range r.jobs {
		answer = min(answer, job.TargetLabel(name))
	}
	return answer
}

func checkTargetKeys(c *context) []Finding {
	var findings []Finding
	c.exportedRecords(func(r record) {
		var missing []string
		for _, name := range []string{"instance", "job"} {
			if r.rule.Labels.Label(name).Presence == rules.Absent {
				missing = append(missing, name)
			}
		}
		if missing != nil {
			findings = append(findings, r.at("%s has no label %s, so that its series belong to no target", quote(r.rule.Record), and(missing)).
				WithFix("keep both in the expression, as in sum by (job, instance, …) (…)"))
			return
		}
		findings = append(findings, r.branchesWithoutTarget(c.of(
			"stackdriver-prometheus-sidecar, targets/cache.go, finds no target for it, drops it as target_not_found and says so at log level debug only.",
			"gcm-exporter, exporter/series/resolver.go, finds no target for it, and drops it as target_not_found."))...)
	})
	return findings
}

// branchesWithoutTarget finds operands of "or" without job or instance, such as vector(0),
// where other series of the rule have both.
func (r record) branchesWithoutTarget(why string) []Finding {
	var findings []Finding
	for _, branch := range r.rule.Branches {
		var missing []string
		for _, name := range []string{"instance", "job"} {
			always := r.rule.Labels.Label(name).Presence == rules.Always
			if branch.Labels.Label(name).Presence == rules.Absent && !always {
				missing = append(missing, name)
			}
		}
		if missing == nil {
			continue
		}
		text := r.rule.Expr.Text
		end := min(int(branch.Range.End), len(text))
		text = text[min(int(branch.Range.Start), end):end]
		findings = append(findings, r.inRange(branch.Range, "the branch %s of %s has no label %s, so that its series belong to no target", quote(text), quote(r.rule.Record), and(missing)).
			WithReason("What %s stands in with never arrives in Google Cloud Monitoring: %s", quote(text), why).
			WithFix("leave the branch out, or take its labels from series that have them, as in … or 0 * sum by (job, instance) (…)").WithSeverity(Warning))
	}
	return findings
}

func and(words []string) string {
	if len(words) == 1 {
		return words[0]
	}
	return words[0] + " and no label " + words[1]
}

func checkJobs(c *context) []Finding {
	if c.managed() { // recorded series need no target
		return nil
	}
	var findings []Finding
	c.exportedRecords(func(r record) {
		label := r.rule.Labels.Label("job")
		if label.Presence == rules.Absent {
			return
		}
		if label.Values == nil && label.Change == rules.Altered {
			findings = append(findings, r.at("%s has a label job that the rule computes", quote(r.rule.Record)).WithFix("keep the label job of the series read"))
		}
		for _, value := range label.Values {
			if _, known := c.scraping.Job(value); known {
				continue
			}
			// A job that only a matcher names may be one that a user added to linkerd-viz.
			severity := Warning
			if label.Change != rules.Unchanged && c.scraping.JobsComplete {
				severity = Error
			}
			findings = append(findings, r.at("%s has job=%q, which is not a scrape job of %s", quote(r.rule.Record), value, c.jobsOf()).
				WithFix("keep the label job of the series read, which is %s for the proxies' metrics", viz.ProxyJob).WithSeverity(severity))
		}
	})
	return findings
}

// jobsOf names what has the scrape jobs.
func (c *context) jobsOf() string {
	if c.PrometheusConfig == nil {
		return "linkerd-viz"
	}
	return c.configuredBy()
}

func checkTargetValues(c *context) []Finding {
	if c.managed() { // recorded series need no target
		return nil
	}
	var findings []Finding
	c.exportedRecords(func(r record) {
		for _, name := range r.labels {
			label := r.rule.Labels.Label(name)
			if name == "job" || label.Presence == rules.Absent || label.Change == rules.Unchanged {
				continue
			}
			finding := r.at("%s gives the label %s another value than its target has", quote(r.rule.Record), name).
				WithFix("write it to a label that no pod has, such as src_%s", name)
			switch r.targetLabel(name) {
			case answer.Yes:
				findings = append(findings, finding)
			case answer.Depends:
				if label.Change != rules.Copied && slices.Contains(commonPodLabels, name) {
					findings = append(findings, finding.WithSeverity(Warning))
				}
			}
		}
	})
	return findings
}

// commonPodLabels are labels that pods usually have, and linkerd-viz' job
// linkerd-proxy makes of Linkerd's own: a rule that writes them clashes with the
// target's.
var commonPodLabels = []string{
	"app", "component", "control_plane_ns", "cronjob", "daemonset", "deployment", "k8s_job", "name", "namespace", "pod",
	"pod_template_hash", "replicaset", "replicationcontroller", "statefulset", "version", "workload_ns",
}
