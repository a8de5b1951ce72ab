package stackdriver

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the golden files that this package's tests can make themselves")

// TestConfigDiagnosticsAreFoundWhereTheyAre holds the diagnostics of every file under
// testdata/configs, with their places, to testdata/configs/diagnostics.golden.
func TestConfigDiagnosticsAreFoundWhereTheyAre(t *testing.T) {
	files, err := filepath.Glob("testdata/configs/*.yml")
	if err != nil {
		t.Fatal(err)
	}
	var report strings.Builder
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		config, err := ParseConfig(text)
		reportOn(&report, filepath.Base(file), config, err)
	}
	const golden = "testdata/configs/diagnostics.golden"
	if *update {
		if err := os.WriteFile(golden, []byte(report.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), report.String()); diff != "" {
		t.Errorf("diagnostics differ (-golden +found); where that is intended, run with -update:\n%s", diff)
	}
}

func reportOn(report *strings.Builder, name string, config *Config, err error) {
	var unreadable *ConfigError
	if errors.As(err, &unreadable) {
		fmt.Fprintf(report, "%s:%d:%d: UNREADABLE %s\n", name, unreadable.Range.Start.Line, unreadable.Range.Start.Column, unreadable.Message)
		return
	}
	for _, f := range config.Diagnostics {
		severity := "silent"
		if f.Effect() == Exits {
			severity = "EXIT"
		}
		fmt.Fprintf(report, "%s:%d:%d: %s (%s) at %s: %s\n", name, f.Range.Start.Line, f.Range.Start.Column, severity, f.Kind, f.Path, f.Message)
	}
}
