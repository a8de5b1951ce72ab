package names_test

import (
	"strings"
	"testing"

	"github.com/linkerd-gcm/linkerd-gcm/internal/names"
	"github.com/linkerd-gcm/linkerd-gcm/manifests"
)

func TestTheChartUsesTheseNames(t *testing.T) {
	rendered, err := manifests.Render(manifests.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{
		"name: " + names.Injector,
		"resourceNames: [" + names.CASecret + "]",
		"name: " + names.MutatingConfiguration,
		"name: " + names.ValidatingConfiguration,
		"name: " + names.ValidatingWebhook,
		names.ExtensionLabel + ": " + names.Extension,
		names.VersionLabel + ": ",
		names.OptOutLabel + ": disabled",
	} {
		if !strings.Contains(string(rendered), line) {
			t.Errorf("the chart does not render %q", line)
		}
	}
}
