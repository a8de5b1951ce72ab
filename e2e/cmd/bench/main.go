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
	err := run(ctx, os.Args[1:])
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// A section is a part of the table, and the programs that it needs.
type section struct {
	name     string
	programs []string
	measure  func(ctx context.Context, root, dir string, paths map[string]string) ([]figure, error)
}

var sections = []section{
	{"handlers", nil, handlers},
	{"admissions", append([]string{programs.GCMInjector, programs.LinkerdGCM}, controlplane.Programs...), admissions},
	{"linter", []string{programs.LinkerdGCM, programs.Promtool}, linter},
	{"binary", nil, binary},
	{"exporter", []string{programs.GCMExporter}, exporters},
}

// run measures the sections with these names, or all of them.
func run(ctx context.Context, names []string) (err error) {
	log.SetLogger(logr.Discard())
	root, err := checkout.Root()
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "linkerd-gcm-bench-")
	if err != nil {
		return fmt.Errorf("making a folder: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	chosen := slices.Clone(sections)
	if len(names) > 0 {
		chosen = slices.DeleteFunc(chosen, func(s section) bool { return !slices.Contains(names, s.name) })
	}
	if len(names) > len(chosen) {
		return fmt.Errorf("%q is not all sections of the table: see e2e/cmd/bench/main.go", names)
	}
	var all []figure
	for _, s := range chosen {
		paths, err := programs.Ensure(ctx, root, os.Stderr, s.programs...)
		if err != nil {
			return err
		}
		figures, err := s.measure(ctx, root, dir, paths)
		if err != nil {
			return err
		}
		all = slices.Concat(all, figures)
	}
	return table(os.Stdout, all)
}

// admissions measures an injector on a control plane of its own.
func admissions(ctx context.Context, _, dir string, paths map[string]string) (figures []figure, err error) {
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
