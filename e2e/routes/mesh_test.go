package routes

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/linkerd-gcm/linkerd-gcm/e2e/httpget"
	"github.com/linkerd-gcm/linkerd-gcm/e2e/kubeclient"
	"github.com/linkerd-gcm/linkerd-gcm/e2e/process"
	"github.com/linkerd-gcm/linkerd-gcm/e2e/programs"
	"github.com/linkerd-gcm/linkerd-gcm/e2e/viz"
	"github.com/linkerd-gcm/linkerd-gcm/internal/checkout"
)

// A mesh is linkerd-viz in a namespace, with its Prometheus, and meshed pods that it scrapes.
type mesh struct {
	t         *testing.T
	folder    string
	namespace string
	values    map[string]any
	// number is the third part of the mesh's addresses, and ip that of its Prometheus.
	number int
	ip     string
	mu     sync.Mutex
	// still says that the proxies count nothing any more.
	still bool
	count int
}

// newMesh installs linkerd-viz in a namespace of its own. Each mesh has loopback addresses of
// its own, 127.44.number.x.
func newMesh(t *testing.T, number int) *mesh {
	t.Helper()
	return newMeshIn(t, number, fmt.Sprintf("viz-%d", number))
}

// newMeshIn is newMesh in a namespace that is named.
func newMeshIn(t *testing.T, number int, namespace string) *mesh {
	t.Helper()
	m := &mesh{t: t, number: number, folder: t.TempDir(), namespace: namespace, values: chartValues(t), ip: fmt.Sprintf("127.44.%d.1", number)}
	m.create(&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: m.namespace}})
	m.create(&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: m.shop()}})
	if err := viz.Upgrade(t.Context(), plane.Cluster.Kubeconfig, m.namespace, m.values); err != nil {
		t.Fatal(err)
	}
	for i, name := range []string{"web", "cart"} {
		m.startProxy(name, fmt.Sprintf("127.44.%d.%d", number, i+2))
	}
	m.markPrometheusReady()
	return m
}

// shop is the namespace of the meshed pods.
func (m *mesh) shop() string { return "shop-of-" + m.namespace }

// chartValues are those that give the chart linkerd-viz' scrape jobs.
func chartValues(t *testing.T) map[string]any {
	t.Helper()
	root, err := checkout.Root()
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(root, "internal", "charts", "variants", "default.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var values map[string]any
	if err := yaml.Unmarshal(text, &values); err != nil {
		t.Fatal(err)
	}
	return values
}

func (m *mesh) create(object client.Object) {
	m.t.Helper()
	if err := plane.Cluster.Create(m.t.Context(), object); err != nil {
		m.t.Fatal(err)
	}
}

// running gives a pod the status of one that runs at an address.
func (m *mesh) running(ctx context.Context, pod *corev1.Pod, ip string, ready corev1.ConditionStatus) {
	m.t.Helper()
	before := pod.DeepCopy()
	pod.Status = corev1.PodStatus{
		Phase: corev1.PodRunning, PodIP: ip, PodIPs: []corev1.PodIP{{IP: ip}},
		Conditions: []corev1.PodCondition{{Type: corev1.PodReady, Status: ready}},
	}
	if err := plane.Cluster.Status().Patch(ctx, pod, client.MergeFrom(before)); err != nil {
		m.t.Fatal(err)
	}
}

// markPrometheusReady gives the pod that the controllers have made its address.
func (m *mesh) markPrometheusReady() { m.markPrometheus(corev1.ConditionTrue) }

func (m *mesh) markPrometheus(ready corev1.ConditionStatus) {
	m.t.Helper()
	err := kubeclient.Eventually(m.t.Context(), "Prometheus has a pod", func(ctx context.Context) error {
		pods, err := plane.Cluster.Pods(ctx, m.namespace, map[string]string{"component": "prometheus"})
		if err != nil {
			return err
		}
		if len(pods) != 1 {
			return fmt.Errorf("it has %d", len(pods))
		}
		m.running(ctx, &pods[0], m.ip, ready)
		return nil
	})
	if err != nil {
		m.t.Fatal(err)
	}
}

// startProxy makes a meshed pod whose proxy serves metrics.
func (m *mesh) startProxy(name, ip string) {
	m.t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(m.t.Context(), "tcp", net.JoinHostPort(ip, "4191"))
	if err != nil {
		m.t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(http.HandlerFunc(m.serve))
	server.Listener.Close()
	server.Listener = listener
	server.Start()
	m.t.Cleanup(server.Close)
	no := false
	pod := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: m.shop(), Labels: map[string]string{
			"app": name, "linkerd.io/control-plane-ns": "linkerd", "linkerd.io/proxy-deployment": name, "linkerd.io/workload-ns": m.shop(),
		}, Annotations: map[string]string{"config.linkerd.io/default-inbound-policy": "all-unauthenticated"}},
		Spec: corev1.PodSpec{AutomountServiceAccountToken: &no, Containers: []corev1.Container{
			{Name: "linkerd-proxy", Image: "proxy", Ports: []corev1.ContainerPort{{Name: "linkerd-admin", ContainerPort: 4191}}},
			{Name: "web", Image: "web", Ports: []corev1.ContainerPort{{Name: "http", ContainerPort: 80}}},
		}},
	}
	err = kubeclient.Eventually(m.t.Context(), "a pod can be made", func(ctx context.Context) error { // once there is a service account
		return plane.Cluster.Create(ctx, pod)
	})
	if err != nil {
		m.t.Fatal(err)
	}
	m.running(m.t.Context(), pod, ip, corev1.ConditionTrue)
}

// serve answers one scrape of a proxy.
func (m *mesh) serve(w http.ResponseWriter, _ *http.Request) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.still {
		m.count++
	}
	fmt.Fprintf(w, `# TYPE response_total counter
response_total{direction="inbound",classification="success",status_code="200"} %[1]d
response_total{direction="outbound",classification="failure",status_code="503",dst_service="cart"} 3
# TYPE response_latency_ms histogram
response_latency_ms_bucket{direction="inbound",le="1"} %[1]d
response_latency_ms_bucket{direction="inbound",le="+Inf"} %[1]d
response_latency_ms_sum{direction="inbound"} %[1]d
response_latency_ms_count{direction="inbound"} %[1]d
# TYPE tcp_open_connections gauge
tcp_open_connections{peer="src"} 2
# TYPE outbound_tcp_protocol_connections_total counter
outbound_tcp_protocol_connections_total{protocol="h2"} 9
`, m.count)
}

// freeze lets the proxies count nothing any more.
func (m *mesh) freeze() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.still = true
}

// startViz starts linkerd-viz' Prometheus with the configuration in its ConfigMap and a
// recording rule, but with an interval of a second.
func (m *mesh) startViz() string {
	m.t.Helper()
	var configMap corev1.ConfigMap
	if err := plane.Cluster.Get(m.t.Context(), client.ObjectKey{Namespace: m.namespace, Name: "prometheus-config"}, &configMap); err != nil {
		m.t.Fatal(err)
	}
	var config map[string]any
	if err := yaml.Unmarshal([]byte(configMap.Data["prometheus.yml"]), &config); err != nil {
		m.t.Fatal(err)
	}
	rules := filepath.Join(m.folder, "recorded_rules.yml") // the second has no label job
	if err := os.WriteFile(rules, []byte("groups: [{name: a, rules: [{record: 'pod:responses:sum', expr: 'sum by (job, instance, namespace, pod) (response_total)'}, {record: 'shop:responses:sum', expr: 'sum by (namespace) (response_total)'}]}]"), 0o644); err != nil {
		m.t.Fatal(err)
	}
	config["global"] = map[string]any{"scrape_interval": "1s", "evaluation_interval": "1s"}
	config["rule_files"] = []string{rules}
	address := m.ip + ":9090"
	m.startPrometheus("viz", address, config)
	return address
}

// startPrometheus starts a Prometheus. It discovers pods by the tests' kubeconfig, which
// stands for the service account of its pod.
func (m *mesh) startPrometheus(name, address string, config map[string]any, flags ...string) {
	m.t.Helper()
	jobs, _ := config["scrape_configs"].([]any)
	for _, job := range jobs {
		discoveries, _ := job.(map[string]any)["kubernetes_sd_configs"].([]any)
		for _, d := range discoveries {
			d.(map[string]any)["kubeconfig_file"] = plane.Cluster.Kubeconfig
		}
	}
	text, err := yaml.Marshal(config)
	if err != nil {
		m.t.Fatal(err)
	}
	m.runPrometheus(name, address, text, flags...)
}

// runPrometheus starts a Prometheus with a configuration as it is.
func (m *mesh) runPrometheus(name, address string, config []byte, flags ...string) {
	m.t.Helper()
	file := filepath.Join(m.folder, name+".yml")
	if err := os.WriteFile(file, config, 0o644); err != nil {
		m.t.Fatal(err)
	}
	args := append([]string{"--config.file=" + file, "--storage.tsdb.path=" + filepath.Join(m.folder, name), "--web.listen-address=" + address}, flags...)
	p, err := process.Start(m.t.Context(), filepath.Join(m.folder, "logs"), name, plane.Programs[programs.Prometheus], args)
	if err != nil {
		m.t.Fatal(err)
	}
	m.t.Cleanup(p.Stop)
	m.t.Cleanup(func() { m.showLog(name) })
	if err := p.AwaitReady(m.t.Context(), func(ctx context.Context) error { return httpget.OK(ctx, "http://"+address+"/-/ready") }); err != nil {
		m.t.Fatal(err)
	}
}

// showLog shows the log of a program where the test has failed.
func (m *mesh) showLog(name string) {
	if m.t.Failed() {
		log, err := os.ReadFile(filepath.Join(m.folder, "logs", name+".log"))
		m.t.Logf("%s: %s %v", name, log, err)
	}
}

// series are the last values of all series that a selector matches, by their labels.
func series(ctx context.Context, address, selector string) (map[string]string, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/api/v1/query?query="+url.QueryEscape(selector), nil)
	if err != nil {
		return nil, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	var answer struct {
		Error string
		Data  struct {
			Result []struct {
				Metric map[string]string
				Value  [2]any
			}
		}
	}
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		return nil, err
	}
	if answer.Error != "" {
		return nil, fmt.Errorf("asking for %s: %s", selector, answer.Error)
	}
	all := map[string]string{}
	for _, s := range answer.Data.Result {
		labels, err := json.Marshal(s.Metric)
		if err != nil {
			return nil, err
		}
		all[string(labels)] = fmt.Sprint(s.Value[1])
	}
	return all, nil
}

// expectSame waits until two Prometheus have the same series of this mesh, those of the
// proxies with the same values. What a scrape itself measures differs from one to the next,
// and is left out. The other meshes of the API server are seen for as long as they live.
func (m *mesh) expectSame(what, from, to, selector string, change func(map[string]string) map[string]string) {
	m.t.Helper()
	selector = strings.Replace(selector, "}", fmt.Sprintf(`,__name__!~"up|scrape_.*",instance=~"127[.]44[.]%d[.].*"}`, m.number), 1)
	err := kubeclient.Eventually(m.t.Context(), what, func(ctx context.Context) error {
		want, err := series(ctx, from, selector)
		if err != nil {
			return err
		}
		got, err := series(ctx, to, selector)
		if err != nil {
			return err
		}
		if len(want) < 10 {
			return fmt.Errorf("there are %d series to compare with", len(want))
		}
		if change != nil {
			want = change(want)
		}
		for _, all := range []map[string]string{want, got} {
			for labels := range all {
				if !strings.Contains(labels, `"job":"linkerd-proxy"`) {
					all[labels] = "" // Prometheus' own metrics, which do not stand still
				}
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			return errors.New("series differ (-want +got):\n" + diff)
		}
		return nil
	})
	if err != nil {
		m.t.Error(err)
	}
}

// shell runs a command as people do.
func (m *mesh) shell(command string) (string, error) {
	m.t.Helper()
	out, err := m.run("", "sh", "-c", command)
	if err != nil {
		err = fmt.Errorf("%s: %w", command, err)
	}
	return out, err
}

// run runs a program with what people have, and with a text on its stdin.
func (m *mesh) run(stdin, name string, args ...string) (string, error) {
	m.t.Helper()
	cmd := exec.CommandContext(m.t.Context(), name, args...)
	cmd.Dir = m.folder
	cmd.Env = []string{"PATH=" + commands + ":" + os.Getenv("PATH"), "KUBECONFIG=" + plane.Cluster.Kubeconfig, "HOME=" + m.folder}
	cmd.Stdin = strings.NewReader(stdin)
	var errOut strings.Builder
	cmd.Stderr = &errOut
	out, err := cmd.Output()
	if err != nil {
		err = fmt.Errorf("%w\n%s", err, errOut.String())
	}
	return string(out), err
}

// printed runs a command and returns what it prints.
func (m *mesh) printed(command string) string {
	m.t.Helper()
	out, err := m.shell(command)
	if err != nil {
		m.t.Fatal(err)
	}
	return out
}

// scrapeConfigs reads a printed list of scrape jobs.
func (m *mesh) scrapeConfigs(text string) map[string]any {
	m.t.Helper()
	var jobs []any
	if err := yaml.Unmarshal([]byte(text), &jobs); err != nil {
		m.t.Fatalf("%v in\n%s", err, text)
	}
	return map[string]any{"scrape_configs": jobs}
}
