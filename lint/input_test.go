package lint

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"

	"github.com/linkerd-gcm/linkerd-gcm/settings"
	"github.com/linkerd-gcm/linkerd-gcm/source"
)

func TestSelectorsOfAnAnnotation(t *testing.T) {
	object := Object{Kind: "Namespace", Name: "viz", Key: settings.Include}
	for value, want := range map[string][]Text{
		"":        {},
		" \n\t\n": {},
		"a":       {{Value: "a", Object: object, Position: source.Start}},
		"\n  ä:b  \r\n\n\t{c=\"d\"}": {
			{Value: "ä:b", Object: object, Position: source.Position{Line: 2, Column: 3}},
			{Value: `{c="d"}`, Object: object, Position: source.Position{Line: 4, Column: 2}},
		},
	} {
		got := Selectors(object, value)
		if diff := cmp.Diff(want, got); diff != "" || got == nil {
			t.Errorf("%q (-want +got):\n%s", value, diff)
		}
	}
}

func TestWhoseSelectorsHold(t *testing.T) {
	namespace := Annotated{Object{Kind: "Namespace", Name: "viz"}, map[string]string{settings.Include: "a"}}
	pod := Annotated{Object{Kind: "Pod", Name: "p"}, map[string]string{settings.Include: "b"}}
	nobody := Annotated{Object: namespace.Object}
	googles := Annotated{namespace.Object, map[string]string{settings.SidecarName: string(settings.Stackdriver)}}
	for name, test := range map[string]struct {
		namespace, pod Annotated
		want           []Text
	}{
		"the namespace's":                         {namespace, Annotated{}, []Text{{Value: "a", Object: Object{Kind: "Namespace", Name: "viz", Key: settings.Include}, Position: source.Start}}},
		"the pod's":                               {namespace, pod, []Text{{Value: "b", Object: Object{Kind: "Pod", Name: "p", Key: settings.Include}, Position: source.Start}}},
		"none, where gcm-exporter decides":        {nobody, Annotated{}, nil},
		"Google's default, which has no position": {googles, Annotated{}, []Text{{Value: `{__name__=~"linkerd_job:.+"}`, Object: namespace.Object}}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, FromAnnotations(test.namespace, test.pod, settings.Defaults{}).Include); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestConfigMapsGoWhereTheSettingsSay(t *testing.T) {
	in := Input{Settings: settings.Settings{
		RecordingRules: []settings.ObjectKey{{Name: "one", Key: "a_rules.yml"}, {Name: "one", Key: "b_rules.yml"}, {Name: "two", Key: "c_rules.yml"}},
		SidecarConfig:  settings.ObjectKey{Name: "one", Key: "sidecar.yml"},
	}}
	in.AddConfigMap("viz", "one", &corev1.ConfigMap{
		Data:       map[string]string{"a_rules.yml": "A", "other": "O"},
		BinaryData: map[string][]byte{"sidecar.yml": []byte("S")},
	})
	in.AddConfigMap("viz", "two", nil)
	object := func(name, key string) Object { return Object{"ConfigMap", "viz", name, key} }
	want := Input{
		Settings:      in.Settings,
		RuleFiles:     []Text{{Value: "A", Object: object("one", "a_rules.yml"), Position: source.Start}},
		SidecarConfig: &Text{Value: "S", Object: object("one", "sidecar.yml"), Position: source.Start},
		Missing: []Missing{
			{object("one", "b_rules.yml"), []string{"a_rules.yml", "other", "sidecar.yml"}},
			{object("two", "c_rules.yml"), nil},
		},
	}
	if diff := cmp.Diff(want, in); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestWhetherAllRulesAreAtHand(t *testing.T) {
	whole := Input{
		Settings: settings.Settings{
			PrometheusContainer: "prometheus",
			RecordingRules:      []settings.ObjectKey{{Name: "one", Key: "a_rules.yml"}},
		},
		RuleFiles: []Text{{}},
	}
	mounting := func(container string, paths ...string) Pod {
		c := corev1.Container{Name: container}
		for _, path := range paths {
			c.VolumeMounts = append(c.VolumeMounts, corev1.VolumeMount{MountPath: path})
		}
		return Pod{Spec: &corev1.PodSpec{Containers: []corev1.Container{c}}}
	}
	for name, test := range map[string]struct {
		change func(in *Input)
		pod    Pod
		want   bool
	}{
		"nothing else is mounted":        {pod: mounting("prometheus", "/data", "/etc/prometheus/prometheus.yml"), want: true},
		"ours is mounted":                {pod: mounting("prometheus", "/etc/prometheus/a_rules.yml"), want: true},
		"another file is mounted":        {pod: mounting("prometheus", "/etc/prometheus/b_rules.yaml")},
		"a whole folder is mounted":      {pod: mounting("prometheus", "/etc/prometheus/")},
		"another container mounts rules": {pod: mounting("other", "/etc/prometheus/b_rules.yaml"), want: true},
		"a file is missing":              {change: func(in *Input) { in.RuleFiles = nil }, pod: mounting("prometheus")},
		"annotations are wrong":          {change: func(in *Input) { in.Problems = []settings.Diagnostic{{}} }, pod: mounting("prometheus")},
	} {
		t.Run(name, func(t *testing.T) {
			in := whole
			if test.change != nil {
				test.change(&in)
			}
			if in.SetPod(test.pod); in.RulesComplete != test.want {
				t.Errorf("got %v, want %v", in.RulesComplete, test.want)
			}
		})
	}
}
