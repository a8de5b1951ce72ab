// Command linkerd-gcm is the command line of linkerd-gcm. When it is on the PATH, it is an
// extension of Linkerd's own command line: "linkerd gcm" runs it.
//
// Each command has a file of its name with its flags; root.go puts them together. What the
// commands do is not in this package, but in those that it imports, where tests can call it.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"k8s.io/cli-runtime/pkg/genericiooptions"
)

// unreleased is the version of a build without one.
const unreleased = "dev"

// version is set by the linker.
var version = unreleased

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends code that does not use the context
	code := run(ctx, genericiooptions.IOStreams{In: os.Stdin, Out: os.Stdout, ErrOut: os.Stderr}, os.Args[1:])
	stop()
	os.Exit(code)
}
