package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/linkerd-gcm/linkerd-gcm/e2e/programs"
)

// manyRules is how many rules the linters read.
const manyRules = 10_000

// linter measures linkerd-gcm lint beside promtool, as processes, on the same rules.
func linter(ctx context.Context, _, dir string, paths map[string]string) ([]figure, error) {
	file := filepath.Join(dir, "many_rules.yml")
	if err := os.WriteFile(file, []byte(rulesFile()), 0o600); err != nil {
		return nil, fmt.Errorf("writing rules: %w", err)
	}
	var ours, theirs usage
	for range 5 { // in turns, so that both meet the same machine
		if err := theirs.add(ctx, paths[programs.Promtool], "check", "rules", file); err != nil {
			return nil, err
		}
		if err := ours.add(ctx, paths[programs.LinkerdGCM], "lint", "--rules", file); err != nil {
			return nil, err
		}
	}
	return []figure{
		{"lint of 10,000 rules, against promtool: time", median(ours.seconds) / median(theirs.seconds), 1.5, times},
		{"  memory", median(ours.bytes) / median(theirs.bytes), 1, times},
	}, nil
}

// rulesFile returns recording rules of the shapes that generate writes.
func rulesFile() string {
	var text strings.Builder
	text.WriteString("groups:\n")
	for i := range manyRules {
		if i%100 == 0 {
			fmt.Fprintf(&text, "- name: group_%d\n  rules:\n", i/100)
		}
		fmt.Fprintf(&text, "  - record: linkerd_job:responses_%d:rate5m\n    expr: |\n"+
			"      sum by (job, instance, namespace, pod, dst_service) (rate(response_total{direction=\"outbound\", status_code=\"%d\"}[5m]))\n", i, 200+i%300)
	}
	return text.String()
}

// usage is what runs of a program took.
type usage struct{ seconds, bytes []float64 }

// add runs a program. That it finds something to say is not an error.
func (u *usage) add(ctx context.Context, path string, args ...string) error {
	command := exec.CommandContext(ctx, path, args...)
	started := time.Now()
	output, err := command.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return fmt.Errorf("running %s: %w\n%s", path, err, output)
	}
	u.seconds = append(u.seconds, time.Since(started).Seconds())
	if resources, known := command.ProcessState.SysUsage().(*syscall.Rusage); known {
		u.bytes = append(u.bytes, float64(resources.Maxrss))
	}
	return nil
}
