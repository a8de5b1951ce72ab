// Package load holds the tests of the injector under load and under attack, on a real
// API server: the pods that it must not lose, the memory that it must not exceed, and
// what happens while the API server is slow or away, and while replicas end.
package load

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/linkerd-gcm/linkerd-gcm/e2e/injector"
	"github.com/linkerd-gcm/linkerd-gcm/e2e/kubeclient"
	"github.com/linkerd-gcm/linkerd-gcm/e2e/programs"
	"github.com/linkerd-gcm/linkerd-gcm/e2e/testplane"
)

// What all tests share. They run one after the other, since each wants the processors.
var (
	plane      testplane.Plane
	kubernetes *kubeclient.Cluster
	// service is what the API server calls.
	service *balancer
	// gcm is the injector that is behind service, unless a test puts others there. It
	// leads, since it is there first.
	gcm *injector.Injector
)

func TestMain(m *testing.M) {
	os.Exit(testplane.Run(m, []string{programs.GCMInjector, programs.LinkerdGCM}, setUp))
}

func setUp(ctx context.Context, started testplane.Plane) (tearDown func(failed bool), err error) {
	plane, kubernetes = started, started.Cluster
	if service, err = newBalancer(ctx); err != nil {
		return nil, err
	}
	if gcm, err = injector.New(ctx, options("gcm")); err != nil {
		return nil, err
	}
	service.prefer(gcm)
	if err := gcm.Start(ctx); err != nil {
		return nil, err
	}
	return func(failed bool) {
		gcm.Stop()
		service.close()
		if failed {
			gcm.PrintLog(os.Stderr)
		}
	}, nil
}

// options are those of an injector with a name of its own, with the memory that the
// chart gives it.
func options(name string) injector.Options {
	return injector.Options{
		Cluster: kubernetes, Program: plane.Programs[programs.GCMInjector], Dir: filepath.Join(plane.Dir, name),
		CalledAt: service.address(), Environment: []string{"GOMEMLIMIT=241591910"},
	}
}
