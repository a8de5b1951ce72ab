// Command image builds the injector's container image for every platform, without a Docker daemon, and writes it as
// one tar archive of an OCI image layout. The same sources give the same bytes.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// platforms are those that the image is built for.
var platforms = []v1.Platform{
	{OS: "linux", Architecture: "amd64"},
	{OS: "linux", Architecture: "arm64"},
}

func main() {
	repository := flag.String("repository", "../..", "directory of the repository")
	version := flag.String("version", "dev", "version that the injector reports and the image is labelled with")
	output := flag.String("output", "../../dist/gcm-injector.tar", "archive to write")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, *repository, *version, *output)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "image:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, repository, version, output string) (err error) {
	scratch, err := os.MkdirTemp("", "gcm-injector-image-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(scratch)) }()

	images := map[string]v1.Image{}
	for _, platform := range platforms {
		program := filepath.Join(scratch, platform.Architecture)
		if err := build(ctx, repository, version, platform, program); err != nil {
			return err
		}
		image, err := imageOf(program, version, platform)
		if err != nil {
			return fmt.Errorf("making the image for %s: %w", platform, err)
		}
		images[platform.Architecture] = image
	}
	if err := os.MkdirAll(filepath.Dir(output), 0o755); err != nil {
		return err
	}
	if err := writeArchive(indexOf(images), version, scratch, output); err != nil {
		return fmt.Errorf("writing %s: %w", output, err)
	}
	return nil
}
