package lint_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"

	"github.com/google/go-cmp/cmp"

	"github.com/linkerd-gcm/linkerd-gcm/lint"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
	"github.com/linkerd-gcm/linkerd-gcm/source"
)

func text(key, value string) *lint.Text {
	return &lint.Text{Value: value, Object: lint.Object{Kind: "ConfigMap", Namespace: "linkerd-viz", Name: "config", Key: key}, Position: source.Start}
}

// places are the findings of some rules: id, severity and place.
func places(findings []lint.Finding, ids ...string) []string {
	var all []string
	for _, f := range findings {
		for _, id := range ids {
			if strings.HasPrefix(f.Rule, id) {
				all = append(all, fmt.Sprintf("%s %s %d:%d+%d", f.Rule, f.Severity, f.Line, f.Column, f.Length))
			}
		}
	}
	return inOrderOf(all)
}

func inOrderOf(lines []string) []string {
	return slices.Sorted(slices.Values(lines))
}

// byHand is a pod whose sidecar somebody wrote, without a problem.
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

// The annotations that every user has to give, and nothing else.
var annotations = map[string]string{
	settings.Inject: "enabled", settings.ProjectID: "my-project", settings.Location: "us-central1", settings.ClusterName: "my-cluster",
	settings.SidecarImage: "registry.example.com/stackdriver-prometheus-sidecar:0.10.1",
}

// Pieces of the pod by hand, and what stands in their place.
const (
	container  = "containers[1]"
	command    = container + ".command"
	identity   = "securityContext: {runAsUser: 65534, runAsGroup: 65534, runAsNonRoot: true}\n  "
	own        = identity + "resources"
	image      = "image: registry.example.com/stackdriver-prometheus-sidecar:0.10.1"
	ports      = "{name: gcm-admin, containerPort: 9091}"
	requests   = "requests: {cpu: 10m, memory: 64Mi}"
	restricted = "securityContext: {runAsUser: 65534, runAsNonRoot: true, allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}, seccompProfile: {type: RuntimeDefault}}\n  "
)

// podTest is a change of the pod by hand, and what is found then.
type podTest struct{ change, want []string }

func (c podTest) run(t *testing.T) {
	t.Helper()
	if diff := cmp.Diff(c.want, inPod(lint.Checked(t, lint.Input{Pod: changed(t, c.change...)}))); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
}
