package lint

import (
	"cmp"
	"fmt"
	"path"

	corev1 "k8s.io/api/core/v1"

	"github.com/linkerd-gcm/linkerd-gcm/podspec"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
	"github.com/linkerd-gcm/linkerd-gcm/viz"
)

// PrometheusConfig is Prometheus' own configuration, and where it is.
type PrometheusConfig struct {
	viz.PrometheusConfig
	// Object is the key of a ConfigMap that holds it, or what it is made from.
	Object Object
}

// UnreadableConfig is a configuration of Prometheus that is at hand, and why it cannot be
// read.
type UnreadableConfig struct {
	Object Object
	Err    error
}

// isOf reports whether the configuration is that of a ConfigMap's key, or of no ConfigMap.
func (c *PrometheusConfig) isOf(key settings.ObjectKey) bool {
	return c.Object.Kind != "ConfigMap" || c.Object.Name == key.Name && c.Object.Key == key.Key
}

// AddPrometheusConfig adds the configuration that a ConfigMap holds under a key; of what
// Prometheus cannot read either, why. Nothing is added where the ConfigMap is nil.
func (in *Input) AddPrometheusConfig(namespace string, key settings.ObjectKey, configMap *corev1.ConfigMap) {
	text, exists := TextOf(configMap, key.Key)
	if !exists {
		return
	}
	object := Object{Kind: "ConfigMap", Namespace: namespace, Name: key.Name, Key: key.Key}
	config, err := in.Memory.prometheusConfig(text)
	if err != nil {
		in.UnreadablePrometheusConfig = &UnreadableConfig{object, err}
		return
	}
	in.PrometheusConfig, in.UnreadablePrometheusConfig = &PrometheusConfig{config, object}, nil
}

// DefaultPrometheusConfig is where linkerd-viz' charts put the configuration.
var DefaultPrometheusConfig = settings.ObjectKey{Name: viz.ConfigMap, Key: viz.ConfigKey}

// PrometheusConfigKey returns the key of the ConfigMap from which a pod's Prometheus reads
// its configuration; false where it reads it from anything else.
func PrometheusConfigKey(pod Pod) (key settings.ObjectKey, found bool) {
	for i := range pod.Spec.Containers {
		c := &pod.Spec.Containers[i]
		if c.Name == viz.PrometheusContainer {
			file := cmp.Or(podspec.PrometheusFlags(c).Value("--config.file"), path.Join(viz.RulesDirectory, viz.ConfigKey))
			return keyAt(pod.Spec, c, file)
		}
	}
	return key, false
}

// prometheusConfig is the configuration at hand, or that of the charts.
func (in Input) prometheusConfig() viz.PrometheusConfig {
	if in.PrometheusConfig == nil {
		return viz.DefaultConfig()
	}
	return in.PrometheusConfig.PrometheusConfig
}

// configuredBy names what the configuration is from, for messages.
func (in Input) configuredBy() string {
	if in.PrometheusConfig == nil {
		return "linkerd-viz' charts"
	}
	o := in.PrometheusConfig.Object
	if o.Kind != "ConfigMap" {
		return fmt.Sprintf("linkerd-viz' charts with the values of %s", o.FullName())
	}
	return fmt.Sprintf("%s %s", o.Kind, o.FullName())
}
