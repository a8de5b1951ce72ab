// Command dist makes what a release uploads, or the parts of it that its arguments name.
// It only parses arguments, and uploads nothing: package release makes the files.
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
	flag.Usage = func() {
		fmt.Fprintf(flag.CommandLine.Output(), "usage: dist [flags] [part]...\nparts: %q\n", release.Parts())
		flag.PrintDefaults()
	}
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, made, *platforms, *notes, flag.Args())
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "dist:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, made release.Release, platforms string, notes bool, parts []string) (err error) {
	if notes {
		text, err := made.Notes()
		fmt.Print(text)
		return err
	}
	if made.Platforms, err = release.ParsePlatforms(platforms); err != nil {
		return err
	}
	return made.Make(ctx, parts...)
}
