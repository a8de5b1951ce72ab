package main

import (
	"strings"
	"testing"
)

func TestThePreviewShowsWhatAnInjectionAdds(t *testing.T) {
	if testing.Short() {
		t.Skip("-short builds no programs")
	}
	var shown strings.Builder
	if err := run(t.Context(), &shown, t.Output()); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"   $ bin/linkerd-gcm inject ", "   +        - /gcm-exporter\n", "   +        - --stackdriver.project-id=my-project\n"} {
		if !strings.Contains(shown.String(), want) {
			t.Errorf("it does not show %q:\n%s", want, shown.String())
		}
	}
}
