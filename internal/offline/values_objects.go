package offline

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"helm.sh/helm/v4/pkg/strvals"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/linkerd-gcm/linkerd-gcm/internal/jsonpointer"
	"github.com/linkerd-gcm/linkerd-gcm/internal/manifest"
	"github.com/linkerd-gcm/linkerd-gcm/lint"
	"github.com/linkerd-gcm/linkerd-gcm/source"
)

// chartName is what linkerd-viz' chart is called, in every repository of Linkerd.
const chartName = "linkerd-viz"

// release is a place in an object where a chart and its values stand.
type release struct {
	// chart names the chart, as far as the object does.
	chart, namespace string
	// texts, maps and parameters are the pointers to values of each sort, a later one of all
	// overriding an earlier one: first texts, then maps, then parameters.
	texts, maps, parameters []string
	// unread are the pointers to values that are elsewhere.
	unread []string
}

// releasesOf are the kinds of objects from which others make Helm releases, by group and
// kind.
var releasesOf = map[string]func(object map[string]any) []release{
	"helm.toolkit.fluxcd.io HelmRelease": fluxRelease,
	"helm.fluxcd.io HelmRelease":         oldFluxRelease,
	"argoproj.io Application":            argoReleases,
	"helm.cattle.io HelmChart":           k3sRelease,
	"helm.cattle.io HelmChartConfig":     k3sRelease,
}

func textAt(object map[string]any, fields ...string) string {
	text, _, _ := unstructured.NestedString(object, fields...)
	return text
}

// lastOf returns the last part of a path, or of a URL.
func lastOf(name string) string {
	words := strings.Split(strings.Trim(name, "/"), "/")
	return words[len(words)-1]
}

// fluxRelease reads a HelmRelease of Flux (fluxcd/helm-controller,
// api/v2/helmrelease_types.go): spec.values override those of spec.valuesFrom. A chart from
// Git is named by its path. One that is in another object, to which chartRef points, can have
// any name there: that of the release says as much.
func fluxRelease(object map[string]any) []release {
	chart := lastOf(textAt(object, "spec", "chart", "spec", "chart"))
	if ref := textAt(object, "spec", "chartRef", "name"); ref != "" {
		chart = ref
		if slices.Contains([]string{textAt(object, "spec", "releaseName"), textAt(object, "metadata", "name")}, chartName) {
			chart = chartName
		}
	}
	return []release{{
		chart:     chart,
		namespace: textAt(object, "spec", "targetNamespace"),
		maps:      []string{"/spec/values"},
		unread:    []string{"/spec/valuesFrom", "/spec/postRenderers"},
	}}
}

// oldFluxRelease reads a HelmRelease of Flux 1.
func oldFluxRelease(object map[string]any) []release {
	return []release{{
		chart:     cmp.Or(textAt(object, "spec", "chart", "name"), lastOf(textAt(object, "spec", "chart", "path"))),
		namespace: textAt(object, "spec", "targetNamespace"),
		maps:      []string{"/spec/values"},
		unread:    []string{"/spec/valuesFrom"},
	}}
}

// argoReleases reads an Application of Argo CD
// (argoproj/argo-cd, pkg/apis/application/v1alpha1/types.go): the values are a text or a
// map, of which the map counts where there are both, and parameters override them.
func argoReleases(object map[string]any) []release {
	sources := []string{"/spec/source"}
	list, _, _ := unstructured.NestedSlice(object, "spec", "sources")
	for i := range list {
		sources = append(sources, fmt.Sprintf("/spec/sources/%d", i))
	}
	var all []release
	for _, at := range sources {
		from, isMap := valueAt(object, at).(map[string]any)
		if !isMap {
			continue
		}
		chart := textAt(from, "chart")
		if chart == "" {
			chart = lastOf(textAt(from, "path"))
		}
		helm := at + "/helm"
		one := release{
			chart: chart, namespace: cmp.Or(textAt(from, "helm", "namespace"), textAt(object, "spec", "destination", "namespace")),
			parameters: []string{helm + "/parameters"},
			unread:     []string{helm + "/valueFiles", helm + "/fileParameters"},
		}
		if valueAt(object, helm+"/valuesObject") != nil {
			one.maps = []string{helm + "/valuesObject"}
		} else {
			one.texts = []string{helm + "/values"}
		}
		all = append(all, one)
	}
	return all
}

// k3sRelease reads a HelmChart or a HelmChartConfig (k3s-io/helm-controller,
// pkg/apis/helm.cattle.io/v1/types.go).
func k3sRelease(object map[string]any) []release {
	return []release{{
		chart:     cmp.Or(lastOf(textAt(object, "spec", "chart")), textAt(object, "metadata", "name")),
		namespace: textAt(object, "spec", "targetNamespace"),
		texts:     []string{"/spec/valuesContent"},
		unread:    []string{"/spec/valuesSecrets", "/spec/set"},
	}}
}

// valueAt returns the value at a JSON pointer, nil where there is none.
func valueAt(value any, pointer string) any {
	for _, token := range jsonpointer.Tokens(pointer) {
		switch parent := value.(type) {
		case map[string]any:
			value = parent[token]
		case []any:
			i, err := strconv.Atoi(token)
			if err != nil || i < 0 || i >= len(parent) {
				return nil
			}
			value = parent[i]
		default:
			return nil
		}
	}
	return value
}

// objectsOfValues returns the values of linkerd-viz in objects that releases are made from.
func (in Input) objectsOfValues(objects []positioned) []values {
	var all []values
	for _, o := range objects {
		for _, r := range o.releases() {
			v := o.valuesOf(r)
			if v.keys = r.keys(v.all); v.keys == nil {
				continue
			}
			all = append(all, v.merged())
		}
	}
	return all
}

func (o positioned) releases() []release {
	read := releasesOf[o.GroupVersionKind().Group+" "+o.GetKind()]
	if read == nil {
		return nil
	}
	return read(o.Object.Object)
}

// keys is the path to the values of Prometheus; nil where the release is not one of
// linkerd-viz.
func (r release) keys(content map[string]any) []string {
	for _, found := range prometheusKeys(content) {
		if found.like == ofViz && len(found.keys) > 0 {
			return found.keys
		}
	}
	if r.chart == chartName {
		return []string{"prometheus"}
	}
	return nil
}

// valuesOf returns the values that a release gets, without the path to Prometheus'.
func (o positioned) valuesOf(r release) values {
	v := values{object: o.identity(), namespace: cmp.Or(r.namespace, o.GetNamespace())}
	add := func(l layer) {
		l.file, l.document = o.file, o.document
		if len(v.layers) == 0 {
			v.prefix = fieldOf(strings.TrimPrefix(l.pointer, o.Pointer)) + "."
		}
		v.layers = append(v.layers, l)
	}
	for _, at := range r.texts {
		text, isText := valueAt(o.Object.Object, at).(string)
		if !isText {
			continue
		}
		if _, content, _ := readText(text); content != nil {
			add(layer{pointer: o.Pointer + at, inText: true, content: content})
		}
	}
	for _, at := range r.maps {
		if content, isMap := valueAt(o.Object.Object, at).(map[string]any); isMap {
			add(layer{pointer: o.Pointer + at, content: content})
		}
	}
	for _, at := range r.parameters {
		if l := parametersAt(o.Object.Object, at, o.Pointer); len(l.parameters) > 0 {
			add(l)
		}
	}
	for _, at := range r.unread {
		if valueAt(o.Object.Object, at) != nil {
			v.unread = append(v.unread, fieldOf(at))
		}
	}
	if len(v.layers) == 0 {
		v.layers = []layer{{file: o.file, document: o.document, pointer: o.Pointer, content: map[string]any{}}}
	}
	return v.merged()
}

// fieldOf writes a JSON pointer as the path of a field: spec.sources[1].helm.
func fieldOf(pointer string) string {
	path := ""
	for _, token := range jsonpointer.Tokens(pointer) {
		switch {
		case strings.Trim(token, "0123456789") == "":
			path += "[" + token + "]"
		case path == "":
			path = token
		default:
			path += "." + token
		}
	}
	return path
}

// parametersAt reads parameters of Argo CD, which it gives to Helm as --set or --set-string.
func parametersAt(object map[string]any, at, within string) layer {
	l := layer{pointer: within + at, parameters: map[string]string{}, content: map[string]any{}}
	list, _ := valueAt(object, at).([]any)
	for i, element := range list {
		parameter, _ := element.(map[string]any)
		name, value := textAt(parameter, "name"), textAt(parameter, "value")
		parse := strvals.ParseInto
		if forced, _, _ := unstructured.NestedBool(parameter, "forceString"); forced {
			parse = strvals.ParseIntoString
		}
		if name == "" || parse(name+"="+strings.ReplaceAll(value, ",", `\,`), l.content) != nil {
			continue
		}
		pointer := "/" + fieldPath.Replace(indexed.ReplaceAllString(name, "/$1"))
		l.parameters[pointer] = fmt.Sprintf("%s%s/%d/value", within, at, i)
	}
	return l
}

// invalidValues are findings about texts of values that are not valid YAML.
func (in Input) invalidValues(objects []positioned) []lint.Finding {
	var all []lint.Finding
	for _, o := range objects {
		for _, r := range o.releases() {
			for _, at := range r.texts {
				text, isText := valueAt(o.Object.Object, at).(string)
				if !isText || r.chart != chartName && !strings.Contains(text, "sidecarContainers") {
					continue
				}
				_, _, err := readText(text)
				all = append(all, invalidText(o, fieldOf(at), err)...)
			}
		}
	}
	return all
}

func invalidText(o positioned, field string, err error) []lint.Finding {
	object := o.identity()
	object.Key = field
	finding := func(at source.Range, reason, fix string) lint.Finding {
		return lint.Finding{Rule: InvalidYAML, Severity: lint.Error, Message: fmt.Sprintf("the values are not valid YAML: %s", reason), Fix: fix, Reason: unreadable,
			Object: object, Line: at.Start.Line, Column: at.Start.Column, Length: at.Length()}
	}
	var syntax manifest.SyntaxErrors
	switch {
	case err == nil:
		return nil
	case !errors.As(err, &syntax):
		return []lint.Finding{finding(source.Range{}, err.Error(), "")}
	}
	var all []lint.Finding
	for _, e := range syntax {
		all = append(all, finding(e.Range, e.Reason, e.Fix))
	}
	return all
}
