package release

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// buildFlags leave out of a program whatever differs from machine to machine: paths, the
// state of the checkout, the build id.
func buildFlags(version string) []string {
	return []string{"-trimpath", "-buildvcs=false", "-ldflags", "-s -w -buildid= -X main.version=" + version}
}

// build compiles a command of the repository for a platform, statically, into a file.
func build(ctx context.Context, repository, command, version string, platform v1.Platform, program string) error {
	program, err := filepath.Abs(program)
	if err != nil {
		return err
	}
	arguments := append([]string{"build"}, buildFlags(version)...)
	compile := exec.CommandContext(ctx, "go", append(arguments, "-o", program, "./cmd/"+command)...)
	compile.Dir = repository
	// The instruction sets are the most common ones, whatever the builder's environment
	// asks for.
	compile.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS="+platform.OS, "GOARCH="+platform.Architecture,
		"GOAMD64=v1", "GOARM64=v8.0", "GOFLAGS=", "GOWORK=off")
	compile.Stderr = os.Stderr
	if err := compile.Run(); err != nil {
		return fmt.Errorf("building %s for %s: %w", command, platform, err)
	}
	return nil
}

// fileName is how files of a program for a platform are called, without their ending.
func fileName(command, version string, platform v1.Platform) string {
	return fmt.Sprintf("%s-%s-%s-%s", command, version, platform.OS, platform.Architecture)
}
