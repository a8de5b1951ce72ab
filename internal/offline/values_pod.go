package offline

import (
	"cmp"
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/linkerd-gcm/linkerd-gcm/viz"
)

// prometheusValues are the values of linkerd-viz that shape the pod.
type prometheusValues struct {
	SidecarContainers   []corev1.Container `json:"sidecarContainers"`
	RuleConfigMapMounts []struct {
		Name      string `json:"name"`
		SubPath   string `json:"subPath"`
		ConfigMap string `json:"configMap"`
	} `json:"ruleConfigMapMounts"`
	Image struct {
		Registry string `json:"registry"`
		Name     string `json:"name"`
		Tag      any    `json:"tag"`
	} `json:"image"`
}

// configFile is where the chart mounts Prometheus' configuration.
const configFile = viz.RulesDirectory + "/" + viz.ConfigKey

// What linkerd-viz gives Prometheus besides the values
// (viz/charts/linkerd-viz/templates/prometheus.yaml).
var (
	chartMounts = []corev1.VolumeMount{
		{Name: viz.DataVolume, MountPath: viz.DataDirectory},
		{Name: viz.ConfigMap, MountPath: configFile, SubPath: viz.ConfigKey, ReadOnly: true},
	}
	chartArgs = map[string]any{"config.file": configFile, "storage.tsdb.path": viz.DataDirectory}
	// chartUser is the uid and gid of Prometheus.
	chartUser = viz.PrometheusUser
)

// checkShapes returns an error about the first value that is not what the chart needs.
func (v values) checkShapes() error {
	for _, key := range []string{"sidecarContainers", "ruleConfigMapMounts"} {
		if _, isList := v.prometheus[key].([]any); !isList && v.prometheus[key] != nil {
			return fmt.Errorf("%s: %s is not a list, which linkerd-viz requires; begin each entry with \"- \"", v.object.Name, v.field(key))
		}
	}
	if _, isMap := v.prometheus["args"].(map[string]any); !isMap && v.prometheus["args"] != nil {
		return fmt.Errorf("%s: %s is not a map, which linkerd-viz requires; write each flag as key: value, without dashes", v.object.Name, v.field("args"))
	}
	return nil
}

// pod returns the part of the pod that the values shape.
func (v values) pod() (*corev1.Pod, error) {
	if err := v.checkShapes(); err != nil {
		return nil, err
	}
	var p prometheusValues
	if err := decode(v.prometheus, &p); err != nil {
		return nil, fmt.Errorf("%s: %s: reading the values of linkerd-viz: %w", v.object.Name, v.field(), err)
	}
	prometheus := corev1.Container{
		Name:         viz.PrometheusContainer,
		Image:        p.image(),
		Args:         v.args(),
		Ports:        []corev1.ContainerPort{{Name: viz.PrometheusPortName, ContainerPort: viz.PrometheusPort}},
		VolumeMounts: slices.Clone(chartMounts),
		SecurityContext: &corev1.SecurityContext{
			RunAsUser: &chartUser, RunAsGroup: &chartUser, RunAsNonRoot: new(true), AllowPrivilegeEscalation: new(false),
			Capabilities:   &corev1.Capabilities{Drop: []corev1.Capability{"ALL"}},
			SeccompProfile: &corev1.SeccompProfile{Type: corev1.SeccompProfileTypeRuntimeDefault},
		},
	}
	pod := &corev1.Pod{}
	pod.Labels = viz.PrometheusLabels()
	pod.Annotations = v.annotations()
	pod.Spec.Volumes = []corev1.Volume{v.dataVolume(), configMapVolume(viz.ConfigMap, viz.ConfigMap)}
	for _, mount := range p.RuleConfigMapMounts {
		pod.Spec.Volumes = append(pod.Spec.Volumes, configMapVolume(mount.Name, mount.ConfigMap))
		prometheus.VolumeMounts = append(prometheus.VolumeMounts, corev1.VolumeMount{
			Name: mount.Name, MountPath: path.Join(viz.RulesDirectory, mount.SubPath), SubPath: mount.SubPath, ReadOnly: true,
		})
	}
	pod.Spec.Containers = append(p.SidecarContainers, prometheus)
	return pod, nil
}

// args are Prometheus' flags: those of the chart, and the values args. A value that counts
// as no in templates, such as false, leaves the flag alone on its own; null leaves out a
// flag of the chart.
func (v values) args() []string {
	args := maps.Clone(chartArgs)
	given, _ := v.prometheus["args"].(map[string]any)
	for name, value := range given {
		if _, ofChart := chartArgs[name]; ofChart && value == nil {
			delete(args, name)
			continue
		}
		args[name] = value
	}
	var all []string
	for _, name := range slices.Sorted(maps.Keys(args)) {
		if value := args[name]; countsAsNo(value) {
			all = append(all, "--"+name)
		} else {
			all = append(all, fmt.Sprintf("--%s=%v", name, value))
		}
	}
	return all
}

func (p prometheusValues) image() string {
	if p.Image.Name == "" {
		return ""
	}
	image := p.Image.Name
	if p.Image.Registry != "" {
		image = strings.TrimSuffix(p.Image.Registry, "/") + "/" + image
	}
	if p.Image.Tag != nil {
		image += fmt.Sprintf(":%v", p.Image.Tag)
	}
	return image
}

// dataVolume is a volume of the pod's own, or a claim where the values ask for one.
func (v values) dataVolume() corev1.Volume {
	data := corev1.Volume{Name: viz.DataVolume}
	switch v.prometheus["persistence"] {
	case nil, false, "":
		data.EmptyDir = &corev1.EmptyDirVolumeSource{}
	default:
		data.PersistentVolumeClaim = &corev1.PersistentVolumeClaimVolumeSource{ClaimName: viz.PrometheusContainer}
	}
	return data
}

// annotations are those that the values give the pod.
func (v values) annotations() map[string]string {
	all := map[string]string{}
	for _, keys := range slices.Backward(v.annotationKeys()) {
		found, _, _ := unstructured.NestedMap(v.all, keys...)
		for key, value := range found {
			if text, isText := value.(string); isText {
				all[key] = text
			}
		}
	}
	return all
}

func configMapVolume(name, configMap string) corev1.Volume {
	v := corev1.Volume{Name: name}
	v.ConfigMap = &corev1.ConfigMapVolumeSource{LocalObjectReference: corev1.LocalObjectReference{Name: configMap}}
	return v
}

func podSpec(pod *corev1.Pod) *corev1.PodSpec { return &cmp.Or(pod, &corev1.Pod{}).Spec }

// podPart is a part of the pod's spec: [containers[3].args[1] 3 .args[1]].
var podPart = regexp.MustCompile(`^containers\[(\d+)\](.*)$`)

// placed returns the path in the values that a path in the pod is made from.
func (v values) placed(key string) string {
	part := podPart.FindStringSubmatch(strings.TrimPrefix(key, v.path()+"."))
	sidecars, _ := v.prometheus["sidecarContainers"].([]any)
	switch {
	case part == nil:
	case part[1] != strconv.Itoa(len(sidecars)):
		return v.field("sidecarContainers[" + part[1] + "]" + part[2])
	case strings.HasPrefix(part[2], ".args"):
		return v.field("args")
	case strings.HasPrefix(part[2], ".volumeMounts["):
		var i int
		if _, err := fmt.Sscanf(part[2], ".volumeMounts[%d]", &i); err == nil && i >= len(chartMounts) {
			return v.field(fmt.Sprintf("ruleConfigMapMounts[%d]", i-len(chartMounts)))
		}
	case strings.HasPrefix(part[2], ".image"):
		return v.field("image")
	}
	return v.field()
}
