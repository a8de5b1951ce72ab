package images

import (
	"context"
	"debug/elf"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"slices"
)

// loaded finds the paths in what ldd prints of a program.
var loaded = regexp.MustCompile(`(?m)(/\S+) \(0x[0-9a-f]+\)$`)

// lookUp returns the path of a program that is installed on this machine, and those of all that
// the dynamic linker loads with it, itself among them. A program that is linked statically has
// none of these.
func lookUp(ctx context.Context, name string) (program string, libraries []string, err error) {
	if program, err = exec.LookPath(name); err != nil {
		return "", nil, fmt.Errorf("an image has a program of this machine: %w: `make test-packages` installs it (on Debian and Ubuntu)", err)
	}
	dynamic, err := isDynamic(program)
	if err != nil || !dynamic {
		return program, nil, err
	}
	printed, err := exec.CommandContext(ctx, "ldd", program).Output()
	if err != nil {
		return "", nil, fmt.Errorf("listing the libraries of %s: %w", program, err)
	}
	for _, match := range loaded.FindAllSubmatch(printed, -1) {
		libraries = append(libraries, string(match[1]))
	}
	return program, libraries, nil
}

// isDynamic reports whether a program names a dynamic linker.
func isDynamic(program string) (bool, error) {
	file, err := os.Open(program)
	if err != nil {
		return false, fmt.Errorf("reading a program: %w", err)
	}
	defer file.Close()
	parsed, err := elf.NewFile(file)
	if err != nil {
		return false, fmt.Errorf("reading the program %s: %w", program, err)
	}
	return slices.ContainsFunc(parsed.Progs, func(p *elf.Prog) bool { return p.Type == elf.PT_INTERP }), nil
}
