package lint

import (
	"slices"

	"github.com/linkerd-gcm/linkerd-gcm/monitoring"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
	"github.com/linkerd-gcm/linkerd-gcm/source"
	"github.com/linkerd-gcm/linkerd-gcm/stackdriver"
)

var cfgFlagsRules = []Rule{
	{
		ID: "CFG004", Severity: Error, Concern: Both,
		Title:       "the sidecar has a Google Cloud project, and only arguments that it accepts",
		Why:         "stackdriver-prometheus-sidecar, cmd/stackdriver-prometheus-sidecar/main.go, reads its arguments with kingpin 2.2.6, and exits if --stackdriver.project-id is missing, or if there is one word that it does not accept.",
		Exporter:    "has more flags",
		ExporterWhy: "gcm-exporter, cmd/gcm-exporter/options.go, exits with status 2 if --stackdriver.project-id is missing, or if there is one word that it does not accept.",
		check:       checkFlags,
		from:        bySettings,
	},
	{
		ID: "CFG005", Severity: Warning, Concern: Both,
		Title:       "the sidecar knows the cluster's location and name",
		Why:         "stackdriver-prometheus-sidecar, cmd/stackdriver-prometheus-sidecar/main.go, asks GKE's metadata server for what is missing; if there is no such server, retrieval/resource_map.go finds no resource, and every series is dropped as unknown_resource.",
		Exporter:    "exits if it learns neither with destination managed-prometheus",
		ExporterWhy: "gcm-exporter, cmd/gcm-exporter/resource.go, asks Google's metadata server for what is missing; if there is no such server, exporter/series/resource.go finds no resource, and every series is dropped as unknown_resource.",
		check:       checkCluster,
	},
	{
		ID: "CFG006", Severity: Error, Concern: Both,
		Title:       "location and cluster name are valid names",
		Why:         "stackdriver-prometheus-sidecar, retrieval/resource_map.go, sends them as they are; series under another location or name are not connected with the cluster in Google Cloud Monitoring.",
		ExporterWhy: "gcm-exporter, exporter/series/resource.go, sends them as they are; series under another location or name are not connected with the cluster in Google Cloud Monitoring.",
		check:       checkClusterValues,
		from:        bySettings,
	},
	{
		ID: "CFG007", Severity: Info, Concern: Both,
		Title:       "Prometheus' own metrics have no resource",
		Why:         "linkerd-viz scrapes Prometheus itself as a static target; stackdriver-prometheus-sidecar, retrieval/resource_map.go, finds no resource without Kubernetes' labels and drops these series as unknown_resource, unless --stackdriver.generic.location and --stackdriver.generic.namespace are given.",
		Exporter:    "exports them with destination managed-prometheus",
		ExporterWhy: "linkerd-viz scrapes Prometheus itself as a static target; gcm-exporter, exporter/series/resource.go, finds no resource without Kubernetes' labels and drops these series as unknown_resource, unless --stackdriver.generic.location and --stackdriver.generic.namespace are given.",
		Undecidable: "It says what happens to series that usually nobody needs; REC003 finds rules whose series have that job.",
	},
	{
		ID: "CFG013", Severity: Error, Concern: Both,
		Title:       "the metrics prefix is one that Google accepts",
		Why:         "stackdriver-prometheus-sidecar, retrieval/transform.go, joins prefix and name with a slash and checks nothing; Google Cloud Monitoring refuses types that do not begin with external.googleapis.com or custom.googleapis.com, and types with an empty part.",
		Exporter:    "refuses the flag; with destination managed-prometheus it has no effect",
		ExporterWhy: "gcm-exporter, cmd/gcm-exporter/options.go, exits with status 2 if the prefix is not one that Google Cloud Monitoring accepts: external.googleapis.com/… or custom.googleapis.com/….",
		check:       checkMetricsPrefix,
		from:        bySettings,
	},
}

const (
	projectFlag  = stackdriver.ProjectFlag
	locationFlag = "--stackdriver.kubernetes.location"
	clusterFlag  = "--stackdriver.kubernetes.cluster-name"
	prefixFlag   = "--stackdriver.metrics-prefix"
	configFlag   = "--config-file"
	walFlag      = "--prometheus.wal-directory"
	apiFlag      = "--prometheus.api-address"
	listenFlag   = "--web.listen-address"
)

func checkFlags(c *context) []Finding {
	if c.sidecar == nil {
		return nil
	}
	reads := c.of("stackdriver-prometheus-sidecar reads its arguments with kingpin 2.2.6", "gcm-exporter reads its arguments with kingpin")
	findings := c.refusedWords(reads)
	project, given := c.sidecar.first(projectFlag)
	switch {
	case !given && !c.flagsReadable():
	case !given:
		findings = append(findings, c.sidecar.atText("container %q has no %s", c.sidecar.container.Name, projectFlag).
			WithReason("%s, which exits if a flag that is required is missing.", reads).WithFix("add %s=<project ID>", projectFlag))
	case project.Value == "":
		findings = append(findings, project.atText("%s is empty: the sidecar asks GKE's metadata server for it", projectFlag).
			WithReason("Outside of Google Cloud there is no such server to ask.").WithSeverity(Warning).WithFix("write the project's ID"))
	default:
		for _, f := range mismatch(project, projectFlag, settings.ProjectID) {
			findings = append(findings, f.WithReason("Google Cloud Monitoring knows no project of that name, and refuses every request."))
		}
	}
	return findings
}

// refusedWords finds words with which the sidecar does not run. Another program with its
// flags may have more of them.
func (c *context) refusedWords(reads string) []Finding {
	var findings []Finding
	for _, problem := range c.sidecar.arguments.Problems {
		f := wordText(c.sidecar.object, problem.Word).atText("%s", problem.Message).
			WithReason("%s, which exits at the first word that it does not accept.", reads).WithFix("%s", problem.Fix)
		if problem.Kind == stackdriver.EndingFlag {
			f.Reason = "With this flag the sidecar ends with status 0 before it reads anything, and the kubelet starts it again forever."
		}
		if c.sidecar.Program == "" {
			f = f.WithSeverity(Warning)
		}
		findings = append(findings, f)
	}
	return findings
}

// mismatch finds a value that the annotation in its place would not take.
func mismatch(text Text, flag, annotation string) []Finding {
	if text.Unknown {
		return nil
	}
	_, problems := settings.Parse(map[string]string{annotation: text.Value}, nil, settings.Defaults{})
	for _, p := range problems {
		if p.Key == annotation {
			return []Finding{text.atText("%s=%s: %s", flag, quote(text.Value), p.Message)}
		}
	}
	return nil
}

// checkCluster finds that what names the cluster is missing: in the sidecar's
// flags, or in the annotations that these are made from.
func checkCluster(c *context) []Finding {
	var findings []Finding
	loss := "drops every series"
	if c.managed() {
		loss = "exits"
	}
	for _, part := range []struct{ what, flag, annotation, value string }{
		{"location", locationFlag, settings.Location, c.Settings.Location},
		{"name", clusterFlag, settings.ClusterName, c.Settings.ClusterName},
	} {
		consequence := "the sidecar asks GKE's metadata server for the cluster's %s, and " + loss + " if there is no such server"
		switch {
		case c.flagsReadable() && c.sidecar.value(part.flag) == "":
			findings = append(findings, c.sidecar.atText("container %q has no %s: "+consequence, c.sidecar.container.Name, part.flag, part.what).
				WithFix("add %s", part.flag))
		case c.sidecar == nil && c.Settings.ProjectID != "" && part.value == "" && !c.hasProblem(part.annotation):
			object := c.Namespace
			object.Key = part.annotation
			findings = append(findings, Text{Object: object}.at(source.Position{}, 0, "annotation %s is missing: "+consequence, part.annotation, part.what).
				WithFix("add it"))
		}
	}
	return findings
}

// hasProblem reports whether the value of an annotation has been refused.
func (c *context) hasProblem(annotation string) bool {
	return slices.ContainsFunc(c.Problems, func(p settings.Diagnostic) bool { return p.Key == annotation })
}

func checkClusterValues(c *context) []Finding {
	if !c.flagsReadable() {
		return nil
	}
	var findings []Finding
	for flag, annotation := range map[string]string{locationFlag: settings.Location, clusterFlag: settings.ClusterName} {
		if text, given := c.sidecar.first(flag); given && text.Value != "" {
			for _, f := range mismatch(text, flag, annotation) {
				findings = append(findings, f.WithSeverity(Warning).WithFix("write the value of your cluster"))
			}
		}
	}
	return findings
}

func checkMetricsPrefix(c *context) []Finding {
	if c.sidecar == nil {
		return nil
	}
	var findings []Finding
	for _, text := range c.sidecar.texts(prefixFlag) {
		if message := monitoring.CheckMetricsPrefix(text.Value); message != "" && !text.Unknown {
			findings = append(findings, text.atText("%s=%s: %s", prefixFlag, quote(text.Value), message).
				WithFix("write external.googleapis.com/prometheus, or leave the flag out"))
		}
	}
	return findings
}
