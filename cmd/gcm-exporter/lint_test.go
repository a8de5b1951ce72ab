package main

import (
	"slices"
	"testing"

	"github.com/linkerd-gcm/linkerd-gcm/lint"
	"github.com/linkerd-gcm/linkerd-gcm/podspec"
	"github.com/linkerd-gcm/linkerd-gcm/stackdriver"
)

// TestLintKnowsTheFlags reads a command line with every flag as lint reads that of a pod.
func TestLintKnowsTheFlags(t *testing.T) {
	values := map[string]string{"destination": "managed-prometheus", "monitoring.backend": "prometheus"}
	switches := map[string]bool{}
	for _, f := range lint.ExporterFlags {
		switches[f.Name] = f.Switch
	}
	for _, f := range flags {
		word := "--" + f.name
		if isSwitch := f.fallback == "true" || f.fallback == "false"; !isSwitch {
			word += "=" + values[f.name]
		} else if ours, known := switches[f.name]; known && !ours {
			t.Errorf("--%s is a switch", f.name)
		}
		for _, problem := range stackdriver.ParseArguments([]podspec.Word{{Text: word}}, lint.ExporterFlags...).Problems {
			t.Errorf("%s: %s", word, problem.Message)
		}
	}
	for name := range switches {
		if !slices.ContainsFunc(flags, func(f flag) bool { return f.name == name }) {
			t.Errorf("there is no flag --%s", name)
		}
	}
}
