// Command linkerd-gcm is the command line of linkerd-gcm. Installed on the PATH
// it is an extension of Linkerd's own: "linkerd gcm" runs it.
//
// Each command has a file of its name; root.go puts them together.
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
	context.AfterFunc(ctx, stop) // a second signal ends what does not ask for the context
	code := run(ctx, genericiooptions.IOStreams{In: os.Stdin, Out: os.Stdout, ErrOut: os.Stderr}, os.Args[1:])
	stop()
	os.Exit(code)
}
