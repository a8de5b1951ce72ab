package offline

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"helm.sh/helm/v4/pkg/chart/v2/loader"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/linkerd-gcm/linkerd-gcm/internal/jsonpointer"
	"github.com/linkerd-gcm/linkerd-gcm/lint"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
	"github.com/linkerd-gcm/linkerd-gcm/viz"
)

// valuesKind is what findings call Helm values that are files of their own.
const valuesKind = "HelmValues"

// values are the values of linkerd-viz that one release gets: of files, in their order, or
// of an object that Flux, Argo CD or k3s makes a release from.
type values struct {
	object lint.Object
	// prefix leads from the object to the values, as in "spec.values."; it is "" in files.
	prefix string
	// keys is the path from the values to those of Prometheus.
	keys   []string
	layers []layer
	// namespace is that of the release, "" where it is not known.
	namespace string
	// unread are the places of further values, which were not looked into.
	unread []string
	// all are the merged values, and prometheus those of Prometheus.
	all, prometheus map[string]any
}

// merged returns the values with what their layers say. Helm merges them as it merges the
// values of several -f.
func (v values) merged() values {
	v.all = map[string]any{}
	for _, l := range v.layers {
		v.all = loader.MergeMaps(v.all, l.content)
	}
	v.prometheus, _, _ = unstructured.NestedMap(v.all, v.keys...)
	return v
}

// values returns all values of linkerd-viz in the files and objects.
func (in Input) values(objects []positioned) []values {
	return append(in.filesOfValues(objects), in.objectsOfValues(objects)...)
}

// filesOfValues returns the values that are files of their own. Those of one chart belong
// to one release, as if all were given to Helm in their order; but those that are found in
// a folder may be alternatives, and each is a release.
func (in Input) filesOfValues(objects []positioned) []values {
	var all []values
	asked := in.asks(objects)
	for f, file := range in.Files {
		for d, document := range file.Documents {
			var content map[string]any
			if json.Unmarshal(document.JSON, &content) != nil || content["kind"] != nil {
				continue
			}
			for _, found := range prometheusKeys(content) {
				l := layer{file: f, document: d, content: content}
				i := slices.IndexFunc(all, func(v values) bool {
					return slices.Equal(v.keys, found.keys) && !file.OfFolder && !in.Files[v.layers[0].file].OfFolder
				})
				if i < 0 {
					all = append(all, values{object: lint.Object{Kind: valuesKind, Name: file.Name}, keys: found.keys})
					i = len(all) - 1
				} else {
					all[i].object.Name += ", " + file.Name
				}
				all[i].layers = append(all[i].layers, l)
			}
		}
	}
	all = slices.DeleteFunc(all, func(v values) bool {
		return !asked && !slices.ContainsFunc(v.layers, func(l layer) bool { return l.isOf(v.keys) == ofViz })
	})
	for i, v := range all {
		all[i] = v.merged()
	}
	return all
}

// asks reports whether anything in the input asks for the sidecar, so that a file which
// says no more than prometheus.enabled is about it.
func (in Input) asks(objects []positioned) bool {
	return len(in.Annotations) > 0 || slices.ContainsFunc(objects, func(o positioned) bool {
		_, asks := o.GetAnnotations()[settings.Inject]
		return asks && isCore(o, "Namespace")
	})
}

// likeness says how sure it is that values are those of linkerd-viz.
type likeness int

const (
	ofOthers likeness = iota
	mayBeOfViz
	ofViz
)

// vizKeys are the keys of the values prometheus in linkerd-viz; those that are true are
// found in hardly any other chart.
var vizKeys = map[string]bool{
	"args": true, "globalConfig": true, "ruleConfigMapMounts": true, "scrapeConfigs": true, "sidecarContainers": true,
	"alertRelabelConfigs": true, "metricRelabelConfigs": false, "alertmanagers": false, "enabled": false, "image": false, "logFormat": false,
	"logLevel": false, "nodeSelector": false, "persistence": false, "podAnnotations": false, "proxy": false, "remoteWrite": false,
	"resources": false, "tolerations": false, "automountServiceAccountToken": false,
}

// otherKeys are keys of the values prometheus in other charts that have Prometheus.
var otherKeys = []string{"prometheusSpec", "server", "serverFiles", "thanosService", "ingress", "serviceMonitor", "alertmanager"}

// likenessOf says whether a value is that of prometheus in linkerd-viz.
func likenessOf(value any) likeness {
	prometheus, isMap := value.(map[string]any)
	found := ofOthers
	for key := range prometheus {
		if certain, known := vizKeys[key]; certain {
			found = ofViz
		} else if known {
			found = max(found, mayBeOfViz)
		}
	}
	if !isMap || slices.ContainsFunc(otherKeys, func(key string) bool { return prometheus[key] != nil }) {
		return ofOthers
	}
	return found
}

// foundKeys is the path to values that may be those of linkerd-viz' Prometheus.
type foundKeys struct {
	keys []string
	like likeness
}

// prometheusKeys returns the paths to the values of linkerd-viz' Prometheus: in the values
// of linkerd-viz, in those of a chart that depends on it, and in values of Prometheus alone.
// The latter are taken for what they are only where they have a sidecar of ours or mount
// rules: other charts have sidecars, too.
func prometheusKeys(content map[string]any) []foundKeys {
	var all []foundKeys
	if isAlone(content) {
		all = append(all, foundKeys{nil, ofViz})
	}
	if like := likenessOf(content["prometheus"]); like > ofOthers || content["prometheusUrl"] != nil {
		all = append(all, foundKeys{[]string{"prometheus"}, like})
	}
	for key, value := range content {
		if chart, isMap := value.(map[string]any); isMap && likenessOf(chart["prometheus"]) > ofOthers {
			all = append(all, foundKeys{[]string{key, "prometheus"}, likenessOf(chart["prometheus"])})
		}
	}
	slices.SortFunc(all, func(a, b foundKeys) int { return slices.Compare(a.keys, b.keys) })
	return all
}

// isAlone reports whether values are those of linkerd-viz' Prometheus alone.
func isAlone(content map[string]any) bool {
	if mounts, isList := content["ruleConfigMapMounts"].([]any); isList && mounts != nil {
		return true
	}
	if _, isList := content["sidecarContainers"].([]any); !isList {
		return false
	}
	pod, err := values{prometheus: map[string]any{"sidecarContainers": content["sidecarContainers"]}}.pod()
	_, ours := lint.FromPod(lint.Pod{Spec: podSpec(pod)})
	return err == nil && ours
}

// path is where findings about the pod that the values make place it, until placed
// replaces it.
func (v values) path() string { return v.field("pod") }

// field returns the path from the object to a field of Prometheus' values.
func (v values) field(names ...string) string {
	return v.prefix + strings.Join(slices.Concat(v.keys, names), ".")
}

// chart returns a value of linkerd-viz beside those of Prometheus.
func (v values) chart(key string) any {
	if len(v.keys) == 0 {
		return nil
	}
	found, _, _ := unstructured.NestedFieldNoCopy(v.all, append(slices.Clone(v.keys[:len(v.keys)-1]), key)...)
	return found
}

// countsAsNo reports whether a value, which is no list or map, counts as no in templates.
func countsAsNo(value any) bool {
	switch value {
	case nil, false, "", float64(0), int64(0):
		return true
	}
	return false
}

// absent says that the values leave Prometheus out; false where they do not.
func (v values) absent() (lint.Text, bool) {
	enabled, given := v.prometheus["enabled"]
	if !countsAsNo(enabled) {
		return lint.Text{}, false
	}
	object := v.object
	object.Key = v.field("enabled")
	return lint.Text{Value: shown(enabled), Object: object}, given
}

// shown writes a value as YAML has it.
func shown(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		return fmt.Sprint(value)
	}
	return string(text)
}

// notes say what was not looked at, and what is not as it seems.
func (v values) notes() []string {
	var all []string
	if len(v.layers) > 1 && v.object.Kind == valuesKind {
		all = append(all, fmt.Sprintf("%s were merged in this order, as Helm merges them: what a later one replaces was not checked; check files that are alternatives one by one", v.object.Name))
	}
	if len(v.unread) > 0 {
		all = append(all, fmt.Sprintf("not looked into: %s of %s %s", strings.Join(v.unread, ", "), v.object.Kind, v.object.FullName()))
	}
	if url, given := v.chart("prometheusUrl").(string); given && url != "" {
		all = append(all, fmt.Sprintf("%s: linkerd-viz reads the Prometheus at prometheusUrl, %s, which was not looked at: only the chart's own can be exported from here", v.object.Name, url))
	}
	return all
}

// annotationKeys are the paths to annotations of the pod, those that win first.
func (v values) annotationKeys() [][]string {
	all := [][]string{append(slices.Clone(v.keys), "podAnnotations")}
	if len(v.keys) > 0 {
		all = append(all, append(slices.Clone(v.keys[:len(v.keys)-1]), "podAnnotations"))
	}
	return all
}

// pointers returns where in the values something may be: at a field of the object, or at an
// annotation of the pod.
func (v values) pointers(key string) []string {
	if strings.HasPrefix(key, settings.Prefix) {
		var all []string
		for _, keys := range v.annotationKeys() {
			all = append(all, pointerTo(keys...)+"/"+jsonpointer.Escape(key))
		}
		return all
	}
	within, found := strings.CutPrefix(key, strings.TrimSuffix(v.prefix, "."))
	within = strings.TrimPrefix(within, ".")
	if !found || within == "" {
		return []string{""}
	}
	return []string{"/" + fieldPath.Replace(indexed.ReplaceAllString(within, "/$1"))}
}

func pointerTo(keys ...string) string {
	pointer := ""
	for _, key := range keys {
		pointer += "/" + jsonpointer.Escape(key)
	}
	return pointer
}

// config is Prometheus' own configuration as the chart writes it from the values.
func (v values) config() (*lint.PrometheusConfig, error) {
	global, isMap := v.prometheus["globalConfig"].(map[string]any)
	if !isMap && v.prometheus["globalConfig"] != nil {
		return nil, fmt.Errorf("%s: %s is not a map, which linkerd-viz requires; write each field as key: value", v.object.Name, v.field("globalConfig"))
	}
	jobs, isList := v.prometheus["scrapeConfigs"].([]any)
	if !isList && v.prometheus["scrapeConfigs"] != nil {
		return nil, fmt.Errorf("%s: %s is not a list, which linkerd-viz requires; begin each entry with \"- \"", v.object.Name, v.field("scrapeConfigs"))
	}
	config, err := viz.WithValues(global, jobs)
	if err != nil {
		return nil, fmt.Errorf("%s: %s or %s: %w", v.object.Name, v.field("globalConfig"), v.field("scrapeConfigs"), err)
	}
	return &lint.PrometheusConfig{PrometheusConfig: config, Object: lint.Object{Kind: v.object.Kind, Namespace: v.object.Namespace, Name: v.object.Name}}, nil
}

// valuesNamespace is the namespace of the pods that values make where nothing names it:
// that of the objects that the values come with or, where these have none or more than one,
// that of linkerd-viz.
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
