package promtool

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/linkerd-gcm/linkerd-gcm/e2e/programs"
	"github.com/linkerd-gcm/linkerd-gcm/generate"
	"github.com/linkerd-gcm/linkerd-gcm/internal/checkout"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
)

// TestPromtoolAcceptsGeneratedRules has promtool check, with all its lint rules,
// what is generated for choices of each kind.
func TestPromtoolAcceptsGeneratedRules(t *testing.T) {
	if testing.Short() {
		t.Skip("-short builds no programs")
	}
	root, err := checkout.Root()
	if err != nil {
		t.Fatal(err)
	}
	built, err := programs.Ensure(t.Context(), root, os.Stderr, programs.Promtool)
	if err != nil {
		t.Fatal(err)
	}
	var paths []string
	for i, choices := range choices() {
		path := filepath.Join(t.TempDir(), fmt.Sprintf("%d_rules.yml", i))
		if err := os.WriteFile(path, []byte(generate.Rules(choices)), 0o600); err != nil {
			t.Fatal(err)
		}
		paths = append(paths, path)
	}
	arguments := append([]string{"check", "rules", "--lint=all", "--lint-fatal"}, paths...)
	output, err := exec.CommandContext(t.Context(), built[programs.Promtool], arguments...).CombinedOutput()
	if err != nil {
		t.Fatalf("promtool: %v\n%s", err, output)
	}
	want := parseVerdicts(t, paths)
	if diff := cmp.Diff(want, verdicts(t, output)); diff != "" {
		t.Errorf("number of rules in each file (-rules.Parse +promtool):\n%s", diff)
	}
	for path, found := range want {
		if found == 0 {
			t.Errorf("nothing is recorded by %s", path)
		}
	}
}

func choices() []generate.Choices {
	var all []generate.Choices
	for _, namespaces := range [][]string{nil, {"shop", "payment-2"}} {
		for _, percentiles := range [][]float64{nil, {0.001, 50, 99.999}} {
			for _, windows := range [][]time.Duration{{generate.MinWindow}, {90 * time.Second, 24 * time.Hour}} {
				for _, interval := range []time.Duration{0, generate.MinInterval, 90 * time.Second} {
					for _, counter := range []bool{false, true} {
						// What the rules record is the same for both sidecars.
						all = append(all, generate.Choices{Sidecar: settings.GCMExporter,
							Namespaces: namespaces, Percentiles: percentiles, Windows: windows, Interval: interval, Counter: counter})
					}
				}
			}
		}
	}
	return all
}
