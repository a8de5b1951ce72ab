//go:build linux

package sandbox

import (
	"cmp"
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"

	"github.com/linkerd-gcm/linkerd-gcm/e2e/httpget"
	"github.com/linkerd-gcm/linkerd-gcm/e2e/programs"
)

// BuiltPrograms names the programs of a node that are built from Go modules, for package
// programs.
var BuiltPrograms = []string{
	programs.Etcd, programs.KubeAPIServer, programs.KubeControllerManager,
	programs.KubeScheduler, programs.Kubelet, programs.KubeProxy, programs.CoreDNS,
}

// program is one of the node's programs outside the control plane.
type program struct {
	name   string
	path   string
	args   []string
	user   string // for the API server
	groups []string
	ready  func(context.Context) error
}

// kubeconfig returns the path of the program's own kubeconfig.
func (p program) kubeconfig() string { return kubeconfigOf(p.name) }

func kubeconfigOf(name string) string { return filepath.Join(configFolder, name+".kubeconfig") }

func built(name string) string { return filepath.Join(programFolder, name) }

func config(name string) string { return filepath.Join(configFolder, name) }

var (
	containerd = program{
		name: "containerd",
		path: "/usr/bin/containerd",
		args: []string{"--config", config("containerd.toml")},
		ready: func(ctx context.Context) error {
			return exec.CommandContext(ctx, "ctr", "version").Run()
		},
	}
	kubelet = program{
		name: programs.Kubelet,
		path: built(programs.Kubelet),
		args: []string{
			"--config=" + config("kubelet.yaml"),
			"--kubeconfig=" + kubeconfigOf(programs.Kubelet),
			"--cert-dir=/var/lib/kubelet/pki",
			"--hostname-override=" + NodeName,
			"--node-ip=" + nodeAddress,
			"--v=2",
		},
		user:   "system:node:" + NodeName,
		groups: []string{"system:nodes"},
		ready:  healthy("http://127.0.0.1:10248/healthz"),
	}
	scheduler = program{
		name:  programs.KubeScheduler,
		path:  built(programs.KubeScheduler),
		args:  []string{"--kubeconfig=" + kubeconfigOf(programs.KubeScheduler), "--leader-elect=false", "--secure-port=0"},
		user:  "system:kube-scheduler",
		ready: func(context.Context) error { return nil }, // It has no health check.
	}
	proxy = program{
		name:  programs.KubeProxy,
		path:  built(programs.KubeProxy),
		args:  []string{"--config=" + config("kube-proxy.yaml")},
		user:  "system:kube-proxy",
		ready: healthy("http://127.0.0.1:10256/healthz"),
	}
	dns = program{
		name:   programs.CoreDNS,
		path:   built(programs.CoreDNS),
		args:   []string{"-conf", config("Corefile")},
		user:   "coredns",
		groups: []string{"system:masters"},
		ready:  healthy("http://127.0.0.1:8181/ready"),
	}
)

// builtPrograms returns the paths of the built programs in the sandbox.
func builtPrograms() map[string]string {
	paths := map[string]string{}
	for _, name := range BuiltPrograms {
		paths[name] = built(name)
	}
	return paths
}

// healthy returns a check that succeeds if the address answers with status 200.
func healthy(address string) func(context.Context) error {
	return func(ctx context.Context) error { return httpget.OK(ctx, address) }
}

// awaitNode returns once pods can be scheduled on the node.
func awaitNode(ctx context.Context, admin *rest.Config) error {
	const timeout = 2 * time.Minute
	client, err := kubernetes.NewForConfig(admin)
	if err != nil {
		return fmt.Errorf("making a client: %w", err)
	}
	var last error
	err = wait.PollUntilContextTimeout(ctx, 50*time.Millisecond, timeout, true, func(ctx context.Context) (bool, error) {
		node, err := client.CoreV1().Nodes().Get(ctx, NodeName, metav1.GetOptions{})
		last = err
		return err == nil && ready(node), nil
	})
	if err != nil {
		return fmt.Errorf("the node was not ready within %s (last error: %w); see the kubelet's log", timeout, cmp.Or(last, err))
	}
	return nil
}

// ready reports whether pods can be scheduled on the node.
func ready(node *corev1.Node) bool {
	if len(node.Spec.Taints) > 0 {
		return false
	}
	for _, condition := range node.Status.Conditions {
		if condition.Type == corev1.NodeReady {
			return condition.Status == corev1.ConditionTrue
		}
	}
	return false
}
