// Package testplane runs the tests of a package on a control plane of their own. It has
// no nodes: pods are admitted and stored, and never run. Tests whose containers have to
// run use package testcluster.
package testplane

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/go-logr/logr"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/linkerd-gcm/linkerd-gcm/e2e/controlplane"
	"github.com/linkerd-gcm/linkerd-gcm/e2e/kubeclient"
	"github.com/linkerd-gcm/linkerd-gcm/e2e/programs"
	"github.com/linkerd-gcm/linkerd-gcm/internal/checkout"
)

// setUpTimeout limits the time to build the programs and to set up the control plane.
const setUpTimeout = 30 * time.Minute

// Plane is the control plane that all tests of a package share.
type Plane struct {
	// Cluster is a client of the control plane, as its administrator.
	Cluster *kubeclient.Cluster
	// Programs are the paths of the programs that were asked for, by name.
	Programs map[string]string
	// Dir is the folder of the control plane's files. It is kept if a test fails.
	Dir string
}

// Run builds the control plane's programs and those named, starts a control plane, calls
// setUp, runs the tests, and calls the function that setUp returned with whether a test
// failed. It returns the code to exit with. With -short it runs no tests.
func Run(m *testing.M, names []string, setUp func(context.Context, Plane) (tearDown func(failed bool), err error)) int {
	code, err := run(m, names, setUp)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return code
}

func run(m *testing.M, names []string, setUp func(context.Context, Plane) (func(bool), error)) (code int, err error) {
	if flag.Parse(); testing.Short() { //nolint:revive // a TestMain calls this, which is a test's main
		fmt.Println("skipped: -short starts no API server")
		return 0, nil
	}
	log.SetLogger(logr.Discard())
	ctx, cancel := context.WithTimeout(context.Background(), setUpTimeout)
	defer cancel()
	root, err := checkout.Root()
	if err != nil {
		return 0, err
	}
	paths, err := programs.Ensure(ctx, root, os.Stderr, slices.Concat(controlplane.Programs, names)...)
	if err != nil {
		return 0, err
	}
	dir, err := os.MkdirTemp("", "linkerd-gcm-e2e-")
	if err != nil {
		return 0, fmt.Errorf("making a folder for the control plane: %w", err)
	}
	defer func() {
		if code != 0 || err != nil {
			fmt.Fprintf(os.Stderr, "the control plane's logs are in %s\n", dir)
			return
		}
		err = os.RemoveAll(dir)
	}()
	started, err := controlplane.Start(ctx, controlplane.Options{Dir: dir, Programs: paths, Log: os.Stderr})
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, started.Stop()) }()
	client, err := kubeclient.New(started.Config(), started.Kubeconfig())
	if err != nil {
		return 0, err
	}
	tearDown, err := setUp(ctx, Plane{Cluster: client, Programs: paths, Dir: dir})
	if err != nil {
		return 0, err
	}
	code = m.Run()
	tearDown(code != 0)
	return code, nil
}
