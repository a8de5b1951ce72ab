package settings

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

// annotationsOf reads annotations from lines of key=value, each key without its prefix.
func annotationsOf(text string) map[string]string {
	annotations := map[string]string{}
	for line := range strings.SplitSeq(text, "\x00") {
		if key, value, found := strings.Cut(line, "="); found {
			annotations[Prefix+key] = value
		}
	}
	return annotations
}

// FuzzParse reads any annotations of a namespace and of a pod, separated by zero bytes.
// What is wrong is said of a value that is given, in a place that is in it; what is not
// wrong has all that a pod needs.
func FuzzParse(f *testing.F) {
	f.Add("inject=enabled\x00project-id=my-project\x00sidecar-image=r.example.com/i:1\x00recording-rules=a, b/c_rules.yml\x00include={a=\"b\"}\n x", "sidecar-cpu-limit=1m", "")
	f.Add("injekt=enabled\x00status={}\x00=", "inject=disabled\x00status={}\x00include=\n", "i")
	f.Add("inject=enabled", "credentials-secret=a/b\x00sidecar-memory-limit=1e99\x00sidecar-memory-request=-1\x00sidecar-cpu-request=\xff\x00location=\u2028", "r/\xff")
	f.Fuzz(func(t *testing.T, namespace, pod, image string) {
		if !utf8.ValidString(namespace + pod) {
			return // the API server stores no such annotations
		}
		s, diagnostics := Parse(annotationsOf(namespace), annotationsOf(pod), Defaults{SidecarImage: image})
		if s.OnInvalid != Deny && s.OnInvalid != Admit {
			t.Errorf("on-invalid is %q", s.OnInvalid)
		}
		for _, d := range diagnostics {
			checkDiagnostic(t, d)
		}
		again, others := Parse(annotationsOf(namespace), annotationsOf(pod), Defaults{SidecarImage: image})
		if !cmp.Equal(s, again) || !cmp.Equal(diagnostics, others) {
			t.Errorf("parsed again: %+v %v, and before: %+v %v", again, others, s, diagnostics)
		}
		if !s.Enabled || len(diagnostics) > 0 {
			return
		}
		if s.ProjectID == "" || s.SidecarImage == "" || len(s.Include) == 0 || s.SidecarConfig.Name == "" || s.PrometheusContainer == "" {
			t.Errorf("something is missing: %+v", s)
		}
		for name, request := range s.Resources.Requests {
			if limit, limited := s.Resources.Limits[name]; limited && request.Cmp(limit) > 0 {
				t.Errorf("the request of %s is above its limit: %+v", name, s.Resources)
			}
		}
		if _, err := json.Marshal(s); err != nil {
			t.Error(err)
		}
	})
}

func checkDiagnostic(t *testing.T, d Diagnostic) {
	t.Helper()
	if d.Code == "" || d.Key == "" || d.Message == "" || utf8.ValidString(d.Value) && !utf8.ValidString(d.String()) {
		t.Errorf("%+v", d)
	}
	at := d.Range.Start
	if at.Line == 0 {
		return
	}
	lines := strings.Split(d.Value, "\n")
	if at.Line < 1 || at.Line > len(lines) || at.Column < 1 || at.Column+d.Range.Length() > utf8.RuneCountInString(lines[at.Line-1])+1 {
		t.Errorf("%s is at %s, %d characters, in %q", d.Message, at, d.Range.Length(), d.Value)
	}
}
