package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/linkerd-gcm/linkerd-gcm/internal/liveroutes"
	"github.com/linkerd-gcm/linkerd-gcm/internal/terminal"
)

func TestAFixOfSeveralResultsIsPrintedOnce(t *testing.T) {
	var out strings.Builder
	failed := printResults(&out, terminal.Terminal{}, []liveroutes.Result{
		{Status: liveroutes.Fails, Text: "shop refuses", Fix: "apply"},
		{Status: liveroutes.Fails, Text: "stock refuses", Fix: "apply"},
		{Status: liveroutes.Works, Text: "books answers"},
		{Status: liveroutes.Doubtful, Text: "web is old", Fix: "upgrade"},
		{Status: liveroutes.Fails, Text: "cart refuses", Fix: "apply"},
	})
	const want = "× shop refuses\n× stock refuses\n    apply\n√ books answers\n‼ web is old\n    upgrade\n× cart refuses\n    apply\n"
	if diff := cmp.Diff(want, out.String()); diff != "" || !failed {
		t.Errorf("failed %t (-want +got):\n%s", failed, diff)
	}
}
