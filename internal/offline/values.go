package offline

import (
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/json"

	"github.com/linkerd-gcm/linkerd-gcm/lint"
	"github.com/linkerd-gcm/linkerd-gcm/viz"
)

// valuesKind is the kind of object that findings about Helm values name.
const valuesKind = "HelmValues"

// values are Helm values of linkerd-viz that add a sidecar or rule files to Prometheus' pod.
type values struct {
	file, document int
	name           string // of the file
	// keys is the path from the document to the values of Prometheus.
	keys    []string
	content map[string]any
}

// prometheusValues are the values that the chart puts into the pod
// (viz/charts/linkerd-viz/templates/prometheus.yaml).
type prometheusValues struct {
	SidecarContainers   []corev1.Container `json:"sidecarContainers"`
	RuleConfigMapMounts []struct {
		Name      string `json:"name"`
		SubPath   string `json:"subPath"`
		ConfigMap string `json:"configMap"`
	} `json:"ruleConfigMapMounts"`
	Args map[string]any `json:"args"`
}

// values returns the Helm values among the documents: those of the chart, those of
// a chart that has it as a dependency, and those of Prometheus alone.
func (in Input) values() []values {
	var all []values
	for f, file := range in.Files {
		for d, document := range file.Documents {
			var content map[string]any
			if json.Unmarshal(document.JSON, &content) != nil || content["kind"] != nil {
				continue
			}
			for _, keys := range prometheusKeys(content) {
				found, _, _ := unstructured.NestedMap(content, keys...)
				all = append(all, values{f, d, file.Name, keys, found})
			}
		}
	}
	return all
}

// prometheusKeys returns the paths to what looks like values of Prometheus.
func prometheusKeys(content map[string]any) [][]string {
	is := func(value any) bool {
		m, isMap := value.(map[string]any)
		return isMap && (m["sidecarContainers"] != nil || m["ruleConfigMapMounts"] != nil)
	}
	var all [][]string
	if is(content) {
		all = append(all, nil)
	}
	if is(content["prometheus"]) {
		all = append(all, []string{"prometheus"})
	}
	for key, value := range content {
		if chart, isMap := value.(map[string]any); isMap && is(chart["prometheus"]) {
			all = append(all, []string{key, "prometheus"})
		}
	}
	slices.SortFunc(all, slices.Compare)
	return all
}

func (v values) identity() lint.Object { return lint.Object{Kind: valuesKind, Name: v.name} }

// path is the path to the pod that the values make. Findings have it until placed replaces
// it by the path of the value.
func (v values) path() string { return strings.Join(append(slices.Clone(v.keys), "pod"), ".") }

const configFile = viz.RulesDirectory + "/" + viz.ConfigKey

// The parts of Prometheus' container that the chart itself sets.
var (
	chartMounts = []corev1.VolumeMount{
		{Name: viz.DataVolume, MountPath: viz.DataDirectory},
		{Name: viz.ConfigMap, MountPath: configFile, SubPath: viz.ConfigKey, ReadOnly: true},
	}
	chartArgs = map[string]any{"config.file": configFile, "storage.tsdb.path": viz.DataDirectory}
	// chartUser is the uid and gid of Prometheus.
	chartUser = viz.PrometheusUser
)

// pod returns the pod that the chart makes from the values, with those parts that matter to
// a sidecar: the containers of the values, then Prometheus.
func (v values) pod() (*corev1.Pod, error) {
	var p prometheusValues
	for _, key := range []string{"sidecarContainers", "ruleConfigMapMounts"} {
		if _, isList := v.content[key].([]any); !isList && v.content[key] != nil {
			return nil, fmt.Errorf("%s: %s is not a list, which linkerd-viz requires; begin each entry with \"- \"",
				v.name, strings.Join(append(slices.Clone(v.keys), key), "."))
		}
	}
	if err := decode(v.content, &p); err != nil {
		return nil, fmt.Errorf("%s: %s: reading the values of linkerd-viz: %w", v.name, strings.Join(v.keys, "."), err)
	}
	prometheus := corev1.Container{
		Name:         viz.PrometheusContainer,
		Ports:        []corev1.ContainerPort{{Name: viz.PrometheusPortName, ContainerPort: viz.PrometheusPort}},
		VolumeMounts: slices.Clone(chartMounts),
		SecurityContext: &corev1.SecurityContext{
			RunAsUser: &chartUser, RunAsGroup: &chartUser, RunAsNonRoot: new(true), AllowPrivilegeEscalation: new(false),
			Capabilities:   &corev1.Capabilities{Drop: []corev1.Capability{"ALL"}},
			SeccompProfile: &corev1.SeccompProfile{Type: corev1.SeccompProfileTypeRuntimeDefault},
		},
	}
	args := maps.Clone(chartArgs)
	maps.Copy(args, p.Args)
	for _, name := range slices.Sorted(maps.Keys(args)) {
		prometheus.Args = append(prometheus.Args, fmt.Sprintf("--%s=%v", name, args[name]))
	}
	pod := &corev1.Pod{}
	pod.Spec.Volumes = []corev1.Volume{
		{Name: viz.DataVolume, VolumeSource: corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}}},
		configMapVolume(viz.ConfigMap, viz.ConfigMap),
	}
	for _, mount := range p.RuleConfigMapMounts {
		pod.Spec.Volumes = append(pod.Spec.Volumes, configMapVolume(mount.Name, mount.ConfigMap))
		prometheus.VolumeMounts = append(prometheus.VolumeMounts, corev1.VolumeMount{
			Name: mount.Name, MountPath: path.Join(viz.RulesDirectory, mount.SubPath), SubPath: mount.SubPath, ReadOnly: true,
		})
	}
	pod.Spec.Containers = append(p.SidecarContainers, prometheus)
	return pod, nil
}

func configMapVolume(name, configMap string) corev1.Volume {
	v := corev1.Volume{Name: name}
	v.ConfigMap = &corev1.ConfigMapVolumeSource{LocalObjectReference: corev1.LocalObjectReference{Name: configMap}}
	return v
}

var podPart = regexp.MustCompile(`^containers\[(\d+)\](.*)$`)

// placed returns the key of the values that a part of the pod comes from.
func (v values) placed(key string) string {
	part := podPart.FindStringSubmatch(strings.TrimPrefix(key, v.path()+"."))
	sidecars, _ := v.content["sidecarContainers"].([]any)
	from := slices.Clone(v.keys)
	switch {
	case part == nil:
	case part[1] != strconv.Itoa(len(sidecars)):
		from = append(from, "sidecarContainers["+part[1]+"]"+part[2])
	case strings.HasPrefix(part[2], ".args"):
		from = append(from, "args")
	case strings.HasPrefix(part[2], ".volumeMounts["):
		var i int
		if _, err := fmt.Sscanf(part[2], ".volumeMounts[%d]", &i); err == nil && i >= len(chartMounts) {
			from = append(from, fmt.Sprintf("ruleConfigMapMounts[%d]", i-len(chartMounts)))
		}
	}
	return strings.Join(from, ".")
}

// valuesNamespace is the namespace where linkerd-viz would be installed with the values:
// that of the other objects, if they are all in one.
func (in Input) valuesNamespace(objects []positioned) string {
	namespaces := map[string]bool{}
	for _, o := range objects {
		switch {
		case isCore(o, "Namespace"):
			namespaces[o.GetName()] = true
		case o.GetKind() != "" && o.GetNamespace() != "":
			namespaces[o.GetNamespace()] = true
		}
	}
	switch only := slices.Collect(maps.Keys(namespaces)); {
	case in.Namespace != "":
		return in.Namespace
	case len(only) == 1:
		return only[0]
	default:
		return viz.Namespace
	}
}
