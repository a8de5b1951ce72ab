// Package injection holds the tests of the webhook on a real API server, with real
// Deployments, ReplicaSets and Helm upgrades. No container runs: package live has the
// tests that need that.
package injection

import (
	"context"
	"os"
	"testing"

	"github.com/linkerd-gcm/linkerd-gcm/e2e/injector"
	"github.com/linkerd-gcm/linkerd-gcm/e2e/kubeclient"
	"github.com/linkerd-gcm/linkerd-gcm/e2e/programs"
	"github.com/linkerd-gcm/linkerd-gcm/e2e/testplane"
)

// All tests share one API server and one injector. Each has namespaces of its own.
var (
	kubernetes *kubeclient.Cluster
	gcm        *injector.Injector
)

func TestMain(m *testing.M) {
	os.Exit(testplane.Run(m, []string{programs.GCMInjector}, setUp))
}

// setUp starts the injector.
func setUp(ctx context.Context, plane testplane.Plane) (tearDown func(failed bool), err error) {
	kubernetes = plane.Cluster
	gcm, err = injector.Start(ctx, injector.Options{
		Cluster: kubernetes, Program: plane.Programs[programs.GCMInjector], Dir: plane.Dir,
	})
	if err != nil {
		return nil, err
	}
	return func(failed bool) {
		gcm.Stop()
		if failed {
			gcm.PrintLog(os.Stderr)
		}
	}, nil
}
