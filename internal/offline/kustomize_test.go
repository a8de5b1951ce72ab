package offline

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/linkerd-gcm/linkerd-gcm/inject"
	"github.com/linkerd-gcm/linkerd-gcm/internal/manifest"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
)

// TestHashesOfKustomize lints what stands in a ConfigMap whose name has a hash, at its
// place, and injects nothing that would mount a name which does not exist.
func TestHashesOfKustomize(t *testing.T) {
	const (
		rules  = "kind: ConfigMap\napiVersion: v1\nmetadata: {name: linkerd-prometheus-recording-rules%, namespace: viz}\ndata:\n  recording_rules.yml: |\n    groups: 1\n"
		config = "kind: ConfigMap\napiVersion: v1\nmetadata: {name: linkerd-prometheus-sidecar-config%, namespace: viz}\ndata:\n  sidecar.yml: ''\n"
	)
	prefixed := func(object string) string { return strings.Replace(object, "name: ", "name: prod-", 1) }
	for name, test := range map[string]struct {
		texts []string
		want  []string
		// hint says that a note tells what to do.
		hint     bool
		problems int
	}{
		"where annotations name them": {
			[]string{annotated, strings.Replace(rules, "%", "-7b2hk9m4t6", 1), strings.Replace(config, "%", "-g4hk2f9dmb", 1), pod},
			[]string{"POD005 ConfigMap 1:1:1", "REC001 ConfigMap 1:6:5", "POD005 ConfigMap 2:1:1"}, false, 3,
		},
		"where one is there without": {
			[]string{annotated, strings.Replace(rules, "%", "-7b2hk9m4t6", 1), strings.Replace(rules, "%", "", 1), strings.Replace(config, "%", "", 1), pod},
			[]string{"REC001 ConfigMap 1:6:5", "REC001 ConfigMap 2:6:5"}, true, 1,
		},
		"where there is a prefix": {
			[]string{annotated, strings.Replace(prefixed(rules), "%", "", 1), strings.Replace(prefixed(config), "%", "-v2", 1), pod},
			[]string{"POD005 ConfigMap 1:1:1", "REC001 ConfigMap 1:6:5", "POD005 ConfigMap 2:1:1"}, false, 3,
		},
		"where there are two prefixes": {
			[]string{annotated, strings.Replace(prefixed(rules), "%", "", 1), strings.Replace(rules, "%", "-v2", 1), strings.Replace(config, "%", "", 1)},
			[]string{"REC001 ConfigMap 1:6:5", "REC001 ConfigMap 2:6:5"}, false, 0,
		},
		"where nothing names them": {
			[]string{strings.Replace(rules, "%", "-7b2hk9m4t6", 1)}, []string{"REC001 ConfigMap 0:6:5"}, true, 0,
		},
	} {
		t.Run(name, func(t *testing.T) {
			found, result := lintedTexts(t, nil, test.texts...)
			if diff := cmp.Diff(test.want, found); diff != "" {
				t.Errorf("errors (-want +got):\n%s", diff)
			}
			if notes := strings.Join(result.Notes, "\n"); strings.Contains(notes, "disableNameSuffixHash") != test.hint {
				t.Errorf("notes %s", notes)
			}
			var in Input
			for _, text := range test.texts {
				file, err := manifest.Split("test.yaml", []byte(text))
				if err != nil {
					t.Fatal(err)
				}
				in.Files = append(in.Files, file)
			}
			verdicts, err := in.Decide(t.Context(), settings.Defaults{SidecarImage: "example.com/sidecar:1"}, "v1")
			if err != nil {
				t.Fatal(err)
			}
			for _, v := range verdicts {
				if v.Outcome != inject.Denied || len(v.Problems) != test.problems {
					t.Errorf("%s: %q", v.Outcome, v.Problems)
				}
			}
		})
	}
}

// TestRenamedSecrets finds a Secret whose name kustomize has changed.
func TestRenamedSecrets(t *testing.T) {
	annotated := strings.Replace(annotated, "annotations: {", "annotations: {gcm.linkerd.io/credentials-secret: gcp-key, ", 1)
	for name, want := range map[string][]string{
		"gcp-key":                 nil,
		"gcp-key-7b2hk9m4t6":      {"POD005 Secret 1:1:1"},
		"prod-gcp-key":            {"POD005 Secret 1:1:1"},
		"prod-gcp-key-7b2hk9m4t6": {"POD005 Secret 1:1:1"},
		"other":                   nil,
	} {
		found, _ := lintedTexts(t, nil, annotated, "kind: Secret\napiVersion: v1\nmetadata: {name: "+name+", namespace: viz}\n")
		if diff := cmp.Diff(want, found); diff != "" {
			t.Errorf("%s: errors (-want +got):\n%s", name, diff)
		}
	}
}
