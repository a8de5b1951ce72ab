// Package injecttest has what tests of decisions start from, a namespace in memory with
// annotations and ConfigMaps that are valid, and what applies their operations. Only tests
// import it.
package injecttest

import (
	"context"
	"maps"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/linkerd-gcm/linkerd-gcm/settings"
)

// The texts of the two ConfigMaps.
const (
	Rules  = "groups:\n- name: linkerd\n  rules:\n  - record: linkerd_job:request_rate:5m\n    expr: sum by (job, instance, namespace, pod) (rate(request_total[5m]))\n"
	Config = "metric_renames:\n- from: linkerd_job:request_rate:5m\n  to: linkerd_request_rate\n"
)

// Namespace implements inject.NamespaceReader.
type Namespace struct {
	Annotations map[string]string
	ConfigMaps  map[string]*corev1.ConfigMap
	// Err is what reading the annotations returns.
	Err error
	// Broken makes reading the annotations panic.
	Broken bool
}

// NamespaceAnnotations implements inject.NamespaceReader.
func (n Namespace) NamespaceAnnotations(context.Context, string) (map[string]string, error) {
	if n.Broken {
		var none *corev1.Namespace
		return none.Annotations, nil
	}
	return n.Annotations, n.Err
}

// ConfigMap implements inject.NamespaceReader.
func (n Namespace) ConfigMap(_ context.Context, _, name string) (*corev1.ConfigMap, error) {
	return n.ConfigMaps[name], nil
}

// Allowing returns defaults under which the sidecar may run only these images, or every
// image where none is given.
func Allowing(t testing.TB, images ...string) settings.Defaults {
	t.Helper()
	list, err := settings.ParseAllowedImages(images)
	if err != nil {
		t.Fatal(err)
	}
	return settings.Defaults{AllowedImages: list}
}

// Annotations ask for the sidecar; more are keys, each followed by its value.
func Annotations(more ...string) map[string]string {
	annotations := map[string]string{
		settings.Inject: "enabled", settings.ProjectID: "my-project",
		settings.SidecarImage: "registry.example.com/stackdriver-prometheus-sidecar:0.10.1",
	}
	for i := 0; i < len(more); i += 2 {
		annotations[more[i]] = more[i+1]
	}
	return annotations
}

// Located are annotations without anything to warn about.
func Located(more ...string) map[string]string {
	annotations := map[string]string{settings.Location: "us-central1", settings.ClusterName: "my-cluster"}
	maps.Copy(annotations, Annotations(more...))
	return annotations
}

// ConfigMaps are the recording rules and, unless the text is empty, the sidecar's
// configuration.
func ConfigMaps(config string) map[string]*corev1.ConfigMap {
	all := map[string]*corev1.ConfigMap{
		settings.DefaultRulesConfigMap: {Data: map[string]string{"recording_rules.yml": Rules}},
	}
	if config != "" {
		all[settings.DefaultSidecarConfigMap] = &corev1.ConfigMap{Data: map[string]string{"sidecar.yml": config}}
	}
	return all
}
