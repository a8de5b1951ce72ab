package lint_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/linkerd-gcm/linkerd-gcm/patches"
	"github.com/linkerd-gcm/linkerd-gcm/podspec"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"

	"github.com/linkerd-gcm/linkerd-gcm/lint"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
)

// byHand is a pod whose sidecar somebody wrote, without a fault.
const byHand = `
containers:
- name: prometheus
  image: prom/prometheus:v2.55.1
  args:
  - --storage.tsdb.path=/data
  - --config.file=/etc/prometheus/prometheus.yml
  securityContext: {runAsUser: 65534, runAsGroup: 65534, runAsNonRoot: true}
  ports:
  - {name: admin, containerPort: 9090}
  volumeMounts:
  - {name: data, mountPath: /data}
- name: stackdriver-prometheus-sidecar
  image: registry.example.com/stackdriver-prometheus-sidecar:0.10.1
  command:
  - /bin/stackdriver-prometheus-sidecar
  - --config-file=/etc/sidecar.yml
  - --stackdriver.project-id=my-project
  - --stackdriver.kubernetes.location=us-central1
  - --stackdriver.kubernetes.cluster-name
  - my-cluster
  - --prometheus.wal-directory=/data/wal
  - '--include={__name__=~"linkerd_job:.+"}'
  securityContext: {runAsUser: 65534, runAsGroup: 65534, runAsNonRoot: true}
  resources:
    requests: {cpu: 10m, memory: 64Mi}
  ports:
  - {name: gcm-admin, containerPort: 9091}
  volumeMounts:
  - {name: data, mountPath: /data}
  - {name: sidecar-config, mountPath: /etc/sidecar.yml, subPath: sidecar.yml, readOnly: true}
volumes:
- name: data
  emptyDir: {}
- name: sidecar-config
  configMap: {name: linkerd-prometheus-sidecar-config}
`

// changed is the pod by hand with some texts in place of others.
func changed(t *testing.T, oldAndNew ...string) *lint.Pod {
	t.Helper()
	for i := 0; i < len(oldAndNew); i += 2 {
		if !strings.Contains(byHand, oldAndNew[i]) {
			t.Fatalf("the pod has no %q", oldAndNew[i])
		}
	}
	spec := &corev1.PodSpec{}
	if err := yaml.UnmarshalStrict([]byte(strings.NewReplacer(oldAndNew...).Replace(byHand)), spec); err != nil {
		t.Fatal(err)
	}
	return &lint.Pod{Object: lint.Object{Kind: "Deployment", Namespace: "linkerd-viz", Name: "prometheus"}, Path: "spec.template.spec", Spec: spec}
}

// inPod are the findings about a pod: rule, severity, field and place.
func inPod(findings []lint.Finding) []string {
	var all []string
	for _, f := range findings {
		field := strings.TrimPrefix(f.Object.Key, "spec.template.spec.")
		all = append(all, fmt.Sprintf("%s %s %s %d:%d+%d", f.Rule, f.Severity, field, f.Line, f.Column, f.Length))
	}
	return all
}

func TestFlagsAndFilesOfASidecarAreJudgedWhereTheyStand(t *testing.T) {
	const command, container = "containers[1].command", "containers[1]"
	for name, c := range map[string]struct {
		change []string
		want   []string
	}{
		"without a fault":                         {nil, nil},
		"no config file":                          {[]string{"  - --config-file=/etc/sidecar.yml\n", ""}, []string{"CFG001 warning " + container + " 0:0+0"}},
		"a config file on no volume":              {[]string{"--config-file=/etc/sidecar.yml", "--config-file=/etc/gcm.yml"}, []string{"CFG001 error " + command + "[1] 1:15+12"}},
		"a config file that is a directory":       {[]string{", subPath: sidecar.yml", ""}, []string{"CFG001 error " + command + "[1] 1:15+16"}},
		"a config file that the volume omits":     {[]string{"configMap: {name: linkerd-prometheus-sidecar-config}", "configMap: {name: linkerd-prometheus-sidecar-config, items: [{key: a, path: b}]}"}, []string{"CFG001 error " + command + "[1] 1:15+16"}},
		"no project":                              {[]string{"  - --stackdriver.project-id=my-project\n", ""}, []string{"CFG004 error " + container + " 0:0+0"}},
		"an empty project":                        {[]string{"project-id=my-project", "project-id="}, []string{"CFG004 warning " + command + "[2] 1:26+0"}},
		"a placeholder for the project":           {[]string{"project-id=my-project", "project-id=<MY_PROJECT_ID>"}, []string{"CFG004 error " + command + "[2] 1:26+15"}},
		"a project that the kubelet expands":      {[]string{"project-id=my-project", "project-id=$(PROJECT)"}, nil},
		"a flag given twice":                      {[]string{"  - --stackdriver.project-id=my-project\n", "  - --stackdriver.project-id=my-project\n  - --log.level=info\n  - --log.level=warn\n"}, []string{"CFG004 error " + command + "[4] 1:1+11"}},
		"a misspelt flag":                         {[]string{"--stackdriver.kubernetes.location", "--stackdriver.kubernetes.region"}, []string{"CFG005 warning " + container + " 0:0+0", "CFG004 error " + command + "[3] 1:1+31"}},
		"a cluster's name with a placeholder":     {[]string{"  - my-cluster", "  - <MY_CLUSER_ID>"}, []string{"CFG006 warning " + command + "[5] 1:1+14"}},
		"a comma after the location":              {[]string{"location=us-central1", "location=us-central1,"}, []string{"CFG006 warning " + command + "[3] 1:35+12"}},
		"another directory than the log's":        {[]string{"--prometheus.wal-directory=/data/wal", "--prometheus.wal-directory=/data"}, []string{"CFG008 error " + command + "[6] 1:28+5"}},
		"a directory on no volume":                {[]string{"--prometheus.wal-directory=/data/wal", "--prometheus.wal-directory=/prometheus/wal"}, []string{"CFG008 error " + command + "[6] 1:28+15"}},
		"the same log at another path":            {[]string{"--prometheus.wal-directory=/data/wal", "--prometheus.wal-directory=/prom/wal", "mountPath: /data}\n  - {name: sidecar", "mountPath: /prom}\n  - {name: sidecar"}, nil},
		"no directory":                            {[]string{"  - --prometheus.wal-directory=/data/wal\n", ""}, []string{"CFG008 error " + container + " 0:0+0"}},
		"Prometheus' data on no volume":           {[]string{"--storage.tsdb.path=/data", "--storage.tsdb.path=/prometheus"}, []string{"CFG008 error containers[0] 0:0+0"}},
		"zstd":                                    {[]string{"--config.file=/etc/prometheus/prometheus.yml", "--storage.tsdb.wal-compression-type=zstd"}, []string{"CFG009 error containers[0].args[1] 1:37+4"}},
		"an agent":                                {[]string{"--config.file=/etc/prometheus/prometheus.yml", "--agent"}, []string{"CFG010 error containers[0] 0:0+0"}},
		"a route prefix":                          {[]string{"--config.file=/etc/prometheus/prometheus.yml", "--web.route-prefix=/p"}, []string{"CFG011 error " + container + " 0:0+0"}},
		"a route prefix that the sidecar follows": {[]string{"--config.file=/etc/prometheus/prometheus.yml", "--web.route-prefix=/p", "  - --prometheus.wal", "  - --prometheus.api-address=http://localhost:9090/p\n  - --prometheus.wal"}, nil},
		"a wrong address":                         {[]string{"  - --prometheus.wal", "  - --prometheus.api-address=http://localhost:9090/p\n  - --prometheus.wal"}, []string{"CFG011 error " + command + "[6] 1:26+23"}},
		"Prometheus at the sidecar's port":        {[]string{"--config.file=/etc/prometheus/prometheus.yml", "--web.listen-address=:9091", "  - --prometheus.wal", "  - --prometheus.api-address=http://localhost:9091/\n  - --prometheus.wal"}, []string{"CFG012 error containers[0] 0:0+0"}},
		"another container at the sidecar's port": {[]string{"{name: admin, containerPort: 9090}", "{name: admin, containerPort: 9091}"}, []string{"CFG012 error containers[0].ports[0] 0:0+0"}},
		"a sidecar at another port":               {[]string{"{name: admin, containerPort: 9090}", "{name: admin, containerPort: 9091}", "{name: gcm-admin, containerPort: 9091}", "{name: gcm-admin, containerPort: 9092}", "  - --prometheus.wal", "  - --web.listen-address=:9092\n  - --prometheus.wal"}, nil},
		"a switch that is turned off":             {[]string{"  - --prometheus.wal", "  - --no-web.enable-statusz\n  - --prometheus.wal"}, nil},
		"a prefix with a slash at its end":        {[]string{"  - --prometheus.wal", "  - --stackdriver.metrics-prefix=custom.googleapis.com/a/\n  - --prometheus.wal"}, []string{"CFG013 error " + command + "[6] 1:30+24"}},
		"a shell, whose script nobody reads":      {[]string{"- /bin/stackdriver-prometheus-sidecar\n  - --config-file=/etc/sidecar.yml", "- /bin/sh\n  - -c"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, inPod(lint.Check(lint.Input{Pod: changed(t, c.change...)}).Findings)); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
		})
	}
}

func TestTheConfigurationFileIsJudgedWhereItIsSurprising(t *testing.T) {
	for name, c := range map[string]struct {
		config string
		want   []string
	}{
		"nothing surprising":           {"metric_renames:\n- from: a:b\n  to: a_b\n", nil},
		"an unknown key":               {"metric_renmes: []\n", []string{"CFG002 error 1:1+13"}},
		"an unknown key in an entry":   {"metric_renames:\n- from: a:b\n  to: a_b\n  too: c\n", []string{"CFG002 error 4:3+3"}},
		"a key in capitals":            {"metric_renames:\n- FROM: a:b\n  to: a_b\n", []string{"CFG002 info 2:3+4"}},
		"a key given twice":            {"metric_renames: []\nmetric_renames: []\n", []string{"CFG002 error 1:1+14"}},
		"a second document":            {"metric_renames: []\n---\nmetric_renames: []\n", []string{"CFG002 error 3:1+0"}},
		"an empty file":                {"# nothing yet\n", []string{"CFG002 info 1:1+0"}},
		"a map in place of a list":     {"metric_renames:\n  a:b: c\n", []string{"CFG003 error 2:3+0"}},
		"a tab":                        {"metric_renames:\n- from: a:b\n\tto: a_b\n", []string{"CFG003 error 3:1+0"}},
		"a list in place of the entry": {"metric_renames:\n- [a, b]\n", []string{"CFG003 error 2:3+0"}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, places(lint.Check(lint.Input{SidecarConfig: text("sidecar.yml", c.config)}).Findings, "CFG")); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
		})
	}
}

// The annotations that every user has to give, and nothing else.
var annotations = map[string]string{
	settings.Inject: "enabled", settings.ProjectID: "my-project", settings.Location: "us-central1", settings.ClusterName: "my-cluster",
	settings.SidecarImage: "registry.example.com/stackdriver-prometheus-sidecar:0.10.1",
}

func TestWhatTheInjectorMakesHasNoFinding(t *testing.T) {
	pod := changed(t)
	pod.Spec.Containers = pod.Spec.Containers[:1]
	pod.Spec.Volumes = pod.Spec.Volumes[:1]
	in := lint.FromAnnotations(lint.Annotated{Object: lint.Object{Kind: "Namespace", Name: "linkerd-viz"}, Annotations: annotations}, lint.Annotated{}, settings.Defaults{})
	in.SidecarConfig = text("sidecar.yml", "metric_renames:\n- from: linkerd_job:a\n  to: a\n")
	in.SidecarConfig.Object.Name = settings.DefaultSidecarConfigMap
	in.Pod = pod
	if got := inPod(lint.Check(in).Findings); got != nil {
		t.Errorf("before injection: %q", got)
	}
	prometheus, err := podspec.ReadPrometheus(pod.Spec, &pod.Spec.Containers[0])
	if err != nil {
		t.Fatal(err)
	}
	pod.Spec.Containers = append(pod.Spec.Containers, patches.Container(in.Settings, prometheus))
	pod.Spec.Volumes = append(pod.Spec.Volumes, patches.Volumes(in.Settings)...)
	if got := inPod(lint.Check(in).Findings); got != nil {
		t.Errorf("after injection: %q", got)
	}
	in.SidecarConfig.Object.Name = "another"
	if diff := cmp.Diff([]string{"CFG001 warning containers[1].args[0] 1:15+16"}, inPod(lint.Check(in).Findings)); diff != "" {
		t.Errorf("with another ConfigMap (-want +got):\n%s", diff)
	}
}

func TestAMissingLocationOrClusterIsAWarningAtTheNamespace(t *testing.T) {
	in := lint.FromAnnotations(lint.Annotated{Object: lint.Object{Kind: "Namespace", Name: "linkerd-viz"}, Annotations: map[string]string{
		settings.ProjectID: "my-project", settings.SidecarImage: annotations[settings.SidecarImage],
	}}, lint.Annotated{}, settings.Defaults{})
	want := []string{"CFG005 warning " + settings.ClusterName + " 0:0+0", "CFG005 warning " + settings.Location + " 0:0+0"}
	if diff := cmp.Diff(want, inPod(lint.Check(in).Findings)); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
}

func TestAPodWithoutPrometheusHasNothingToExport(t *testing.T) {
	in := lint.Input{Pod: changed(t), Settings: settings.Settings{Enabled: true, PrometheusContainer: "metrics"}}
	in.Pod.Spec.Containers = in.Pod.Spec.Containers[:1]
	if diff := cmp.Diff([]string{"CFG010 error containers 0:0+0"}, inPod(lint.Check(in).Findings)); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
}
