// Command preview is the beginning of `make demo`. It is small, so that it starts soon where
// nothing has been built yet: it builds the command line, shows what an injection changes in
// a Deployment, and then builds the other programs of the demonstration. Builds that take
// long say how far they are.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/linkerd-gcm/linkerd-gcm/e2e/gobuild"
	"github.com/linkerd-gcm/linkerd-gcm/e2e/stage"
	"github.com/linkerd-gcm/linkerd-gcm/internal/checkout"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Stdout, os.Stderr)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "preview:", err)
		os.Exit(1)
	}
}

// run shows on out, and says on log what is being built.
func run(ctx context.Context, out, log io.Writer) error {
	root, err := checkout.Root()
	if err != nil {
		return err
	}
	s := &stage.Stage{Out: out, Root: root}
	fmt.Fprintln(log, "building linkerd-gcm's command line; where Go's build cache is empty, this and all that follows take minutes")
	if err := makeBuild(root, log, "./cmd/linkerd-gcm").Run(ctx); err != nil {
		return err
	}
	fmt.Fprintln(out, "\nThis is what an injection adds to linkerd-viz' Prometheus. The webhook does the same with each new pod;\n"+
		"here the command line does it with a file, without a cluster.")
	if err := s.Run(ctx, "bin/linkerd-gcm inject -f e2e/cmd/preview/viz.yaml --sidecar-image registry.example.com/linkerd-gcm:0.1.0 -o diff"); err != nil {
		return err
	}
	fmt.Fprintln(out, "\nNext is the same on a real control plane. What is not built yet is built now: the servers of linkerd-gcm,\n"+
		"the demonstration itself, and Kubernetes from source. Meanwhile, in another terminal:")
	s.Command("cd " + root)
	s.Command("bin/linkerd-gcm generate   # the configuration that holds where you give none")
	s.Command("bin/linkerd-gcm lint --help")
	fmt.Fprintln(out)
	if err := makeBuild(root, log, "./cmd/gcm-injector", "./cmd/gcm-exporter", "./cmd/linkerd-gcm").Run(ctx); err != nil {
		return err
	}
	return demonstration(root, log).Run(ctx)
}

// makeBuild is `make build`, for some of the project's programs.
func makeBuild(root string, log io.Writer, packages ...string) gobuild.Build {
	command := []string{"make", "build", "VERBOSE=-v", "PROGRAMS="}
	step := "building bin/" + filepath.Base(packages[0])
	for _, one := range packages {
		command[3] += one + " "
	}
	return gobuild.Build{Step: step, Module: root, Packages: packages, Command: command, Log: log}
}

// demonstration builds what `make demo` runs after this, as it runs it.
func demonstration(root string, log io.Writer) gobuild.Build {
	packages := []string{"./cmd/cluster", "./cmd/demo"}
	return gobuild.Build{
		Step: "building the demonstration", Module: filepath.Join(root, "e2e"), Packages: packages,
		Command: append([]string{"go", "build", "-v", "-trimpath", "-o", os.DevNull}, packages...), Log: log,
	}
}
