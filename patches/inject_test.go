package patches

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"

	"github.com/linkerd-gcm/linkerd-gcm/internal/golden"
	"github.com/linkerd-gcm/linkerd-gcm/podspec"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
)

const image = "registry.example.com/stackdriver-prometheus-sidecar:0.10.1"

func parse(t *testing.T, more map[string]string) settings.Settings {
	t.Helper()
	annotations := map[string]string{
		settings.Inject: "enabled", settings.ProjectID: "my-project", settings.SidecarImage: image,
		settings.Location: "us-central1", settings.ClusterName: "my-cluster",
	}
	for key, value := range more {
		annotations[key] = value
	}
	s, problems := settings.Parse(annotations, nil, settings.Defaults{})
	if len(problems) > 0 {
		t.Fatalf("settings: %v", problems)
	}
	return s
}

func decode(t *testing.T, text string) *corev1.Pod {
	t.Helper()
	var pod corev1.Pod
	if err := yaml.Unmarshal([]byte(text), &pod); err != nil {
		t.Fatalf("decoding the pod: %v", err)
	}
	return &pod
}

// plain is a pod with what each case needs in the place of the words in capitals.
func plain(replacements ...string) string {
	words := map[string]string{
		"ARGS": "[--storage.tsdb.path=/data]", "MOUNTS": "[{name: data, mountPath: /data}]", "MORE": "ports: []",
		"SPEC": "restartPolicy: Always", "VOLUMES": "[{name: data, emptyDir: {}}]",
	}
	for i := 0; i < len(replacements); i += 2 {
		words[replacements[i]] = replacements[i+1]
	}
	text := `
metadata: {labels: {linkerd.io/extension: viz, component: prometheus}}
spec:
  containers:
  - {name: before, image: b}
  - {name: prometheus, image: p, args: ARGS, volumeMounts: MOUNTS, MORE}
  volumes: VOLUMES
  SPEC
`
	for word, by := range words {
		text = strings.ReplaceAll(text, word, by)
	}
	return text
}

func TestInject(t *testing.T) {
	for name, test := range map[string]struct {
		pod         string
		annotations map[string]string
	}{
		"default": {pod: plain()},
		"no-lists-at-all": {
			pod: `{"metadata":{"annotations":null},"spec":{"volumes":null,"containers":[{"name":"prometheus","args":["--storage.tsdb.path","/data"],"volumeMounts":[{"name":"data","mountPath":"/data/"}]}]}}`,
		},
		"sub-path": {
			pod: plain("ARGS", "[--storage.tsdb.path=/data/tsdb/]",
				"MOUNTS", "[{name: data, mountPath: /data}, {name: tsdb, mountPath: /data/tsdb, subPathExpr: $(POD)/x}]",
				"MORE", "env: [{name: OTHER, value: o}, {name: HOST, value: h}, {name: POD, value: $(HOST)-p}]"),
		},
		"plain-sub-path": {pod: plain("MOUNTS", "[{name: data, mountPath: /data, subPath: prometheus, readOnly: false}]")},
		"several-rule-files": {
			pod:         plain(),
			annotations: map[string]string{settings.RecordingRules: "a/one_rules.yml,b/two_rules.yml,a/three_rules.yaml"},
		},
		"gcm-exporter": {pod: plain(), annotations: map[string]string{settings.SidecarName: "gcm-exporter", settings.SidecarImage: "example.com/linkerd-gcm:v1"}},
		"managed-prometheus": {pod: plain(), annotations: map[string]string{
			settings.SidecarName: "gcm-exporter", settings.SidecarImage: "example.com/linkerd-gcm:v1", settings.Destination: "managed-prometheus",
			settings.Include: "request_total", settings.RecordingRules: "", settings.SidecarConfig: "other/config.yml",
		}},
		"no-rule-files": {pod: plain(), annotations: map[string]string{settings.RecordingRules: ""}},
		"everything-set": {
			pod: plain("ARGS", `["--storage.tsdb.path=/data", "--web.listen-address=:9999", "--web.external-url=https://example.com/prom"]`,
				"SPEC", "securityContext: {runAsUser: 1000, runAsGroup: 2000}",
				"MORE", "securityContext: {runAsUser: 0, seLinuxOptions: {level: 's0:c1'}}"),
			annotations: map[string]string{
				settings.Include:                "{__name__=~\"a$$(b)\"}\nfoo",
				settings.SidecarConfig:          "other/config.yml",
				settings.SidecarImagePullPolicy: "Always",
				settings.SidecarCPULimit:        "1",
				settings.SidecarLogLevel:        "debug",
				settings.SidecarLogFormat:       "json",
				settings.MetricsPrefix:          "custom.googleapis.com/linkerd",
				settings.CredentialsSecret:      "gcm/sa.json",
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := parse(t, test.annotations)
			texts := ConfigMaps{s.SidecarConfig: "metric_renames: []"}
			injection, err := Inject(decode(t, test.pod), s, texts, "v1.2.3")
			if err != nil {
				t.Fatal(err)
			}
			got, err := json.MarshalIndent(injection.Operations, "", "  ")
			if err != nil {
				t.Fatal(err)
			}
			golden.Compare(t, name+".json", string(got)+"\n")
		})
	}
}

func TestUnsuitablePods(t *testing.T) {
	for name, test := range map[string]struct {
		pod     string
		reason  Reason
		message string
	}{
		"another name": {
			pod: `{spec: {containers: [{name: a}, {name: b}]}}`, reason: NoPrometheusContainer,
			message: `the pod has no container "prometheus", only [a b]; name Prometheus' in the annotation gcm.linkerd.io/prometheus-container`,
		},
		"an agent": {
			pod: plain("ARGS", "[--agent]"), reason: podspec.NoWAL,
			message: `container "prometheus" runs Prometheus as an agent, whose log the sidecar cannot follow; run it as a server`,
		},
		"an agent by feature": {pod: plain("ARGS", "[--enable-feature, 'x,agent']"), reason: podspec.NoWAL},
		"a path on no volume": {
			pod: plain("ARGS", "[--storage.tsdb.path=/database]"), reason: podspec.WALNotOnVolume,
			message: `the write-ahead log /database/wal of container "prometheus" is not on a volume, so that no other container can read it; ` +
				`set --storage.tsdb.path to a path on one of the container's volumes (in linkerd-viz' values: prometheus.args)`,
		},
		"no path": {
			pod: plain("ARGS", "[]"), reason: podspec.WALPathUnknown,
			message: `container "prometheus" stores its data at "data/", relative to a working directory that only the image knows; ` +
				`set --storage.tsdb.path to a path on one of the container's volumes (in linkerd-viz' values: prometheus.args)`,
		},
		"a path that the kubelet expands": {pod: plain("ARGS", "['--storage.tsdb.path=/$(A)']"), reason: podspec.WALPathUnknown},
		"a subPathExpr of a variable from elsewhere": {
			pod: plain("MOUNTS", "[{name: data, mountPath: /data, subPathExpr: $(POD)}]"), reason: podspec.WALPathUnknown,
			message: `the volume of container "prometheus" is mounted with subPathExpr "$(POD)", whose variable POD its env does not set; set it there, not through envFrom`,
		},
		"a rule file where one is": {
			pod: plain("MOUNTS", "[{name: data, mountPath: /data}, {name: mine, mountPath: /etc/prometheus/recording_rules.yml}]"), reason: MountPathTaken,
			message: `container "prometheus" mounts volume "mine" at /etc/prometheus/recording_rules.yml already, where the rule file recording_rules.yml belongs; ` +
				`rename the key and name it in the annotation gcm.linkerd.io/recording-rules, set that annotation to "" to mount none, or remove the other mount ` +
				`(in linkerd-viz' values: prometheus.ruleConfigMapMounts)`,
		},
		"a volume of our name": {
			pod: plain("VOLUMES", "[{name: data}, {name: gcm-sidecar-config}]"), reason: VolumeNameTaken,
			message: `the pod has a volume "gcm-sidecar-config" already, but not the container "stackdriver-prometheus-sidecar" that comes with it; rename or remove the volume`,
		},
		"our port": {
			pod: plain("MORE", "ports: [{containerPort: 9091}]"), reason: PortTaken,
			message: `container "prometheus" claims port 9091, on which the sidecar serves its metrics; move it to another port`,
		},
		"the log where the sidecar's configuration is": {
			pod:     plain("ARGS", "[--storage.tsdb.path=/etc/sidecar.yml]", "MOUNTS", "[{name: data, mountPath: /etc/sidecar.yml/}]"),
			reason:  MountPathTaken,
			message: `the write-ahead log is on volume "data" at /etc/sidecar.yml, where the sidecar mounts volume "gcm-sidecar-config"; mount it elsewhere`,
		},
		"the log below the sidecar's configuration": {
			pod:    plain("ARGS", "[--storage.tsdb.path=/etc/sidecar.yml/a]", "MOUNTS", "[{name: data, mountPath: /etc/sidecar.yml/a}]"),
			reason: MountPathTaken,
		},
		"a pod for Windows": {
			pod: plain("SPEC", "os: {name: windows}"), reason: NotLinux,
			message: `the pod's spec.os is "windows", and the sidecar runs on Linux only`,
		},
		"a limit of the pod's memory": {
			pod: plain("SPEC", "resources: {limits: {memory: 1Mi}}"), reason: PodResourcesTooLow,
			message: `the pod's spec.resources give its containers 1Mi of memory, and with the sidecar they request 64Mi; ` +
				`raise the former, or lower the annotation gcm.linkerd.io/sidecar-memory-request`,
		},
		"a request of the pod's CPU that its containers use up": {
			pod:    plain("SPEC", "resources: {requests: {cpu: 20m}, limits: {cpu: 1}}", "MORE", "resources: {limits: {cpu: 11m}}"),
			reason: PodResourcesTooLow,
			message: `the pod's spec.resources give its containers 20m of cpu, and with the sidecar they request 21m; ` +
				`raise the former, or lower the annotation gcm.linkerd.io/sidecar-cpu-request`,
		},
		"a request that a container uses up which starts first and stays": {
			pod:    plain("SPEC", "resources: {requests: {cpu: 20m}, limits: {cpu: 1}}\n  initContainers: [{name: i, restartPolicy: Always, resources: {requests: {cpu: 11m}}}]"),
			reason: PodResourcesTooLow,
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Inject(decode(t, test.pod), parse(t, nil), nil, "v1.2.3")
			var unsuitable *UnsuitablePodError
			if !errors.As(err, &unsuitable) {
				t.Fatalf("want an UnsuitablePodError, got %v", err)
			}
			if unsuitable.Reason != test.reason {
				t.Errorf("reason: want %s, got %s", test.reason, unsuitable.Reason)
			}
			if test.message != "" && unsuitable.Message != test.message {
				t.Errorf("message (-want +got):\n%s", cmp.Diff(test.message, unsuitable.Message))
			}
		})
	}
}

func TestPodResourcesThatSuffice(t *testing.T) {
	for name, spec := range map[string]string{
		"none":                                  "resources: {}",
		"just enough":                           "resources: {requests: {cpu: 10m, memory: 64Mi}, limits: {cpu: 1}}",
		"a container that ends":                 "resources: {requests: {cpu: 20m}}\n  initContainers: [{name: i, resources: {requests: {cpu: 20m}}}]",
		"of resources that the sidecar has not": "resources: {limits: {hugepages-2Mi: 2Mi}}",
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := Inject(decode(t, plain("SPEC", spec)), parse(t, nil), nil, "v1.2.3"); err != nil {
				t.Error(err)
			}
		})
	}
	s := parse(t, map[string]string{settings.SidecarMemoryLimit: "1Gi"})
	var unsuitable *UnsuitablePodError
	_, err := Inject(decode(t, plain("SPEC", "resources: {limits: {memory: 512Mi}}")), s, nil, "v1.2.3")
	want := `the pod's spec.resources limit memory to 512Mi, and the sidecar's limit is 1Gi; raise the former, or lower the latter by the annotation gcm.linkerd.io/sidecar-memory-limit`
	if !errors.As(err, &unsuitable) || unsuitable.Message != want {
		t.Errorf("want %s, got %v", want, err)
	}
}

func TestHashFollowsSettingsAndTexts(t *testing.T) {
	s := parse(t, nil)
	texts := ConfigMaps{s.SidecarConfig: "a", s.RecordingRules[0]: "b"}
	hash := func(s settings.Settings, texts ConfigMaps) string {
		whole, _, err := Hash(s, texts)
		if err != nil {
			t.Fatal(err)
		}
		return whole
	}
	first := hash(s, texts)
	if again := hash(parse(t, nil), ConfigMaps{s.RecordingRules[0]: "b", s.SidecarConfig: "a"}); again != first {
		t.Errorf("the same input hashes to %s and %s", first, again)
	}
	if other := hash(s, ConfigMaps{s.SidecarConfig: "a", s.RecordingRules[0]: "c"}); other == first {
		t.Error("another text has the same hash")
	}
	if other := hash(parse(t, map[string]string{settings.SidecarLogLevel: "debug"}), texts); other == first {
		t.Error("other settings have the same hash")
	}
	if other := hash(parse(t, map[string]string{settings.OnInvalidConfiguration: "admit"}), texts); other != first {
		t.Error("on-invalid changes nothing in the pod, and yet its hash")
	}
}
