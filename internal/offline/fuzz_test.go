package offline

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/linkerd-gcm/linkerd-gcm/inject"
	"github.com/linkerd-gcm/linkerd-gcm/internal/charts"
	"github.com/linkerd-gcm/linkerd-gcm/internal/manifest"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
)

// FuzzInput lints and injects any file. What is found is in the file; what is injected
// can be read again, and needs no more.
func FuzzInput(f *testing.F) {
	for _, text := range []string{asking + "---\n" + badConfig, byHand, zstd, "prometheus: {args: {a: b}}\n", "{\"kind\":\"List\",\"items\":[null,{\"kind\":\"Pod\",\"spec\":5}]}"} {
		f.Add(text, "inject=enabled")
	}
	for _, file := range charts.Own(f, charts.Rendered) {
		f.Add(string(file.Read(f)), "include={")
	}
	f.Fuzz(func(t *testing.T, text, annotation string) {
		file, err := manifest.Split("fuzz.yaml", []byte(text))
		var syntax manifest.SyntaxErrors
		if err != nil && !errors.As(err, &syntax) {
			return
		}
		annotations := map[string]string{
			settings.Inject: "enabled", settings.ProjectID: "my-project", settings.RecordingRules: "", settings.SidecarImage: "r.example.com/sidecar:1",
		}
		if key, value, found := strings.Cut(annotation, "="); found {
			annotations[settings.Prefix+key] = value
		}
		in := Input{Files: []manifest.File{file}, Annotations: annotations}
		checkLint(t, in, text)
		if len(syntax) == 0 {
			checkInject(t, in)
		}
	})
}

// checkLint checks the places of what is found in a file.
func checkLint(t *testing.T, in Input, text string) {
	t.Helper()
	result, err := in.Lint(t.Context(), settings.Defaults{})
	if err != nil {
		return
	}
	lines := strings.Split(text, "\n")
	for _, f := range in.Position(result.Findings) {
		if f.File == "" || f.Line == 0 {
			continue
		}
		if f.Line < 1 || f.Line > len(lines) || f.Column < 0 || f.Column+f.Length > utf8.RuneCountInString(lines[f.Line-1])+1 {
			t.Errorf("%+v in\n%q", f, text)
		}
	}
}

// checkInject injects a file twice.
func checkInject(t *testing.T, in Input) {
	t.Helper()
	verdicts, err := in.Decide(t.Context(), settings.Defaults{}, "v1.2.3")
	if err != nil {
		return
	}
	injected, err := in.Inject(verdicts)
	if err != nil {
		return
	}
	text := injected[0].Text()
	again, err := manifest.Split("again.yaml", text)
	if err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	in.Files = []manifest.File{again}
	others, err := in.Decide(t.Context(), settings.Defaults{}, "v1.2.3")
	if err != nil || len(others) != len(verdicts) {
		t.Fatalf("%d workloads become %d: %v\n%s", len(verdicts), len(others), err, text)
	}
	for i, v := range others {
		if v.Outcome == inject.Injected {
			t.Errorf("workload %d is injected again, first %s\n%s", i, verdicts[i].Outcome, text)
		}
	}
}
