// Package e2e tests linkerd-gcm on a real Kubernetes API server with real controllers.
// There are no nodes: pods are admitted and stored, never run. One control plane serves
// all tests; each works in namespaces of its own.
package e2e

import (
	"context"
	"os"
	"testing"

	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"

	"github.com/linkerd-gcm/linkerd-gcm/e2e/testplane"
)

// What all tests share, set before the first one starts. They have the permissions of a
// cluster administrator.
var (
	config     *rest.Config
	client     kubernetes.Interface
	kubeconfig string
)

func TestMain(m *testing.M) {
	os.Exit(testplane.Run(m, nil, setUp))
}

func setUp(_ context.Context, plane testplane.Plane) (tearDown func(failed bool), err error) {
	config, kubeconfig = plane.Cluster.Config, plane.Cluster.Kubeconfig
	client, err = kubernetes.NewForConfig(config)
	return func(bool) {}, err
}
