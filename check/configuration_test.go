package check

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/linkerd-gcm/linkerd-gcm/lint"
)

func TestSummary(t *testing.T) {
	var findings []lint.Finding
	for i := range 7 {
		findings = append(findings, lint.Finding{Rule: "R", Severity: lint.Error, Message: fmt.Sprint(i)})
	}
	findings = append(findings, lint.Finding{Rule: "W", Severity: lint.Warning, Message: "odd"})
	want := []string{"namespace v has 7 errors, which linkerd gcm lint --namespace v shows in full:", "R: 0", "R: 1", "R: 2", "R: 3", "R: 4", "and 2 more"}
	if diff := cmp.Diff(want, summarize("v", findings, lint.Error)); diff != "" {
		t.Errorf("errors (-want +got):\n%s", diff)
	}
	want = []string{"namespace v has 1 warning, which linkerd gcm lint --namespace v shows in full:", "W: odd"}
	if diff := cmp.Diff(want, summarize("v", findings, lint.Warning)); diff != "" {
		t.Errorf("warnings (-want +got):\n%s", diff)
	}
	if got := summarize("v", findings[:7], lint.Warning); got != nil {
		t.Errorf("got %q of no warnings", got)
	}
}
