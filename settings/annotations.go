package settings

import (
	"github.com/linkerd-gcm/linkerd-gcm/exporter/configuration"
	"github.com/linkerd-gcm/linkerd-gcm/monitoring"
	"github.com/linkerd-gcm/linkerd-gcm/viz"
)

// Prefix precedes every annotation of this project.
const Prefix = "gcm.linkerd.io/"

// The annotations. Status is the only one that users don't write: injection
// leaves it on the pod.
const (
	Inject                 = Prefix + "inject"
	SidecarName            = Prefix + "sidecar"
	Destination            = Prefix + "destination"
	ProjectID              = Prefix + "project-id"
	Location               = Prefix + "location"
	ClusterName            = Prefix + "cluster-name"
	Include                = Prefix + "include"
	RecordingRules         = Prefix + "recording-rules"
	SidecarConfig          = Prefix + "sidecar-config"
	SidecarImage           = Prefix + "sidecar-image"
	SidecarImagePullPolicy = Prefix + "sidecar-image-pull-policy"
	SidecarCPURequest      = Prefix + "sidecar-cpu-request"
	SidecarCPULimit        = Prefix + "sidecar-cpu-limit"
	SidecarMemoryRequest   = Prefix + "sidecar-memory-request"
	SidecarMemoryLimit     = Prefix + "sidecar-memory-limit"
	SidecarLogLevel        = Prefix + "sidecar-log-level"
	SidecarLogFormat       = Prefix + "sidecar-log-format"
	MetricsPrefix          = Prefix + "metrics-prefix"
	CredentialsSecret      = Prefix + "credentials-secret"
	PrometheusContainer    = Prefix + "prometheus-container"
	OnInvalidConfiguration = Prefix + "on-invalid"
	Status                 = Prefix + "status"
)

// Names of the ConfigMaps that are used where no annotation names others.
const (
	DefaultRulesConfigMap   = "linkerd-prometheus-recording-rules"
	DefaultSidecarConfigMap = "linkerd-prometheus-sidecar-config"
)

// DefaultInclude is what Google's sidecar exports where nothing says otherwise: the recorded
// metrics of Linkerd's guide.
const DefaultInclude = `{__name__=~"linkerd_job:.+"}`

const (
	defaultRulesKey         = "recording_rules.yml"
	defaultSidecarConfigKey = "sidecar.yml"
	defaultCredentialsKey   = "key.json"
)

// Annotation is one row of the table of annotations.
type Annotation struct {
	// Key is the whole key, prefix included.
	Key string
	// Values says, for people, which values it takes.
	Values string
	// Default is the value of an absent annotation. It is parsed like a
	// user's value; empty means that nothing is set.
	Default string
	// Doc says in a sentence what it is for.
	Doc string

	set func(*Settings, string) error
}

// Annotations is the table of all annotations that users write, in the order
// in which the documentation lists them.
var Annotations = []Annotation{
	{Inject, "`enabled` or `disabled`", "disabled",
		"Whether Prometheus gets the sidecar.",
		oneOf(func(s *Settings, v string) { s.Enabled = v == "enabled" }, "enabled", "disabled")},
	{SidecarName, "`gcm-exporter` or `stackdriver`", "",
		"Which sidecar: this project's own, or Google's. Where it is missing, the image tells: Google's if it is named `stackdriver-prometheus-sidecar`, else `gcm-exporter`.",
		oneOf(func(s *Settings, v string) { s.Sidecar = Sidecar(v) }, string(GCMExporter), string(Stackdriver))},
	{Destination, "`cloud-monitoring` or `managed-prometheus`", string(configuration.CloudMonitoring),
		"Where in Google Cloud the metrics go; the latter with `gcm-exporter` only.",
		oneOf(func(s *Settings, v string) { s.Destination = configuration.Destination(v) },
			string(configuration.CloudMonitoring), string(configuration.ManagedPrometheus))},
	{ProjectID, "a Google Cloud project ID", "",
		"The project that receives the metrics; required.",
		breaking(projectRule, matching(func(s *Settings) *string { return &s.ProjectID }, projectID))},
	{Location, "a region or zone that Google knows, such as `us-central1`", "",
		"Where the cluster runs; GKE's metadata server is asked where it is missing.",
		breaking(clusterRule, optional(matching(func(s *Settings) *string { return &s.Location }, location)))},
	{ClusterName, "a cluster's name", "",
		"The cluster's name; GKE's metadata server is asked where it is missing.",
		breaking(clusterRule, optional(matching(func(s *Settings) *string { return &s.ClusterName }, resourceLabel)))},
	{Include, "PromQL selectors, one a line; lines that begin with `#` are comments", "",
		"Which series are exported; a series that any selector matches is. Where it is missing, Google's sidecar gets `" + DefaultInclude + "`, and `gcm-exporter` [decides](exporter.md).",
		setInclude},
	{RecordingRules, "`configmap[/key]`, comma-separated; empty for none", DefaultRulesConfigMap + "/" + defaultRulesKey,
		"The rule files to mount in Prometheus; each key ends in `_rules.yml` or `_rules.yaml`. With `gcm-exporter`, the default one may be absent.",
		setRecordingRules},
	{SidecarConfig, "`configmap[/key]`", DefaultSidecarConfigMap + "/" + defaultSidecarConfigKey,
		"The sidecar's configuration file. With `gcm-exporter`, the default one may be absent.",
		setSidecarConfig},
	{SidecarImage, "an image reference", "",
		"The sidecar's image; the injector's `--sidecar-image` where it is missing, which for `gcm-exporter` is its own image.",
		setSidecarImage},
	{SidecarImagePullPolicy, "`Always`, `IfNotPresent` or `Never`", "",
		"The pull policy of that image; Kubernetes' default where it is missing.",
		breaking(pullPolicyRule, setPullPolicy)},
	{SidecarCPURequest, "a quantity", "10m",
		"The sidecar's CPU request.", setRequest(cpu)},
	{SidecarCPULimit, "a quantity", "",
		"The sidecar's CPU limit.", setLimit(cpu)},
	{SidecarMemoryRequest, "a quantity", "64Mi",
		"The sidecar's memory request.", setRequest(memory)},
	{SidecarMemoryLimit, "a quantity", "",
		"The sidecar's memory limit.", setLimit(memory)},
	{SidecarLogLevel, "`debug`, `info`, `warn` or `error`", "info",
		"The sidecar's log level; `debug` logs each drop.",
		oneOf(func(s *Settings, v string) { s.LogLevel = v }, "debug", "info", "warn", "error")},
	{SidecarLogFormat, "`logfmt` or `json`", "logfmt",
		"The sidecar's log format.",
		oneOf(func(s *Settings, v string) { s.LogFormat = v }, "logfmt", "json")},
	{MetricsPrefix, "`external.googleapis.com/…` or `custom.googleapis.com/…`", monitoring.DefaultMetricsPrefix,
		"What precedes each metric's name in Google Cloud Monitoring.",
		breaking(metricsPrefixRule, matching(func(s *Settings) *string { return &s.MetricsPrefix }, metricsPrefix))},
	{CredentialsSecret, "`secret[/key]`; the key is `key.json` where it is missing", "",
		"A service account's key file; Workload Identity or the node's credentials are used where it is missing.",
		setCredentialsSecret},
	{PrometheusContainer, "a container's name", viz.PrometheusContainer,
		"Which container runs Prometheus.",
		matching(func(s *Settings) *string { return &s.PrometheusContainer }, containerName)},
	{OnInvalidConfiguration, "`deny` or `admit`", "deny",
		"Whether a pod with invalid configuration is refused or starts without the sidecar, with a warning.",
		oneOf(func(s *Settings, v string) { s.OnInvalid = OnInvalid(v) }, string(Deny), string(Admit))},
}
