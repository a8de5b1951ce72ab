package lint

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"

	"github.com/linkerd-gcm/linkerd-gcm/settings"
)

func TestMissingFiles(t *testing.T) {
	in := Input{Settings: settings.Settings{
		RecordingRules: []settings.ObjectKey{{Name: "one", Key: "a_rules.yml"}, {Name: "two", Key: "b_rules.yml"}},
		SidecarConfig:  settings.ObjectKey{Name: "one", Key: "sidecar.yml"},
	}}
	in.AddConfigMap("viz", "one", &corev1.ConfigMap{Data: map[string]string{"a": "", "b": "", "c": "", "d": ""}})
	in.AddConfigMap("viz", "two", nil)
	var got []string
	for _, f := range Checked(t, in) {
		got = append(got, f.String())
	}
	want := []string{
		`POD005: ConfigMap viz/one has no key "a_rules.yml", only [a, b, c and 1 more]; add the key or name another in the annotations`,
		`CFG001: ConfigMap viz/one has no key "sidecar.yml", only [a, b, c and 1 more]; add the key or name another in the annotations`,
		"POD005: ConfigMap viz/two does not exist; create it (linkerd-gcm generate prints one) or name another in the annotations",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
}
