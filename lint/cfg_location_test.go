package lint_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/linkerd-gcm/linkerd-gcm/lint"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
)

func TestALocationThatGoogleDoesNotKnow(t *testing.T) {
	for location, want := range map[string][]string{
		"mars":             {"CFG014 warning " + settings.Location + " 1:1+4"},
		"mars,":            {"CFG006 error " + settings.Location + " 1:1+5"},
		"":                 {"CFG005 warning " + settings.Location + " 0:0+0"},
		"us-central1":      nil,
		"aws:eu-central-1": nil,
	} {
		in := lint.FromAnnotations(lint.Annotated{Object: lint.Object{Kind: "Namespace", Name: "linkerd-viz"}, Annotations: map[string]string{
			settings.ProjectID: "my-project", settings.SidecarImage: annotations[settings.SidecarImage],
			settings.ClusterName: "my-cluster", settings.Location: location,
		}}, lint.Annotated{}, settings.Defaults{})
		if diff := cmp.Diff(want, inPod(lint.Checked(t, in))); diff != "" {
			t.Errorf("location %q, findings (-want +got):\n%s", location, diff)
		}
	}
}

func TestALocationInAFlagThatGoogleDoesNotKnow(t *testing.T) {
	for name, c := range map[string]podTest{
		"of no cloud":              {[]string{"location=us-central1", "location=mars"}, []string{"CFG014 warning " + command + "[3] 1:35+4"}},
		"of AWS":                   {[]string{"location=us-central1", "location=aws:eu-central-1"}, nil},
		"that the kubelet expands": {[]string{"location=us-central1", "location=$(LOCATION)"}, nil},
	} {
		t.Run(name, c.run)
	}
}
