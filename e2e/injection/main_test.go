// Package injection holds the tests of the webhook on a real API server, with
// real Deployments, ReplicaSets and Helm upgrades.
package injection

import (
	"context"
	"errors"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/go-logr/logr"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/linkerd-gcm/linkerd-gcm/e2e/controlplane"
	"github.com/linkerd-gcm/linkerd-gcm/e2e/injector"
	"github.com/linkerd-gcm/linkerd-gcm/e2e/node/cluster"
	"github.com/linkerd-gcm/linkerd-gcm/e2e/programs"
)

// All tests share one API server and one injector. Each has namespaces of its own.
var (
	kubernetes *cluster.Cluster
	gcm        *injector.Injector
)

func TestMain(m *testing.M) {
	code, err := run(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func run(m *testing.M) (code int, err error) {
	log.SetLogger(logr.Discard())
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Minute)
	defer cancel()
	root, err := programs.Root()
	if err != nil {
		return 0, err
	}
	paths, err := programs.Ensure(ctx, root, os.Stderr, append(controlplane.Programs, programs.GCMInjector)...)
	if err != nil {
		return 0, err
	}
	dir, err := os.MkdirTemp("", "injection-")
	if err != nil {
		return 0, fmt.Errorf("making a folder for the control plane: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	plane, err := controlplane.Start(ctx, controlplane.Options{Dir: dir, Programs: paths, Log: os.Stderr})
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, plane.Stop()) }()
	if kubernetes, err = cluster.New(plane.Config(), plane.Kubeconfig()); err != nil {
		return 0, err
	}
	gcm, err = injector.Start(ctx, injector.Options{Cluster: kubernetes, Program: paths[programs.GCMInjector], Dir: dir})
	if err != nil {
		return 0, err
	}
	defer gcm.Stop()
	code = m.Run()
	if code != 0 {
		said, _ := os.ReadFile(gcm.Log())
		fmt.Fprintf(os.Stderr, "the injector's log:\n%s", said)
	}
	return code, nil
}
