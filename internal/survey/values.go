package survey

import (
	"encoding/json"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/linkerd-gcm/linkerd-gcm/lint"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
	"github.com/linkerd-gcm/linkerd-gcm/source"
)

// position returns findings of Check with the lines of the values that they are about.
func (n *LiveNamespace) position(findings []lint.Finding) []Positioned {
	texts := map[lint.Object]*source.Text{}
	all := make([]Positioned, 0, len(findings))
	for _, f := range findings {
		if value, overlaid := n.overlay[f.Object.Key]; overlaid && f.Object.Kind == "Namespace" {
			all = append(all, Overlaid(f, value))
			continue
		}
		text := texts[f.Object]
		if text == nil {
			text = source.New([]byte(n.value(f.Object)))
			texts[f.Object] = text
		}
		all = append(all, Positioned{Finding: f, Source: text.Line(f.Line)})
	}
	return all
}

// value returns the text of an object's key, "" where the key has no text.
func (n *LiveNamespace) value(object lint.Object) string {
	key := object.Key
	object.Key = ""
	w, isWorkload := n.workloads[object]
	switch {
	case object.Kind == "Namespace":
		return n.annotations[key]
	case object.Kind == "ConfigMap":
		text, _ := lint.TextOf(n.configMaps[object.Name], key)
		return text
	case isWorkload && strings.HasPrefix(key, settings.Prefix):
		return w.Pod.Annotations[key]
	case isWorkload:
		return fieldOf(w.Pod.Spec, strings.TrimPrefix(key, w.Path+"."))
	}
	return ""
}

// fieldOf returns a text in a pod's spec, such as that of containers[0].args[3].
func fieldOf(spec corev1.PodSpec, path string) string {
	encoded, err := json.Marshal(spec)
	if err != nil {
		return ""
	}
	var value any
	if err := json.Unmarshal(encoded, &value); err != nil {
		return ""
	}
	for _, token := range strings.FieldsFunc(path, func(c rune) bool { return c == '.' || c == '[' || c == ']' }) {
		switch parent := value.(type) {
		case map[string]any:
			value = parent[token]
		case []any:
			i, err := strconv.Atoi(token)
			if err != nil || i >= len(parent) {
				return ""
			}
			value = parent[i]
		}
	}
	text, _ := value.(string)
	return text
}
