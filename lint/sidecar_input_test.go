package lint_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"

	"github.com/linkerd-gcm/linkerd-gcm/lint"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
)

func TestWhichFilesAPodWithItsOwnSidecarReads(t *testing.T) {
	const volumes = `
volumes:
- {name: rules, configMap: {name: rules}}
- {name: renamed, configMap: {name: others, items: [{key: raw, path: b_rules.yml}]}}
- {name: config, configMap: {name: sidecar}}
- {name: data, emptyDir: {}}
`
	prometheus := func(mounts string) string {
		return "- name: prometheus\n  volumeMounts: [{name: data, mountPath: /data}" + mounts + "]\n"
	}
	own := func(args, mounts string) string {
		return "- name: stackdriver-prometheus-sidecar\n  args: [" + args + "]\n  volumeMounts: [" + mounts + "]\n"
	}
	type files struct {
		Rules  []settings.ObjectKey
		Config settings.ObjectKey
	}
	key := func(name, key string) settings.ObjectKey { return settings.ObjectKey{Name: name, Key: key} }
	for name, test := range map[string]struct {
		containers string
		want       files
	}{
		"with subPath": {
			prometheus(", {name: rules, mountPath: /etc/prometheus/a_rules.yml, subPath: a_rules.yml}") + own("--config-file=/etc/sidecar.yml", "{name: config, mountPath: /etc/sidecar.yml, subPath: s.yml}"),
			files{[]settings.ObjectKey{key("rules", "a_rules.yml")}, key("sidecar", "s.yml")},
		},
		"of a directory": {
			prometheus("") + own("--config-file, /etc/gcm/sidecar.yml", "{name: config, mountPath: /etc/gcm/}"),
			files{nil, key("sidecar", "sidecar.yml")},
		},
		"under another name": {
			prometheus(", {name: renamed, mountPath: /etc/prometheus/c_rules.yml, subPath: b_rules.yml}") + own("", ""),
			files{[]settings.ObjectKey{key("others", "raw")}, settings.ObjectKey{}},
		},
		"that the volume does not have": {
			prometheus(", {name: renamed, mountPath: /etc/prometheus/c_rules.yml, subPath: no_rules.yml}") + own("--config-file=/data/x", "{name: data, mountPath: /data}"),
			files{},
		},
		"that Prometheus ignores": {
			prometheus(", {name: config, mountPath: /etc/prometheus/sidecar.yml, subPath: sidecar.yml}") + own("--config-file=/etc/none.yml", ""),
			files{},
		},
	} {
		t.Run(name, func(t *testing.T) {
			spec := &corev1.PodSpec{}
			if err := yaml.UnmarshalStrict([]byte("containers:\n"+test.containers+volumes), spec); err != nil {
				t.Fatal(err)
			}
			in, found := lint.FromPod(lint.Pod{Path: "spec", Spec: spec})
			if diff := cmp.Diff(test.want, files{in.Settings.RecordingRules, in.Settings.SidecarConfig}); diff != "" || !found || in.Include != nil || in.Settings.Enabled {
				t.Errorf("found %v, include %v, files (-want +got):\n%s", found, in.Include, diff)
			}
		})
	}
	if _, found := lint.FromPod(lint.Pod{Spec: &corev1.PodSpec{Containers: []corev1.Container{{Name: "prometheus"}}}}); found {
		t.Error("a pod without a sidecar has one")
	}
}
