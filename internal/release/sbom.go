package release

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
)

// sbom writes which modules are in a program, as the program itself says, in CycloneDX'
// format, and returns the file's name.
func (r Release) sbom(ctx context.Context, name, program string) (string, error) {
	file := name + ".cdx.json"
	output, err := filepath.Abs(r.path(file))
	if err != nil {
		return "", err
	}
	command := exec.CommandContext(ctx, "go", "tool", "-modfile="+filepath.Join("tools", "go.mod"), "cyclonedx-gomod",
		// Neither a serial number nor a time: the same program has the same list.
		"bin", "-json", "-noserial", "-notimestamp", "-std", "-version", r.Version, "-output", output, program)
	command.Dir = r.Repository
	if out, err := command.CombinedOutput(); err != nil {
		return "", fmt.Errorf("listing the modules of %s: %w\n%s", name, err, out)
	}
	return file, nil
}
