package offline

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/linkerd-gcm/linkerd-gcm/internal/manifest"
)

// bareKeys are top-level keys of files that are not objects, but the texts of keys of
// ConfigMaps, and the flags by which to check these.
var bareKeys = []struct{ key, what, flag string }{
	{"groups", "recording rules", rulesFlag},
	{"metric_renames", "a configuration of the sidecar", configFlag},
	{"static_metadata", "a configuration of the sidecar", configFlag},
	{"aggregated_counters", "a configuration of the sidecar", configFlag},
}

// notLookedAt says what has to do with the export, or may have, and was not looked at.
func (in Input) notLookedAt(objects []positioned) []string {
	var notes []string
	for _, file := range in.Files {
		for _, document := range file.Documents {
			var content map[string]any
			if json.Unmarshal(document.JSON, &content) == nil && content["kind"] == nil {
				notes = append(notes, ofBareFile(file.Name, content)...)
			}
		}
	}
	for _, o := range objects {
		if note := o.notLookedAt(); note != "" {
			notes = append(notes, o.place()+" "+note)
		}
	}
	return notes
}

// ofBareFile is what notLookedAt says of a document that is not an object.
func ofBareFile(name string, content map[string]any) []string {
	base := filepath.Base(name)
	if base == manifest.ChartFile && content["apiVersion"] != nil {
		return []string{fmt.Sprintf("the templates of the chart in %s were not looked at; check what they render: helm template %[1]s | linkerd-gcm lint -f -", filepath.Dir(name))}
	}
	if slices.Contains([]string{"kustomization.yaml", "kustomization.yml", "Kustomization"}, base) {
		return []string{name + " " + ofKustomization(name)}
	}
	i := slices.IndexFunc(bareKeys, func(b struct{ key, what, flag string }) bool { return content[b.key] != nil })
	if i < 0 {
		return nil
	}
	return []string{fmt.Sprintf("%s looks like %s, but is not an object: it was not checked; give it with %s", name, bareKeys[i].what, bareKeys[i].flag)}
}

func ofKustomization(name string) string {
	return fmt.Sprintf("changes what other files say, and was not applied; check what it builds: kustomize build %s | linkerd-gcm lint -f -", filepath.Dir(name))
}

// notLookedAt is what is said of an object that was not looked at; "" where nothing is.
func (o positioned) notLookedAt() string {
	group := o.GroupVersionKind().Group
	switch {
	case o.GetKind() == "PrometheusRule" && group == "monitoring.coreos.com":
		return fmt.Sprintf("was not checked: linkerd-viz' Prometheus does not load a PrometheusRule, only the Prometheus Operator does; put its groups into a ConfigMap, and check them with %s %s",
			rulesFlag, o.files[o.file].Name)
	case o.GetKind() == "Kustomization" && group == "kustomize.config.k8s.io":
		return ofKustomization(o.files[o.file].Name)
	case o.GetKind() == "ApplicationSet" && group == "argoproj.io":
		return "was not looked into; check the Applications that it generates"
	}
	if pointer, found := unknownPod(o.Object); found {
		return fmt.Sprintf("has a pod of linkerd-viz' Prometheus at %s, where no kind that is known has one: it was neither checked nor injected", fieldOf(pointer))
	}
	return ""
}
