package lint

import (
	"slices"

	"github.com/linkerd-gcm/linkerd-gcm/internal/spelling"
	"github.com/linkerd-gcm/linkerd-gcm/monitoring"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
	"github.com/linkerd-gcm/linkerd-gcm/source"
	"github.com/linkerd-gcm/linkerd-gcm/stackdriver"
)

var cfgFlagsRules = []Rule{
	{
		ID: "CFG004", Severity: Error,
		Title: "the sidecar has a Google Cloud project, and only flags that it knows",
		Why:   "stackdriver-prometheus-sidecar, cmd/stackdriver-prometheus-sidecar/main.go, exits with status 2 if --stackdriver.project-id is missing, if it does not know a flag, and if a flag is given twice.",
		check: checkFlags,
		from:  bySettings,
	},
	{
		ID: "CFG005", Severity: Warning,
		Title: "the sidecar knows the cluster's location and name",
		Why:   "stackdriver-prometheus-sidecar, cmd/stackdriver-prometheus-sidecar/main.go, asks GKE's metadata server for what is missing; if there is no such server, retrieval/resource_map.go finds no resource, and every series is dropped as unknown_resource.",
		check: checkCluster,
	},
	{
		ID: "CFG006", Severity: Error,
		Title: "location and cluster name are valid names",
		Why:   "stackdriver-prometheus-sidecar, retrieval/resource_map.go, sends them as they are; series under another location or name are not connected with the cluster in Google Cloud Monitoring.",
		check: checkClusterValues,
		from:  bySettings,
	},
	{
		ID: "CFG007", Severity: Info,
		Title:       "Prometheus' own metrics have no resource",
		Why:         "linkerd-viz scrapes Prometheus itself as a static target; stackdriver-prometheus-sidecar, retrieval/resource_map.go, finds no resource without Kubernetes' labels and drops these series as unknown_resource, unless --stackdriver.generic.location and --stackdriver.generic.namespace are given.",
		Undecidable: "It says what happens to series that usually nobody needs; REC003 finds rules whose series have that job.",
	},
	{
		ID: "CFG013", Severity: Error,
		Title: "the metrics prefix is one that Google accepts",
		Why:   "stackdriver-prometheus-sidecar, retrieval/transform.go, joins prefix and name with a slash and checks nothing; Google Cloud Monitoring refuses types that do not begin with external.googleapis.com or custom.googleapis.com, and types with an empty part.",
		check: checkMetricsPrefix,
		from:  bySettings,
	},
}

const (
	projectFlag  = "--stackdriver.project-id"
	locationFlag = "--stackdriver.kubernetes.location"
	clusterFlag  = "--stackdriver.kubernetes.cluster-name"
	prefixFlag   = "--stackdriver.metrics-prefix"
	configFlag   = "--config-file"
	walFlag      = "--prometheus.wal-directory"
	apiFlag      = "--prometheus.api-address"
	listenFlag   = "--web.listen-address"
)

// sidecarFlags are the flags of the sidecar
// (stackdriver-prometheus-sidecar, cmd/stackdriver-prometheus-sidecar/main.go),
// and whether they may be repeated.
var sidecarFlags = map[string]bool{
	configFlag:                               false,
	projectFlag:                              false,
	"--stackdriver.api-address":              false,
	"--stackdriver.use-restricted-ips":       false,
	"--no-stackdriver.use-restricted-ips":    false,
	locationFlag:                             false,
	clusterFlag:                              false,
	"--stackdriver.generic.location":         false,
	"--stackdriver.generic.namespace":        false,
	prefixFlag:                               false,
	"--stackdriver.use-gke-resource":         false,
	"--no-stackdriver.use-gke-resource":      false,
	"--stackdriver.store-in-files-directory": false,
	walFlag:                                  false,
	apiFlag:                                  false,
	backendFlag:                              true,
	listenFlag:                               false,
	"--web.enable-statusz":                   false,
	"--no-web.enable-statusz":                false,
	stackdriver.IncludeFlag:                  true,
	stackdriver.FilterFlag:                   true,
	"--log.level":                            false,
	"--log.format":                           false,
}

func checkFlags(c *context) []Finding {
	if !c.flagsReadable() {
		return nil
	}
	findings := c.unreadableFlags()
	project, given := c.sidecar.first(projectFlag)
	switch {
	case !given:
		findings = append(findings, c.sidecar.atText("container %q has no %s", c.sidecar.container.Name, projectFlag).WithFix("add %s=<project ID>", projectFlag))
	case project.Value == "":
		findings = append(findings, project.atText("%s is empty: the sidecar asks GKE's metadata server for it", projectFlag).WithSeverity(Warning).WithFix("write the project's ID"))
	default:
		findings = append(findings, mismatch(project, projectFlag, settings.ProjectID)...)
	}
	return findings
}

// unreadableFlags finds flags that the sidecar does not know, and those that it
// takes only once.
func (c *context) unreadableFlags() []Finding {
	var known []string
	for name := range sidecarFlags {
		known = append(known, name)
	}
	slices.Sort(known)
	var findings []Finding
	seen := map[string]bool{}
	for _, flag := range c.sidecar.flags {
		repeatable, isKnown := sidecarFlags[flag.Name]
		text := c.sidecar.text(flag)
		position := source.Start
		if text.Position == source.Start && flag.Value != "" {
			position = source.Position{} // the flag is the word before that of its value
		}
		text.Value, text.Position = flag.Name, position
		switch {
		case !isKnown:
			findings = append(findings, text.atText("the sidecar has no flag %s", quote(flag.Name)).WithFix("did you mean %s?", spelling.Nearest(flag.Name, known)))
		case seen[flag.Name] && !repeatable:
			findings = append(findings, text.atText("%s is given twice", flag.Name).WithFix("remove one of the two"))
		}
		seen[flag.Name] = true
	}
	return findings
}

// mismatch finds a value that the annotation in its place would not take.
func mismatch(text Text, flag, annotation string) []Finding {
	if ofKubelet(text.Value) {
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
	for _, part := range []struct{ what, flag, annotation, value string }{
		{"location", locationFlag, settings.Location, c.Settings.Location},
		{"name", clusterFlag, settings.ClusterName, c.Settings.ClusterName},
	} {
		const consequence = "the sidecar asks GKE's metadata server for the cluster's %s, and drops every series if there is no such server"
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
		if message := monitoring.CheckMetricsPrefix(text.Value); message != "" && !ofKubelet(text.Value) {
			findings = append(findings, text.atText("%s=%s: %s", prefixFlag, quote(text.Value), message).
				WithFix("write external.googleapis.com/prometheus, or leave the flag out"))
		}
	}
	return findings
}
