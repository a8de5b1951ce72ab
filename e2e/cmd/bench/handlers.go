package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"golang.org/x/tools/benchmark/parse"
)

// handlers measures the pod handler beside one that decodes the same pod and allows it.
// Reads take no time there, and there is no server.
func handlers(ctx context.Context, root, _ string, _ map[string]string) ([]figure, error) {
	command := exec.CommandContext(ctx, "go", "test", "./webhook", "-run", "^$", "-bench", "^BenchmarkPods$", "-count", "5")
	command.Dir, command.Stderr = root, os.Stderr
	output, err := command.Output()
	if err != nil {
		return nil, fmt.Errorf("running the benchmarks of package webhook: %w\n%s", err, output)
	}
	set, err := parse.ParseSet(bytes.NewReader(output))
	if err != nil {
		return nil, fmt.Errorf("reading the benchmarks of package webhook: %w", err)
	}
	nanos, size, allocs := map[string][]float64{}, map[string]float64{}, map[string]float64{}
	for name, runs := range set {
		_, name, _ := strings.Cut(name, "/")
		name, _, _ = strings.Cut(name, "/")
		name = strings.TrimRight(name, "0123456789")
		name = strings.TrimSuffix(name, "-")
		for _, run := range runs {
			nanos[name] = append(nanos[name], run.NsPerOp)
			size[name], allocs[name] = float64(run.AllocedBytesPerOp), float64(run.AllocsPerOp)
		}
	}
	for _, name := range []string{"no-op", "seen", "new"} {
		if len(nanos[name]) == 0 {
			return nil, fmt.Errorf("the benchmarks of package webhook have no %q: %v", name, nanos)
		}
	}
	noOp := median(nanos["no-op"])
	return []figure{
		{"injecting, texts seen before, against a no-op handler", median(nanos["seen"]) / noOp, 1.5, times},
		{"  memory", size["seen"] / bytesPerKB, 45, kilobytes},
		{"  allocations", allocs["seen"], 450, allocations},
		{"injecting, texts new, against a no-op handler", median(nanos["new"]) / noOp, 5, times},
	}, nil
}

// binary measures the injector as a release builds it.
func binary(ctx context.Context, root, dir string, _ map[string]string) ([]figure, error) {
	path := filepath.Join(dir, "gcm-injector")
	command := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", path, "./cmd/gcm-injector")
	command.Dir, command.Stderr, command.Env = root, os.Stderr, append(os.Environ(), "CGO_ENABLED=0")
	if err := command.Run(); err != nil {
		return nil, fmt.Errorf("building gcm-injector: %w", err)
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("looking at gcm-injector: %w", err)
	}
	return []figure{{"binary", float64(info.Size()) / bytesPerMiB, 40, mebibytes}}, nil
}
