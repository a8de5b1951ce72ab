package settings

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// values returns what would be written in each annotation that decides what a pod gets;
// a value that is not set is "".
var values = map[string]func(Settings) string{
	SidecarName: func(s Settings) string { return string(s.Sidecar) },
	Destination: func(s Settings) string { return string(s.Destination) },
	ProjectID:   func(s Settings) string { return s.ProjectID },
	Location:    func(s Settings) string { return s.Location },
	ClusterName: func(s Settings) string { return s.ClusterName },
	Include: func(s Settings) string {
		if s.Sidecar == Stackdriver && slices.Equal(s.Include, []string{DefaultInclude}) {
			return ""
		}
		return strings.Join(s.Include, "\n")
	},
	RecordingRules: func(s Settings) string {
		if s.OptionalRules {
			return DefaultRulesConfigMap + "/" + defaultRulesKey
		}
		return objectKeys(s.RecordingRules)
	},
	SidecarConfig:          func(s Settings) string { return s.SidecarConfig.String() },
	SidecarImage:           func(s Settings) string { return s.SidecarImage },
	SidecarImagePullPolicy: func(s Settings) string { return string(s.SidecarImagePullPolicy) },
	SidecarCPURequest:      func(s Settings) string { return quantity(s.Resources.Requests, cpu) },
	SidecarCPULimit:        func(s Settings) string { return quantity(s.Resources.Limits, cpu) },
	SidecarMemoryRequest:   func(s Settings) string { return quantity(s.Resources.Requests, memory) },
	SidecarMemoryLimit:     func(s Settings) string { return quantity(s.Resources.Limits, memory) },
	SidecarLogLevel:        func(s Settings) string { return s.LogLevel },
	SidecarLogFormat:       func(s Settings) string { return s.LogFormat },
	MetricsPrefix:          func(s Settings) string { return s.MetricsPrefix },
	CredentialsSecret: func(s Settings) string {
		if s.CredentialsSecret == nil {
			return ""
		}
		return s.CredentialsSecret.String()
	},
	PrometheusContainer: func(s Settings) string { return s.PrometheusContainer },
}

// Given returns the annotations that lead to the settings, by their keys without the
// prefix. It leaves out those that have their default, and those that do not change what
// a pod gets.
func (s Settings) Given() map[string]string {
	given := map[string]string{}
	for _, a := range Annotations {
		if value, known := values[a.Key]; known && value(s) != a.Default {
			given[strings.TrimPrefix(a.Key, Prefix)] = value(s)
		}
	}
	return given
}

// DefaultOf returns the default of an annotation, by its key without the prefix; "" where
// it has none.
func DefaultOf(key string) string {
	for _, a := range Annotations {
		if a.Key == Prefix+key {
			return a.Default
		}
	}
	return ""
}

func objectKeys(keys []ObjectKey) string {
	texts := make([]string, 0, len(keys))
	for _, key := range keys {
		texts = append(texts, key.String())
	}
	return strings.Join(texts, ",")
}

func quantity(list corev1.ResourceList, name corev1.ResourceName) string {
	value, given := list[name]
	if !given {
		return ""
	}
	return value.String()
}
