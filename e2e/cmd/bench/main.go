// Command bench measures what docs/performance.md lists, and prints one table with the
// target beside each figure. It judges nothing: a figure depends on the machine and on what
// else runs there. Both sides of a comparison are measured in one run.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"syscall"

	"github.com/go-logr/logr"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/linkerd-gcm/linkerd-gcm/e2e/controlplane"
	"github.com/linkerd-gcm/linkerd-gcm/e2e/injector"
	"github.com/linkerd-gcm/linkerd-gcm/e2e/kubeclient"
	"github.com/linkerd-gcm/linkerd-gcm/e2e/programs"
	"github.com/linkerd-gcm/linkerd-gcm/internal/checkout"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) (err error) {
	log.SetLogger(logr.Discard())
	root, err := checkout.Root()
	if err != nil {
		return err
	}
	names := append([]string{programs.GCMInjector, programs.LinkerdGCM, programs.Promtool}, controlplane.Programs...)
	paths, err := programs.Ensure(ctx, root, os.Stderr, names...)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "linkerd-gcm-bench-")
	if err != nil {
		return fmt.Errorf("making a folder: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	var all []figure
	for _, measure := range []func() ([]figure, error){
		func() ([]figure, error) { return handlers(ctx, root) },
		func() ([]figure, error) { return admissions(ctx, dir, paths) },
		func() ([]figure, error) { return linter(ctx, dir, paths) },
		func() ([]figure, error) { return binary(ctx, root, dir) },
	} {
		figures, err := measure()
		if err != nil {
			return err
		}
		all = slices.Concat(all, figures)
	}
	return table(os.Stdout, all)
}

// admissions measures an injector on a control plane of its own.
func admissions(ctx context.Context, dir string, paths map[string]string) (figures []figure, err error) {
	plane, err := controlplane.Start(ctx, controlplane.Options{Dir: dir, Programs: paths, Log: os.Stderr})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, plane.Stop()) }()
	client, err := kubeclient.New(plane.Config(), plane.Kubeconfig())
	if err != nil {
		return nil, err
	}
	gcm, err := injector.Start(ctx, injector.Options{Cluster: client, Program: paths[programs.GCMInjector], Dir: dir})
	if err != nil {
		return nil, err
	}
	defer gcm.Stop()
	b := &bench{cluster: client, injector: gcm}
	if err := b.prepare(ctx, paths[programs.LinkerdGCM]); err != nil {
		return nil, err
	}
	started, err := b.starts(ctx)
	if err != nil {
		return nil, err
	}
	latencies, err := b.latencies(ctx)
	if err != nil {
		return nil, err
	}
	memory, err := b.memory(ctx)
	return slices.Concat(latencies, started, memory), err
}
