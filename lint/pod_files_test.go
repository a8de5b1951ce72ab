package lint

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

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

func TestAConfigMapUnderAnotherName(t *testing.T) {
	in := Input{Settings: settings.Settings{Enabled: true, RecordingRules: []settings.ObjectKey{{Name: "rules", Key: "a_rules.yml"}}}}
	in.AddConfigMap("viz", "rules", &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "rules-7b2hk9m4t6"}, Data: map[string]string{"a_rules.yml": "groups: 1"}})
	want := []string{
		"POD005 error :0:0+0 the annotations name ConfigMap rules, but kustomize has appended a hash to its name: in the input it is rules-7b2hk9m4t6",
		"REC001 error a_rules.yml:1:1+0 Prometheus does not load the file: cannot unmarshal the number `1` into a list of groups",
	}
	expect(t, in, want)
}
