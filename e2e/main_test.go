// Package e2e tests linkerd-gcm on a real Kubernetes API server with real controllers. There are no nodes: pods are
// admitted and stored, never run. One control plane serves all tests; each works in namespaces of its own.
package e2e

import (
	"context"
	"fmt"
	"os"
	"testing"

	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"

	"github.com/linkerd-gcm/linkerd-gcm/e2e/controlplane"
	"github.com/linkerd-gcm/linkerd-gcm/e2e/programs"
)

// What all tests share, set before the first one starts. Whoever uses them is a cluster administrator.
var (
	config     *rest.Config
	client     kubernetes.Interface
	kubeconfig string
)

func TestMain(m *testing.M) {
	code, err := runTests(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// runTests runs the tests on a control plane of their own. Its logs are kept when a test fails.
func runTests(m *testing.M) (code int, err error) {
	root, err := programs.Root()
	if err != nil {
		return 0, err
	}
	paths, err := programs.Ensure(context.Background(), root, os.Stderr, controlplane.Programs...)
	if err != nil {
		return 0, err
	}
	dir, err := os.MkdirTemp("", "linkerd-gcm-e2e-")
	if err != nil {
		return 0, fmt.Errorf("making a folder for the control plane: %w", err)
	}
	started, err := controlplane.Start(context.Background(), controlplane.Options{Dir: dir, Programs: paths, Log: os.Stderr})
	if err != nil {
		return 0, err
	}
	config, kubeconfig = started.Config(), started.Kubeconfig()
	if client, err = kubernetes.NewForConfig(config); err != nil {
		return 0, fmt.Errorf("making a client: %w", err)
	}
	code = m.Run()
	if err := started.Stop(); err != nil {
		return code, err
	}
	if code != 0 {
		fmt.Fprintf(os.Stderr, "the control plane's logs are in %s\n", dir)
		return code, nil
	}
	return code, os.RemoveAll(dir)
}
