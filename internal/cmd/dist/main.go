// Command dist makes what a release uploads, or the parts of it that its arguments name,
// or pushes the image of a build that is in no release. It only parses arguments: package
// release makes the files.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/linkerd-gcm/linkerd-gcm/internal/release"
)

func main() {
	var made release.Release
	flag.StringVar(&made.Repository, "repository", ".", "folder of the checkout")
	flag.StringVar(&made.Version, "version", "dev", "version of the release, as a tag spells it")
	flag.StringVar(&made.Output, "output", "dist", "folder for the files")
	platforms := flag.String("platforms", "", "what the CLI is built for, such as \"linux/amd64 darwin/arm64\" (default all)")
	notes := flag.Bool("notes", false, "only print what the changelog says about the version, which the chart has to install")
	push := flag.String("push", "", "only build the image and push it to this `repository` of a registry")
	flag.Usage = func() {
		fmt.Fprintf(flag.CommandLine.Output(), "usage: dist [flags] [part]...\nparts: %q\n", release.Parts())
		flag.PrintDefaults()
	}
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	var err error
	switch {
	case *notes:
		err = printNotes(made)
	case *push != "":
		err = pushImage(ctx, made, *push)
	default:
		err = makeFiles(ctx, made, *platforms, flag.Args())
	}
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "dist:", err)
		os.Exit(1)
	}
}

func printNotes(made release.Release) error {
	text, err := made.Notes()
	fmt.Print(text)
	return err
}

func pushImage(ctx context.Context, made release.Release, repository string) error {
	reference, err := release.PushImage(ctx, made.Repository, made.Version, repository)
	if err == nil {
		fmt.Printf("pushed %s; install it with\n\n  linkerd gcm install --image %[1]s | kubectl apply --server-side -f -\n", reference)
	}
	return err
}

func makeFiles(ctx context.Context, made release.Release, platforms string, parts []string) (err error) {
	if made.Platforms, err = release.ParsePlatforms(platforms); err != nil {
		return err
	}
	return made.Make(ctx, parts...)
}
