package settings

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/linkerd-gcm/linkerd-gcm/exporter/configuration"
)

const image = "registry.example.com/stackdriver-prometheus-sidecar:0.10.1"

func enabled(more ...string) map[string]string {
	annotations := map[string]string{Inject: "enabled", ProjectID: "my-project", SidecarImage: image}
	for i := 0; i < len(more); i += 2 {
		annotations[more[i]] = more[i+1]
	}
	return annotations
}

func defaultSettings(change func(*Settings)) Settings {
	s := Settings{
		Enabled:        true,
		Sidecar:        Stackdriver,
		Destination:    configuration.CloudMonitoring,
		ProjectID:      "my-project",
		Include:        []string{`{__name__=~"linkerd_job:.+"}`},
		RecordingRules: []ObjectKey{{"linkerd-prometheus-recording-rules", "recording_rules.yml"}},
		SidecarConfig:  ObjectKey{"linkerd-prometheus-sidecar-config", "sidecar.yml"},
		SidecarImage:   image,
		Resources: corev1.ResourceRequirements{Requests: corev1.ResourceList{
			cpu: resource.MustParse("10m"), memory: resource.MustParse("64Mi"),
		}},
		LogLevel:            "info",
		LogFormat:           "logfmt",
		MetricsPrefix:       "external.googleapis.com/prometheus",
		PrometheusContainer: "prometheus",
		OnInvalid:           Deny,
	}
	if change != nil {
		change(&s)
	}
	return s
}

func TestParse(t *testing.T) {
	for name, test := range map[string]struct {
		namespace, pod map[string]string
		defaults       Defaults
		want           Settings
	}{
		"the least that injects": {
			namespace: enabled(),
			want:      defaultSettings(nil),
		},
		"the pod's value wins key by key": {
			namespace: enabled(Location, "us-central1", SidecarLogLevel, "debug"),
			pod:       map[string]string{SidecarLogLevel: "warn", Status: "{}"},
			want: defaultSettings(func(s *Settings) {
				s.Location = "us-central1"
				s.LogLevel = "warn"
			}),
		},
		"the pod opts out": {
			namespace: enabled(),
			pod:       map[string]string{Inject: "disabled"},
			want:      defaultSettings(func(s *Settings) { s.Enabled = false }),
		},
		"the injector's image": {
			namespace: map[string]string{Inject: "enabled", ProjectID: "my-project"},
			defaults:  Defaults{SidecarImage: image},
			want:      defaultSettings(nil),
		},
		"selectors, one a line": {
			namespace: enabled(Include, "# the shop's\n  {a=\"b\"}  \r\n\n\t# and more\nfoo # all\n"),
			want:      defaultSettings(func(s *Settings) { s.Include = []string{`{a="b"}`, "foo # all"} }),
		},
		"several rule files and none": {
			namespace: enabled(RecordingRules, "a, b/other_rules.yaml"),
			want: defaultSettings(func(s *Settings) {
				s.RecordingRules = []ObjectKey{{"a", "recording_rules.yml"}, {"b", "other_rules.yaml"}}
			}),
		},
		"no rule files": {
			namespace: enabled(RecordingRules, ""),
			want:      defaultSettings(func(s *Settings) { s.RecordingRules = nil }),
		},
		"credentials": {
			namespace: enabled(CredentialsSecret, "gcm"),
			want:      defaultSettings(func(s *Settings) { s.CredentialsSecret = &ObjectKey{"gcm", "key.json"} }),
		},
		"a default request gives way to a limit below it": {
			namespace: enabled(SidecarMemoryLimit, "32Mi"),
			want: defaultSettings(func(s *Settings) {
				s.Resources.Limits = corev1.ResourceList{memory: resource.MustParse("32Mi")}
				s.Resources.Requests[memory] = resource.MustParse("32Mi")
			}),
		},
	} {
		t.Run(name, func(t *testing.T) {
			got, problems := Parse(test.namespace, test.pod, test.defaults)
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("settings (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff([]Diagnostic(nil), problems); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
		})
	}
}

func TestProblems(t *testing.T) {
	for name, test := range map[string]struct {
		namespace, pod map[string]string
		want           []string
	}{
		"nothing but enabled": {
			namespace: map[string]string{Inject: "enabled"},
			want: []string{
				`annotation gcm.linkerd.io/project-id is missing: set it to the Google Cloud project that is to receive the metrics`,
				`annotation gcm.linkerd.io/sidecar-image is missing: set it, or start the injector with --sidecar-image`,
			},
		},
		"an unknown key suggests the nearest": {
			namespace: enabled(Prefix+"projectid", "x"),
			want:      []string{`annotation gcm.linkerd.io/projectid of the namespace is "x": there is no such annotation; the nearest is gcm.linkerd.io/project-id`},
		},
		"the record does not belong on a namespace": {
			namespace: enabled(Status, "{}"),
			want:      []string{`annotation gcm.linkerd.io/status of the namespace is "{}": the injector writes it on the pods that it injects; remove it here`},
		},
		"every problem at once, each with its place": {
			namespace: enabled(ProjectID, "<MY_PROJECT_ID>", Location, "us-central1,", SidecarImagePullPolicy, "always"),
			pod:       map[string]string{Inject: "on", OnInvalidConfiguration: "ignore"},
			want: []string{
				`annotation gcm.linkerd.io/inject of the pod is "on": want enabled or disabled`,
				`annotation gcm.linkerd.io/project-id of the namespace is "<MY_PROJECT_ID>": want a project ID: 6 to 30 lower case letters, digits and hyphens, starting with a letter (not the project's number or display name)`,
				`annotation gcm.linkerd.io/location of the namespace is "us-central1,": want up to 100 letters, digits, '-', '_', '.' and ':', starting and ending with a letter or digit`,
				`annotation gcm.linkerd.io/sidecar-image-pull-policy of the namespace is "always": want Always, IfNotPresent or Never`,
				`annotation gcm.linkerd.io/on-invalid of the pod is "ignore": want deny or admit`,
			},
		},
		"no selector at all": {
			namespace: enabled(Include, " \n"),
			want:      []string{"annotation gcm.linkerd.io/include of the namespace is \" \\n\": want at least one selector: with none, the sidecar exports every series that Prometheus has"},
		},
		"nothing but a comment": {
			namespace: enabled(Include, "# foo"),
			want:      []string{`annotation gcm.linkerd.io/include of the namespace is "# foo": want at least one selector: with none, the sidecar exports every series that Prometheus has`},
		},
		"rule files that Prometheus would not load or that collide": {
			namespace: enabled(RecordingRules, "a/rules.yml,b,c"),
			want: []string{
				`annotation gcm.linkerd.io/recording-rules of the namespace is "a/rules.yml,b,c": ` +
					`Prometheus would not load "rules.yml": it reads only files that end in _rules.yml or _rules.yaml; rename the key`,
				`annotation gcm.linkerd.io/recording-rules of the namespace is "a/rules.yml,b,c": ` +
					`b/recording_rules.yml and c/recording_rules.yml would both be mounted at /etc/prometheus/recording_rules.yml; rename one of the keys`,
			},
		},
		"as many rule files as may be": {
			namespace: enabled(RecordingRules, manyFiles(MaxRuleFiles)),
		},
		"too many rule files": {
			namespace: enabled(RecordingRules, strings.Repeat("a,", MaxRuleFiles)+"a"),
			want:      []string{`annotation gcm.linkerd.io/recording-rules of the namespace is "` + strings.Repeat("a,", 50) + `…": 101 files are too many, want at most 100; put rules together into fewer`},
		},
		"no object's name": {
			namespace: enabled(SidecarConfig, "My_Config"),
			want: []string{`annotation gcm.linkerd.io/sidecar-config of the namespace is "My_Config": "My_Config" is not an object's name ` +
				`(a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an ` +
				`alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')); write name or name/key`},
		},
		"a value that nobody could read": {
			namespace: enabled(SidecarConfig, strings.Repeat("ä", 101)),
			want: []string{`annotation gcm.linkerd.io/sidecar-config of the namespace is "` + strings.Repeat("ä", 100) + `…": "` + strings.Repeat("ä", 100) + `…" is not an object's name ` +
				`(a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an ` +
				`alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')); write name or name/key`},
		},
		"quantities": {
			namespace: enabled(SidecarCPURequest, "2", SidecarCPULimit, "1", SidecarMemoryRequest, "64m", SidecarMemoryLimit, "-1"),
			want: []string{
				`annotation gcm.linkerd.io/sidecar-memory-request of the namespace is "64m": that is 0.064 bytes: the suffix m means thousandths; want a quantity such as 64Mi`,
				`annotation gcm.linkerd.io/sidecar-memory-limit of the namespace is "-1": want a quantity above zero`,
				`annotation gcm.linkerd.io/sidecar-cpu-request of the namespace is "2": the request is above the limit 1; lower it or raise the limit`,
			},
		},
		"a prefix with a slash at its end": {
			namespace: enabled(MetricsPrefix, "external.googleapis.com/prometheus/"),
			want:      []string{`annotation gcm.linkerd.io/metrics-prefix of the namespace is "external.googleapis.com/prometheus/": want external.googleapis.com/… or custom.googleapis.com/…, with no slash at the end`},
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, problems := Parse(test.namespace, test.pod, Defaults{})
			var got []string
			for _, p := range problems {
				got = append(got, p.String())
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
		})
	}
}

// TestEveryDefaultIsValid holds the table to its own rules.
func TestEveryDefaultIsValid(t *testing.T) {
	for _, a := range Annotations {
		if a.Default == "" {
			continue
		}
		if err := a.set(&Settings{}, a.Default); err != nil {
			t.Errorf("%s: default %q: %v", a.Key, a.Default, err)
		}
	}
}

// manyFiles names a number of rule files.
func manyFiles(n int) string {
	var files []string
	for i := range n {
		files = append(files, fmt.Sprintf("a/%d_rules.yml", i))
	}
	return strings.Join(files, ",")
}
