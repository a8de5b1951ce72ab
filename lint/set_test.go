package lint

import (
	"testing"

	"github.com/linkerd-gcm/linkerd-gcm/settings"
)

func TestAnnotations(t *testing.T) {
	for name, test := range map[string]struct {
		namespace, pod map[string]string
		want           []string
	}{
		"what is missing stands nowhere": {
			namespace: map[string]string{settings.Inject: "enabled"},
			want: []string{
				"CFG004 error gcm.linkerd.io/project-id:0:0+0 annotation gcm.linkerd.io/project-id is missing: set it to the Google Cloud project that is to receive the metrics",
				"SET003 error gcm.linkerd.io/sidecar-image:0:0+0 annotation gcm.linkerd.io/sidecar-image is missing: set it, or start the injector with --sidecar-image",
			},
		},
		"each under its rule": {
			namespace: map[string]string{
				"gcm.linkerd.io/projectid": "x", settings.SidecarName: string(settings.Stackdriver), settings.Location: "<LOCATION>", settings.MetricsPrefix: "prometheus", settings.SidecarImagePullPolicy: "always",
				settings.RecordingRules: "a/rules.yml, b, c", settings.Include: " ", settings.SidecarLogLevel: "loud",
			},
			want: []string{
				`SEL007 error gcm.linkerd.io/include:1:1+1 annotation gcm.linkerd.io/include of the namespace is " ": want at least one selector: with none, the sidecar exports every series that Prometheus has`,
				`CFG006 error gcm.linkerd.io/location:1:1+10 annotation gcm.linkerd.io/location of the namespace is "<LOCATION>": want up to 100 letters, digits, '-', '_', '.' and ':', starting and ending with a letter or digit`,
				`CFG013 error gcm.linkerd.io/metrics-prefix:1:1+10 annotation gcm.linkerd.io/metrics-prefix of the namespace is "prometheus": want external.googleapis.com/… or custom.googleapis.com/…, with no slash at the end`,
				`SET001 error gcm.linkerd.io/projectid:1:1+1 annotation gcm.linkerd.io/projectid of the namespace is "x": there is no such annotation; the nearest is gcm.linkerd.io/project-id`,
				`REC018 error gcm.linkerd.io/recording-rules:1:1+11 annotation gcm.linkerd.io/recording-rules of the namespace is "a/rules.yml, b, c": Prometheus would not load "rules.yml": it reads only files that end in _rules.yml or _rules.yaml; rename the key`,
				`SET004 error gcm.linkerd.io/recording-rules:1:17+1 annotation gcm.linkerd.io/recording-rules of the namespace is "a/rules.yml, b, c": b/recording_rules.yml and c/recording_rules.yml would both be mounted at /etc/prometheus/recording_rules.yml; rename one of the keys`,
				`POD004 error gcm.linkerd.io/sidecar-image-pull-policy:1:1+6 annotation gcm.linkerd.io/sidecar-image-pull-policy of the namespace is "always": want Always, IfNotPresent or Never`,
				`SET002 error gcm.linkerd.io/sidecar-log-level:1:1+4 annotation gcm.linkerd.io/sidecar-log-level of the namespace is "loud": want debug, info, warn or error`,
			},
		},
		"an image whose name does not tell": {
			namespace: map[string]string{settings.Inject: "enabled", settings.ProjectID: "my-project", settings.Location: "us-central1", settings.ClusterName: "my-cluster", settings.SidecarImage: "registry.example.com/sps:0.10.1"},
			want:      []string{"SET005 warning gcm.linkerd.io/sidecar-image:1:1+31 image registry.example.com/sps:0.10.1 may have either sidecar, and gcm-exporter is assumed"},
		},
		"one that an annotation tells": {
			namespace: map[string]string{settings.Inject: "enabled", settings.ProjectID: "my-project", settings.Location: "us-central1",
				settings.ClusterName: "my-cluster", settings.SidecarImage: "registry.example.com/sps:0.10.1", settings.SidecarName: "gcm-exporter"},
		},
		"the pod's own": {
			pod:  map[string]string{settings.Inject: "on", settings.Include: recorded + "\n  {"},
			want: []string{`SEL001 error gcm.linkerd.io/include:2:4+0 selector {: unexpected end of input inside braces`, `SET002 error gcm.linkerd.io/inject:1:1+2 annotation gcm.linkerd.io/inject of the pod is "on": want enabled or disabled`},
		},
	} {
		t.Run(name, func(t *testing.T) {
			namespace := Annotated{Object{Kind: "Namespace", Name: "viz"}, test.namespace}
			pod := Annotated{Object{Kind: "Pod", Namespace: "viz", Name: "prometheus"}, test.pod}
			expect(t, FromAnnotations(namespace, pod, settings.Defaults{}), test.want)
		})
	}
}
