package check

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/linkerd-gcm/linkerd-gcm/settings"
)

func TestChangedSettings(t *testing.T) {
	for name, test := range map[string]struct {
		before, after map[string]string
		want          []string
	}{
		"nothing": {map[string]string{"location": "a"}, map[string]string{"location": "a"}, nil},
		"a value": {
			map[string]string{"location": "a", "project-id": "p"}, map[string]string{"location": "b", "project-id": "p"},
			[]string{"gcm.linkerd.io/location was a, and is b now"},
		},
		"another ConfigMap, for the default": {
			map[string]string{}, map[string]string{"sidecar-config": "mine/sidecar.yml"},
			[]string{"gcm.linkerd.io/sidecar-config was linkerd-prometheus-sidecar-config/sidecar.yml, and is mine/sidecar.yml now"},
		},
		"no more rules, and a limit": {
			map[string]string{}, map[string]string{"recording-rules": "", "sidecar-memory-limit": "1Gi"},
			[]string{
				"gcm.linkerd.io/recording-rules was linkerd-prometheus-recording-rules/recording_rules.yml, and is not set now",
				"gcm.linkerd.io/sidecar-memory-limit was not set, and is 1Gi now",
			},
		},
		"the injector's default": {
			map[string]string{"sidecar-image": "a:1"}, map[string]string{"sidecar-image": "a:2"},
			[]string{"the sidecar's image was a:1, and is a:2 now"},
		},
		"several lines": {
			map[string]string{"include": "a\nb"}, map[string]string{"include": "a"}, []string{`gcm.linkerd.io/include was a\nb, and is a now`},
		},
		"the sidecar, where only Google's was known": {
			map[string]string{"location": "b"}, map[string]string{"location": "b", "sidecar": "gcm-exporter"},
			[]string{"gcm.linkerd.io/sidecar was stackdriver, and is gcm-exporter now"},
		},
		"Google's as before":           {map[string]string{}, map[string]string{"sidecar": "stackdriver"}, nil},
		"a record of an older version": {nil, map[string]string{"location": "b"}, nil},
	} {
		if diff := cmp.Diff(test.want, changedSettings(test.before, test.after)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestChangedConfigMaps(t *testing.T) {
	for name, test := range map[string]struct {
		before, after map[string]string
		named         string
		optional      bool
		want          []string
	}{
		"one that need not exist":         {nil, map[string]string{"a/k": "1"}, "a", true, []string{"ConfigMap a/k exists now"}},
		"nothing":                         {map[string]string{"a/k": "1"}, map[string]string{"a/k": "1"}, "a", false, nil},
		"one text":                        {map[string]string{"a/k": "1", "b/k": "2"}, map[string]string{"a/k": "1", "b/k": "3"}, "ab", false, []string{"ConfigMap b/k has changed"}},
		"one is gone":                     {map[string]string{"a/k": "1"}, nil, "a", false, []string{"ConfigMap a/k does not exist any more"}},
		"the annotation names another":    {map[string]string{"a/k": "1"}, map[string]string{"b/k": "1"}, "b", false, nil},
		"both, and the other has changed": {map[string]string{"a/k": "1", "c/k": "1"}, map[string]string{"b/k": "1", "c/k": "2"}, "bc", false, []string{"ConfigMap c/k has changed"}},
	} {
		now := settings.Settings{Sidecar: settings.GCMExporter, OptionalRules: test.optional}
		for _, name := range strings.Split(test.named, "") {
			now.RecordingRules = append(now.RecordingRules, settings.ObjectKey{Name: name, Key: "k"})
		}
		if diff := cmp.Diff(test.want, changedConfigMaps(test.before, test.after, now)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
