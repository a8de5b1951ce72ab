// Package settings reads the annotations under gcm.linkerd.io/.
//
// The annotations of the pod win over those of the namespace, key by key. One table,
// Annotations, says how each is parsed; documentation and tests are made from it, too. The
// package knows nothing of clusters, and does not check whether the objects that are named
// exist: it takes maps of strings and returns values and diagnostics.
package settings

import (
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/linkerd-gcm/linkerd-gcm/exporter/configuration"
)

// Settings are the parsed annotations of one Prometheus pod.
type Settings struct {
	// Enabled is true where the pod asks for the sidecar.
	Enabled bool `json:"-"`
	// Sidecar is the program that exports the metrics.
	Sidecar Sidecar `json:"sidecar,omitempty"`
	// Guessed says that neither an annotation nor the name of the image tells which sidecar it is.
	Guessed bool `json:"-"`
	// Destination is where in Google Cloud the metrics go.
	Destination configuration.Destination `json:"destination,omitempty"`
	// ProjectID is the Google Cloud project that receives the metrics.
	ProjectID string `json:"projectID"`
	// Location is the region or zone of the cluster. Where it is empty, the
	// sidecar asks GKE's metadata server.
	Location string `json:"location"`
	// ClusterName is the cluster's name. Where it is empty, the sidecar asks
	// GKE's metadata server.
	ClusterName string `json:"clusterName"`
	// Include are the selectors of the series to export; a series is exported
	// when any of them matches it. With none, GCMExporter decides.
	Include []string `json:"include"`
	// RecordingRules are the rule files to mount in the Prometheus container.
	RecordingRules []ObjectKey `json:"recordingRules"`
	// SidecarConfig is the sidecar's configuration file.
	SidecarConfig ObjectKey `json:"sidecarConfig"`
	// OptionalRules and OptionalConfig say that the ConfigMaps of RecordingRules and of
	// SidecarConfig are the default ones and need not exist.
	OptionalRules  bool `json:"-"`
	OptionalConfig bool `json:"-"`
	// SidecarImage is the image of the sidecar container.
	SidecarImage string `json:"sidecarImage"`
	// SidecarImagePullPolicy is empty where Kubernetes' default is to hold.
	SidecarImagePullPolicy corev1.PullPolicy `json:"sidecarImagePullPolicy"`
	// Resources are the requests and limits of the sidecar container.
	Resources corev1.ResourceRequirements `json:"resources"`
	// LogLevel is debug, info, warn or error.
	LogLevel string `json:"logLevel"`
	// LogFormat is logfmt or json.
	LogFormat string `json:"logFormat"`
	// MetricsPrefix precedes each metric's name in Google Cloud Monitoring.
	MetricsPrefix string `json:"metricsPrefix"`
	// CredentialsSecret holds a service account's key file. Where it is nil,
	// the sidecar uses Workload Identity or the node's credentials.
	CredentialsSecret *ObjectKey `json:"credentialsSecret"`
	// PrometheusContainer is the name of the container that runs Prometheus.
	PrometheusContainer string `json:"prometheusContainer"`
	// OnInvalid says what happens to the pod when its configuration is wrong.
	OnInvalid OnInvalid `json:"-"`
}

// OnInvalid says what happens to a pod whose configuration is wrong.
type OnInvalid string

const (
	// Deny refuses the pod, with the reason.
	Deny OnInvalid = "deny"
	// Admit starts the pod without the sidecar, with a warning.
	Admit OnInvalid = "admit"
)

// ConfigMapKeys are the keys of ConfigMaps that a pod with these settings
// mounts: the rule files in their order, then the sidecar's configuration.
func (s Settings) ConfigMapKeys() []ObjectKey {
	keys := make([]ObjectKey, 0, len(s.RecordingRules)+1)
	keys = append(keys, s.RecordingRules...)
	return append(keys, s.SidecarConfig)
}

// TextsUntilRestart are those of ConfigMapKeys whose changes need a new pod: all of them, but
// GCMExporter reads its configuration again when that changes.
func (s Settings) TextsUntilRestart() []ObjectKey {
	if s.Sidecar == GCMExporter {
		return s.RecordingRules
	}
	return s.ConfigMapKeys()
}

// WithoutRules returns the settings without the rule files that a function says are absent,
// where they need not exist.
func (s Settings) WithoutRules(absent func(ObjectKey) bool) Settings {
	if s.OptionalRules {
		s.RecordingRules = slices.DeleteFunc(slices.Clone(s.RecordingRules), absent)
	}
	return s
}
