package main

import (
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	"github.com/linkerd-gcm/linkerd-gcm/internal/golden"
)

// liveServer answers with objects by path, and refuses to read some paths.
type liveServer struct {
	objects   map[string]string // in YAML
	forbidden []string
}

func (l liveServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	text, known := l.objects[r.URL.Path]
	switch {
	case r.Method != http.MethodGet:
		refuse(w, metav1.StatusReasonMethodNotAllowed, http.StatusMethodNotAllowed, "only reading is allowed")
	case slices.Contains(l.forbidden, r.URL.Path):
		refuse(w, metav1.StatusReasonForbidden, http.StatusForbidden, "you may not read that")
	case !known:
		refuse(w, metav1.StatusReasonNotFound, http.StatusNotFound, r.URL.Path+" is not there")
	default:
		body, err := yaml.YAMLToJSON([]byte(text))
		if err != nil {
			refuse(w, metav1.StatusReasonInternalError, http.StatusInternalServerError, err.Error())
			return
		}
		_, _ = w.Write(body)
	}
}

func (l liveServer) start(t *testing.T) string {
	t.Helper()
	return serve(t, l)
}

const (
	liveNamespacePath   = "/api/v1/namespaces/viz"
	liveDeploymentsPath = "/apis/apps/v1/namespaces/viz/deployments"
	livePodsPath        = "/api/v1/namespaces/viz/pods"
	liveInjectorsPath   = "/apis/apps/v1/deployments"
	livePod             = `
metadata: {name: p, labels: {linkerd.io/extension: viz, component: prometheus}}
spec:
  containers:
  - {name: prometheus, args: [--storage.tsdb.path=/data, --storage.tsdb.wal-compression-type=zstd], volumeMounts: [{name: data, mountPath: /data}]}
  volumes: [{name: data, emptyDir: {}}]`
)

// live is a namespace with a problem in each of its objects.
func live() liveServer {
	return liveServer{objects: map[string]string{
		liveNamespacePath: `
apiVersion: v1
kind: Namespace
metadata:
  name: viz
  annotations:
    gcm.linkerd.io/inject: enabled
    gcm.linkerd.io/sidecar: stackdriver
    gcm.linkerd.io/project-id: my-project
    gcm.linkerd.io/location: us-central1
    gcm.linkerd.io/cluster-name: my-cluster
    gcm.linkerd.io/include: "{__name__=~\"linkerd_job:.+\"}\nup{\n"
    gcm.linkerd.io/recording-rules: rules/a_rules.yml`,
		"/api/v1/namespaces/viz/configmaps/linkerd-prometheus-sidecar-config": `
apiVersion: v1
kind: ConfigMap
metadata: {name: linkerd-prometheus-sidecar-config, namespace: viz}
data: {sidecar.yml: "metric_renames:\n- from: linkerd_job:x\n  to: a:b\n"}`,
		liveDeploymentsPath: `
apiVersion: apps/v1
kind: DeploymentList
items:
- metadata: {name: web}
  spec: {template: {metadata: {labels: {app: web}}, spec: {containers: [{name: web}]}}}
- metadata: {name: prometheus}
  spec:
    template:` + strings.ReplaceAll(livePod, "\n", "\n      "),
		livePodsPath:      "apiVersion: v1\nkind: PodList\nitems: [" + strings.ReplaceAll(jsonOf(livePod), "\n", " ") + "]",
		liveInjectorsPath: "apiVersion: apps/v1\nkind: DeploymentList\nitems: [{spec: {template: {spec: {containers: [{args: [--sidecar-image=example.com/stackdriver-prometheus-sidecar:1]}]}}}}]",
	}}
}

func jsonOf(text string) string {
	body, err := yaml.YAMLToJSON([]byte(text))
	if err != nil {
		panic(err)
	}
	return string(body)
}

// notesIn returns the notes of a table.
func notesIn(table string) string {
	var notes strings.Builder
	for line := range strings.Lines(table) {
		if strings.HasPrefix(line, "note: ") {
			notes.WriteString(line)
		}
	}
	return notes.String()
}

func TestLintOfALiveNamespace(t *testing.T) {
	golden.Compare(t, "lint/golden/live.out", execute("", "lint", "--namespace", "viz", "--kubeconfig", live().start(t)).out)
	const deployment, pod = "Deployment viz/prometheus, spec.template.spec.containers[0].args[1]:1:37", "Pod viz/p, spec.containers[0].args[1]:1:37"
	for name, test := range map[string]struct {
		change func(*liveServer)
		args   []string
		code   int
		places []string
		// says are the notes of the result, or the error.
		says string
	}{
		"as it is": {nil, nil, 1, []string{
			"CFG009 " + deployment, "POD005 ConfigMap viz/rules, key a_rules.yml", "REN007 ConfigMap viz/linkerd-prometheus-sidecar-config, key sidecar.yml:3:7",
			"SEL001 Namespace viz, annotation gcm.linkerd.io/include:2:4",
		}, ""},
		"under other annotations": {nil, []string{"--annotation", "include={__name__=~\"linkerd_job:.+\"}", "--annotation", "recording-rules=", "--annotation", "location=?"}, 1, []string{
			"CFG006 --annotation gcm.linkerd.io/location:1:1", "CFG009 " + deployment, "REN007 ConfigMap viz/linkerd-prometheus-sidecar-config, key sidecar.yml:3:7",
		}, ""},
		"without a Deployment": {func(l *liveServer) {
			l.objects[liveDeploymentsPath] = "{apiVersion: apps/v1, kind: DeploymentList, items: []}"
		}, nil, 1,
			[]string{"CFG009 " + pod, "POD005 ConfigMap viz/rules, key a_rules.yml", "REN007 ConfigMap viz/linkerd-prometheus-sidecar-config, key sidecar.yml:3:7", "SEL001 Namespace viz, annotation gcm.linkerd.io/include:2:4"}, ""},
		"where Deployments may not be read": {func(l *liveServer) { l.forbidden = []string{liveDeploymentsPath, liveInjectorsPath} }, []string{"--disable", "SEL001,REN007,POD005"}, 1,
			[]string{"CFG009 " + pod, "SET003 Namespace viz, annotation gcm.linkerd.io/sidecar-image"},
			"note: not checked, the permission is missing: listing Deployments of namespace viz: you may not read that\n" +
				"note: the injector's --sidecar-image and --allowed-sidecar-images are not known, give them with flags of the same names: listing Deployments: you may not read that\n"},
		"where no pods may be read": {func(l *liveServer) { l.forbidden = []string{liveDeploymentsPath, livePodsPath} }, []string{"--disable", "SEL001,REN007,POD005"}, 0, nil,
			"note: not checked, the permission is missing: listing Deployments of namespace viz: you may not read that\n" +
				"note: not checked, the permission is missing: listing pods of namespace viz: you may not read that\n" +
				"note: no pod of Prometheus was found in namespace viz: rules about the pod were not checked\n"},
		"where the injector allows other images": {
			func(l *liveServer) {
				l.objects[liveInjectorsPath] = strings.Replace(l.objects[liveInjectorsPath], "]}]", ", --allowed-sidecar-images=example.com/team/]}]", 1)
			}, []string{"--disable", "SEL001,REN007,POD005,CFG009"}, 1, []string{"POD012 Namespace viz, annotation gcm.linkerd.io/sidecar-image"}, "",
		},
		"where the command line allows the injector's image": {
			func(l *liveServer) {
				l.objects[liveInjectorsPath] = strings.Replace(l.objects[liveInjectorsPath], "]}]", ", --allowed-sidecar-images=example.com/team/]}]", 1)
			}, []string{"--disable", "SEL001,REN007,POD005,CFG009", "--allowed-sidecar-images", "example.com/stackdriver-prometheus-sidecar"}, 0, nil, "",
		},
		"that is not there": {func(l *liveServer) { delete(l.objects, liveNamespacePath) }, nil, 2, nil,
			"linkerd-gcm: reading namespace viz: /api/v1/namespaces/viz is not there\n"},
		"where ConfigMaps may not be read": {func(l *liveServer) {
			l.forbidden = []string{"/api/v1/namespaces/viz/configmaps/rules"}
		}, nil, 2, nil, "linkerd-gcm: reading ConfigMap viz/rules: you may not read that\n"},
	} {
		t.Run(name, func(t *testing.T) {
			server := live()
			if test.change != nil {
				test.change(&server)
			}
			got := execute("", append([]string{"lint", "--namespace", "viz", "--kubeconfig", server.start(t)}, test.args...)...)
			if said := notesIn(got.out) + got.errOut; got.code != test.code || said != test.says {
				t.Errorf("exit code %d, want %d, notes and stderr\n%swant\n%s", got.code, test.code, said, test.says)
			}
			if diff := cmp.Diff(test.places, placesIn(got.out)); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
		})
	}
}

// placesIn are the rules and places of a table, without what is merely worth knowing.
func placesIn(table string) []string {
	var places []string
	rule := ""
	for line := range strings.Lines(table) {
		if head, _, found := strings.Cut(line, "] "); found && strings.HasPrefix(line, "error[") {
			rule = strings.TrimPrefix(head, "error[")
		}
		if _, place, found := strings.Cut(line, "--> "); found && rule != "" {
			places = append(places, rule+" "+strings.TrimSpace(place))
			rule = ""
		}
	}
	slices.Sort(places)
	return places
}

func TestLintWithoutACluster(t *testing.T) {
	got := execute("", "lint", "--namespace", "viz", "--kubeconfig", filepath.Join(t.TempDir(), "none"))
	if got.code != exitUsage || !strings.Contains(got.errOut, "/none, which --kubeconfig names") {
		t.Errorf("exit code %d, stderr %q", got.code, got.errOut)
	}
}
