package live

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/linkerd-gcm/linkerd-gcm/e2e/node/images"
	"github.com/linkerd-gcm/linkerd-gcm/e2e/process"
	"github.com/linkerd-gcm/linkerd-gcm/e2e/programs"
	"github.com/linkerd-gcm/linkerd-gcm/internal/checkout"
	"github.com/linkerd-gcm/linkerd-gcm/routes"
)

// TestCommandsOfTheAPIRunAsPrinted runs each command that export api prints through a shell:
// where Linkerd has no policies for Prometheus, and where it has. Nobody is answered with 403
// until all have run. Then the pod of Prometheus refuses whoever is outside of it, and --check
// finds another way.
func TestCommandsOfTheAPIRunAsPrinted(t *testing.T) {
	requireInstalled(t, "curl")
	everybody, some := chartOf(t, "stable-2.11.5/default"), chartOf(t, "version-2.20/default")
	a := newAsker(newUser(t))
	a.awaitReady(a.proxy(a.mesh, "web"))
	before, now := newNamespace(a.user, everybody), newNamespace(a.user, some)
	now.meshed = true
	before.deploy()
	now.deploy()

	t.Run("without policies", func(t *testing.T) {
		a := a.in(t, before)
		a.awaitScrapes()
		a.expectAnswers("", "kubectl port-forward", "curl", "curl", "curl", "kubectl exec", "kubectl get", "curl in a pod")
		a.expectFederation(throughAPIServer, "", "√ Linkerd's policies let in whom the mesh lets in")
	})
	t.Run("with policies", func(t *testing.T) {
		a := a.in(t, now)
		a.addPolicies()
		a.awaitScrapes()
		network := " --network " + a.pod.Status.PodIP + "/32"
		a.expectAnswers(network, "kubectl port-forward", "curl", "curl", "curl", "kubectl exec", "linkerd-gcm apply", "curl in a pod")
		admitted := "√ network " + a.pod.Status.PodIP + "/32 is let in by AuthorizationPolicy " + a.namespace
		a.expectFederation(throughAPIServer, network, admitted)
		a.expectWaysIn(network, admitted)
	})
}

// requireInstalled skips the test, with the reason, where this machine lacks a program. In CI,
// the test fails instead.
func requireInstalled(t *testing.T, program string) {
	t.Helper()
	if _, err := exec.LookPath(program); err != nil {
		const missing = "the program %s is not installed: `make test-packages` installs it (on Debian and Ubuntu)"
		if os.Getenv("CI") == "true" {
			t.Fatalf(missing, program)
		}
		t.Skipf(missing, program)
	}
}

// asker is somebody with a shell who asks linkerd-viz' Prometheus.
type asker struct {
	viz
	// mesh is the namespace of the proxy that is asked about.
	mesh string
	// folder has the programs by the names that people call them.
	folder string
	// pod has a shell and curl.
	pod *corev1.Pod
}

func newAsker(u user) asker {
	u.Helper()
	a := asker{viz: viz{user: u}, mesh: "agora", folder: u.TempDir()}
	for name, program := range map[string]string{"kubectl": programs.Kubectl, "linkerd-gcm": programs.LinkerdGCM} {
		if err := os.Symlink(a.programs[program], filepath.Join(a.folder, name)); err != nil {
			u.Fatal(err)
		}
	}
	u.apply(fmt.Sprintf(`
apiVersion: v1
kind: Pod
metadata: {namespace: default, name: curl}
spec:
  terminationGracePeriodSeconds: 0
  containers: [{name: curl, image: %s}]
`, u.Image(u.T, images.Curl)))
	a.pod = &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: metav1.NamespaceDefault, Name: "curl"}}
	u.awaitReady(a.pod)
	return a
}

// in returns the same for a subtest, and one installation of linkerd-viz.
func (a asker) in(t *testing.T, v viz) asker {
	a.viz = v
	a.T = t
	return a
}

// addPolicies makes Linkerd's policies known to the cluster, and has the Server that the chart
// puts on Prometheus' port.
func (a asker) addPolicies() {
	a.Helper()
	root, err := checkout.Root()
	if err != nil {
		a.Fatal(err)
	}
	kinds, err := os.ReadFile(filepath.Join(root, "e2e", "routes", "testdata", "linkerd-policies.yaml"))
	if err != nil {
		a.Fatal(err)
	}
	a.apply(string(kinds))
	a.kubectl("", "wait", "--for=condition=Established", "--timeout=1m", "crd/servers.policy.linkerd.io")
	a.apply(fmt.Sprintf(`
apiVersion: policy.linkerd.io/v1beta3
kind: Server
metadata: {namespace: %s, name: prometheus-admin}
spec: {podSelector: {matchLabels: {linkerd.io/extension: viz, component: prometheus}}, port: admin, proxyProtocol: HTTP/1}
`, a.namespace))
}

// awaitScrapes waits until Prometheus is ready, and has been for as long as the commands' query
// needs. A range ends in a whole second.
func (a asker) awaitScrapes() {
	a.Helper()
	pod := a.prometheus("is ready", func(pod *corev1.Pod) error {
		if !isReady(pod) {
			return errors.New("it is not")
		}
		return nil
	})
	a.eventually("Prometheus has scraped the proxy twice", func(ctx context.Context) error {
		found, err := a.PrometheusVector(ctx, pod, routes.DefaultQuery, float64(time.Now().Unix()-1))
		for _, sample := range found {
			if string(sample.Metric["namespace"]) == a.mesh && sample.Value > 0 {
				return nil
			}
		}
		return errors.Join(err, fmt.Errorf("it has no rate: %v", found))
	})
}

// expectAnswers runs all that export api prints, as it is printed, and wants the proxy's series
// to be in each answer.
func (a asker) expectAnswers(flags string, kinds ...string) {
	a.Helper()
	port, err := process.FreePort(a.Context())
	if err != nil {
		a.Fatal(err)
	}
	text := a.shell(fmt.Sprintf("linkerd-gcm export api --viz-namespace %s --local-port %d", a.namespace, port) + flags)
	var ran []string
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		words := strings.Fields(line)
		switch {
		case strings.HasSuffix(line, " | kubectl apply -f -"):
			ran = append(ran, "linkerd-gcm apply")
			a.shell(strings.TrimSpace(strings.TrimPrefix(line, "#")))
		case len(words) == 0 || words[0] == "#":
		case slices.Contains(words, "port-forward"):
			ran = append(ran, "kubectl port-forward")
			a.start(line, net.JoinHostPort("localhost", strconv.Itoa(port)))
		case words[0] == "kubectl" && slices.Contains(words, "exec"):
			ran = append(ran, "kubectl exec")
			a.expectSeries(line, a.shell(line))
		case words[0] == "curl" && strings.Contains(line, ".svc.cluster.local"):
			ran = append(ran, "curl in a pod")
			a.expectSeries(line, a.shellInPod(line))
		case words[0] == "curl":
			ran = append(ran, words[0])
			a.expectSeries(line, a.shell(line))
		default:
			ran = append(ran, strings.Join(words[:2], " "))
			a.expectSeries(line, a.shell(line))
		}
	}
	if diff := cmp.Diff(kinds, ran); diff != "" {
		a.Errorf("commands (-want +printed):\n%s\n%s", diff, text)
	}
}

// How Prometheus is asked whether a route works, in the words of --check.
const (
	throughAPIServer = "√ asked through the API server, Prometheus answers "
	insidePod        = "√ asked from inside its pod, Prometheus answers "
)

// expectFederation asks whether the route federation works, and wants Prometheus to answer,
// asked in one way.
func (a asker) expectFederation(how, flags, admitted string) {
	a.Helper()
	out := a.shell("linkerd-gcm export federation --check --viz-namespace " + a.namespace + flags)
	_, counts, answers := strings.Cut(out, how+"with ")
	_, proxies, _ := strings.Cut(counts, "linkerd-proxy ")
	var samples int
	if _, err := fmt.Sscanf(proxies, "%d", &samples); !answers || err != nil || samples < 50 || !strings.Contains(out, admitted) {
		a.Errorf("want %s, and %swith samples of proxies (error %v), the check says:\n%s", admitted, how, err, out)
	}
}

// environment is that of a shell.
func (a asker) environment() []string {
	return []string{"PATH=" + a.folder + string(filepath.ListSeparator) + os.Getenv("PATH"), "KUBECONFIG=" + a.Kubeconfig, "HOME=" + a.folder}
}

// shell runs a command as people do, and returns what it prints.
func (a asker) shell(line string) string {
	a.Helper()
	command := exec.CommandContext(a.Context(), "sh", "-c", line)
	command.Env = a.environment()
	var messages strings.Builder
	command.Stderr = &messages
	out, err := command.Output()
	if err != nil {
		a.Errorf("%s: %v\n%s%s", line, err, out, messages.String())
	}
	return string(out)
}

// shellInPod runs a command in the pod, and returns what it prints.
func (a asker) shellInPod(line string) string {
	a.Helper()
	out, err := a.Exec(a.Context(), a.pod, "curl", "sh", "-c", line)
	if err != nil {
		a.Error(err)
	}
	return out
}

// start runs a command that goes on until the test ends, and returns once something listens at
// the address.
func (a asker) start(line, address string) {
	a.Helper()
	// A shell becomes the only command that it is given, so that this ends it.
	started, err := process.Start(a.Context(), a.folder, "port-forward", "sh", []string{"-c", line}, a.environment()...)
	if err != nil {
		a.Fatal(err)
	}
	a.Cleanup(started.Stop)
	err = started.AwaitReady(a.Context(), func(ctx context.Context) error {
		connection, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
		if err != nil {
			return err
		}
		return connection.Close()
	})
	if err != nil {
		a.Fatal(err)
	}
}

// expectSeries wants an answer of Prometheus to have what the proxy has counted.
func (a asker) expectSeries(line, out string) {
	a.Helper()
	if strings.Contains(line, "/federate?") {
		for sample := range strings.Lines(out) {
			if strings.HasPrefix(sample, "response_total{") && strings.Contains(sample, `namespace="`+a.mesh+`"`) {
				return
			}
		}
		a.Errorf("%s prints no response_total of namespace %s:\n%s", line, a.mesh, out)
		return
	}
	var answer struct {
		Data struct {
			Result []struct {
				Metric map[string]string
				Value  []any   // of query
				Values [][]any // of query_range
			}
		}
	}
	if err := json.Unmarshal([]byte(out), &answer); err != nil {
		a.Errorf("%s prints %v:\n%s", line, err, out)
	}
	want := map[string]string{"namespace": a.mesh, "deployment": "web"}
	for _, result := range answer.Data.Result {
		for _, sample := range append(result.Values, result.Value) {
			if cmp.Equal(want, result.Metric) && len(sample) == 2 && sample[1] != "0" {
				return
			}
		}
	}
	a.Errorf("%s prints no rate of %v:\n%s", line, want, out)
}
