// Package check holds the tests of linkerd-gcm check on a real API server: what it
// says of healthy clusters, and of those that lack something. There are no nodes:
// the tests write the status of pods that kubelet would write.
package check

import (
	"context"
	"errors"
	"flag"
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

var update = flag.Bool("update", false, "write golden files instead of comparing them")

// What all tests share. They run one after the other, since check looks at the
// whole cluster.
var (
	kubernetes *cluster.Cluster
	gcm        *injector.Injector
	linkerdGCM string
	// before is what check says of a cluster without linkerd-gcm, by form.
	before map[string]outcome
)

func TestMain(m *testing.M) {
	code, err := run(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// checkBefore runs check on a cluster in which there is nothing yet.
func checkBefore(ctx context.Context, kubeconfig string) (map[string]outcome, error) {
	before := map[string]outcome{}
	for _, form := range forms {
		var err error
		if before[form], err = execute(ctx, "check", "--kubeconfig="+kubeconfig, "--wait=0s", "--output="+form); err != nil {
			return nil, err
		}
	}
	return before, nil
}

func run(m *testing.M) (code int, err error) {
	log.SetLogger(logr.Discard())
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Minute)
	defer cancel()
	root, err := programs.Root()
	if err != nil {
		return 0, err
	}
	paths, err := programs.Ensure(ctx, root, os.Stderr, append(controlplane.Programs, programs.GCMInjector, programs.LinkerdGCM)...)
	if err != nil {
		return 0, err
	}
	linkerdGCM = paths[programs.LinkerdGCM]
	dir, err := os.MkdirTemp("", "check-")
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
	if before, err = checkBefore(ctx, plane.Kubeconfig()); err != nil {
		return 0, err
	}
	gcm, err = injector.Start(ctx, injector.Options{
		Cluster: kubernetes, Program: paths[programs.GCMInjector], Dir: dir, Flags: []string{"--sidecar-image=" + image},
	})
	if err != nil {
		return 0, err
	}
	defer func() { gcm.Stop() }()
	code = m.Run()
	if code != 0 {
		said, _ := os.ReadFile(gcm.Log())
		fmt.Fprintf(os.Stderr, "the injector's log:\n%s", said)
	}
	return code, nil
}
