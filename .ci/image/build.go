package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// buildFlags leave out of the program whatever differs from machine to machine: paths, the state of the checkout, the
// build id.
func buildFlags(version string) []string {
	return []string{"-trimpath", "-buildvcs=false", "-ldflags", "-s -w -buildid= -X main.version=" + version}
}

// build compiles the injector for a platform, statically, into a file.
func build(ctx context.Context, repository, version string, platform v1.Platform, program string) error {
	program, err := filepath.Abs(program)
	if err != nil {
		return err
	}
	arguments := append([]string{"build"}, buildFlags(version)...)
	command := exec.CommandContext(ctx, "go", append(arguments, "-o", program, "./cmd/gcm-injector")...)
	command.Dir = repository
	// The instruction sets are the most common ones, whatever the builder's environment asks for.
	command.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS="+platform.OS, "GOARCH="+platform.Architecture,
		"GOAMD64=v1", "GOARM64=v8.0", "GOFLAGS=", "GOWORK=off")
	command.Stderr = os.Stderr
	if err := command.Run(); err != nil {
		return fmt.Errorf("building the injector for %s: %w", platform, err)
	}
	return nil
}
