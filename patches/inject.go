// Package patches makes the JSON patch that adds the sidecar to a Prometheus pod, and
// says what in the pod prevents that. It does not check the settings and ConfigMaps
// that it is given, and it does not apply the patch.
//
// The patch is written as explicit additions and never derived from re-encoded structs,
// because those lose the fields that this build of k8s.io/api does not know. Its
// operations are all "add", and lists grow only at their end.
package patches

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/linkerd-gcm/linkerd-gcm/sidecars"

	"gomodules.xyz/jsonpatch/v2"
	corev1 "k8s.io/api/core/v1"

	"github.com/linkerd-gcm/linkerd-gcm/podspec"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
)

// Injection is what is added to a pod.
type Injection struct {
	// Operations are the JSON patch; it is empty where the pod has the sidecar already.
	Operations []jsonpatch.Operation
	// Record is what the pod's status annotation says.
	Record Record
}

// additions are the parts of an injection, before they are written as a patch.
type additions struct {
	container  corev1.Container
	ruleMounts []corev1.VolumeMount
	volumes    []corev1.Volume
}

// Inject returns what makes the pod carry the sidecar with these settings. An error of
// type *UnsuitablePodError says why this pod cannot carry it.
func Inject(pod *corev1.Pod, s settings.Settings, texts ConfigMaps, version string) (Injection, error) {
	if sidecars.Find(&pod.Spec) != nil {
		return Injection{}, nil
	}
	index := slices.IndexFunc(pod.Spec.Containers, func(c corev1.Container) bool { return c.Name == s.PrometheusContainer })
	if index < 0 {
		return Injection{}, unsuitable(NoPrometheusContainer, "the pod has no container %q, only %s; name Prometheus' in the annotation %s",
			s.PrometheusContainer, containerNames(pod.Spec.Containers), settings.PrometheusContainer)
	}
	container := &pod.Spec.Containers[index]
	a, err := plan(&pod.Spec, container, s)
	if err != nil {
		return Injection{}, err
	}
	record, err := a.record(s, texts, version)
	if err != nil {
		return Injection{}, err
	}
	status, err := json.Marshal(record)
	if err != nil {
		return Injection{}, fmt.Errorf("encoding the record for annotation %s: %w", settings.Status, err)
	}
	operations := []jsonpatch.Operation{annotate(pod.Annotations, settings.Status, string(status))}
	operations = append(operations, extend(fmt.Sprintf("/spec/containers/%d/volumeMounts", index), container.VolumeMounts, a.ruleMounts)...)
	operations = append(operations, extend("/spec/containers", pod.Spec.Containers, []corev1.Container{a.container})...)
	operations = append(operations, extend("/spec/volumes", pod.Spec.Volumes, a.volumes)...)
	return Injection{Operations: operations, Record: record}, nil
}

// plan returns what is to be added to a pod of these settings.
func plan(pod *corev1.PodSpec, c *corev1.Container, s settings.Settings) (additions, error) {
	prometheus, err := podspec.ReadPrometheus(pod, c)
	if err != nil {
		return additions{}, err
	}
	ruleVolumes := ruleVolumes(s.RecordingRules)
	a := additions{
		container:  Container(s, prometheus),
		ruleMounts: ruleMounts(s.RecordingRules, ruleVolumes),
		volumes:    append(ruleVolumes, Volumes(s)...),
	}
	if conflict := conflict(pod, c, s, a); conflict != nil {
		return additions{}, conflict
	}
	return a, nil
}

func (a additions) record(s settings.Settings, texts ConfigMaps, version string) (Record, error) {
	whole, single, err := Hash(s, texts)
	if err != nil {
		return Record{}, err
	}
	r := Record{Version: version, Hash: whole, Settings: Recorded(s), ConfigMaps: single, Containers: []string{a.container.Name}}
	for _, v := range a.volumes {
		r.Volumes = append(r.Volumes, v.Name)
	}
	for _, m := range a.ruleMounts {
		r.Mounts = append(r.Mounts, m.MountPath)
	}
	return r, nil
}

func containerNames(containers []corev1.Container) []string {
	names := make([]string, 0, len(containers))
	for _, c := range containers {
		names = append(names, c.Name)
	}
	return names
}
