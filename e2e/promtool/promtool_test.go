// Package promtool compares what packages rules and lint accept and refuse, and what
// package generate writes, with the promtool of Prometheus 2.55.1. It does not test how
// Prometheus evaluates rules.
package promtool

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/linkerd-gcm/linkerd-gcm/e2e/programs"
	"github.com/linkerd-gcm/linkerd-gcm/internal/checkout"
	"github.com/linkerd-gcm/linkerd-gcm/lint"
	"github.com/linkerd-gcm/linkerd-gcm/rules"
	"github.com/linkerd-gcm/linkerd-gcm/source"
)

// refused stands for the number of rules in a file that is not accepted.
const refused = -1

func TestParseAgreesWithPromtool(t *testing.T) {
	if testing.Short() {
		t.Skip("-short builds no programs")
	}
	root, paths := files(t)
	want := promtoolVerdicts(t, root, paths)
	if diff := cmp.Diff(want, parseVerdicts(t, paths)); diff != "" {
		t.Errorf("number of rules in each file, %d if refused (-promtool +rules.Parse):\n%s", refused, diff)
	}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if got := lintRefuses(text); got != (want[path] == refused) {
			t.Errorf("%s: lint says that Prometheus does not load it: %v", path, got)
		}
	}
}

// lintRefuses reports whether lint finds that Prometheus does not load a file.
func lintRefuses(text []byte) bool {
	in := lint.Input{RuleFiles: []lint.Text{{Value: string(text), Position: source.Start}}}
	return slices.ContainsFunc(lint.Check(in).Findings, func(f lint.Finding) bool {
		return f.Rule == "REC001" && f.Severity == lint.Error && strings.HasPrefix(f.Message, "Prometheus does not load the file: ")
	})
}

// files returns the root of the repository and the files that package rules is tested
// with.
func files(t *testing.T) (root string, paths []string) {
	t.Helper()
	root, err := checkout.Root()
	if err != nil {
		t.Fatal(err)
	}
	for _, pattern := range []string{"corpus/valid/*", "corpus/broken/*", "realistic/*"} {
		found, err := filepath.Glob(filepath.Join(root, "rules", "testdata", pattern))
		if err != nil || len(found) < 12 {
			t.Fatalf("%d files in %s: %v", len(found), pattern, err)
		}
		paths = append(paths, found...)
	}
	return root, paths
}

// verdict matches what promtool writes of one file. The errors are between the two.
var verdict = regexp.MustCompile(`(?s)Checking ([^\n]+)\n  (?:SUCCESS: (\d+) rules found|FAILED)`)

// promtoolVerdicts returns the number of rules that promtool finds in each file.
func promtoolVerdicts(t *testing.T, root string, paths []string) map[string]int {
	t.Helper()
	built, err := programs.Ensure(t.Context(), root, os.Stderr, programs.Promtool)
	if err != nil {
		t.Fatal(err)
	}
	output, err := checkRules(t.Context(), built[programs.Promtool], paths)
	if err != nil {
		t.Fatalf("promtool: %v\n%s", err, output)
	}
	return verdicts(t, output)
}

// verdicts reads what promtool writes.
func verdicts(t *testing.T, output []byte) map[string]int {
	t.Helper()
	all := map[string]int{}
	for _, match := range verdict.FindAllSubmatch(output, -1) {
		path := string(match[1])
		all[path] = refused
		if found := string(match[2]); found != "" {
			var err error
			if all[path], err = strconv.Atoi(found); err != nil {
				t.Fatal(err)
			}
		}
	}
	return all
}

// checkRules runs promtool over all files at once and returns what it writes. That it
// refuses some is expected.
func checkRules(ctx context.Context, promtool string, paths []string) ([]byte, error) {
	arguments := append([]string{"check", "rules", "--lint=none"}, paths...)
	output, err := exec.CommandContext(ctx, promtool, arguments...).CombinedOutput()
	if exit := new(exec.ExitError); errors.As(err, &exit) && exit.ExitCode() == 1 {
		err = nil
	}
	return output, err
}

// parseVerdicts returns the number of rules that Parse finds in each file.
func parseVerdicts(t *testing.T, paths []string) map[string]int {
	t.Helper()
	verdicts := map[string]int{}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		file, errs := rules.Parse(text)
		if len(errs) > 0 {
			verdicts[path] = refused
			continue
		}
		verdicts[path] = 0
		for _, group := range file.Groups {
			verdicts[path] += len(group.Rules) + len(group.Alerts)
		}
	}
	return verdicts
}
