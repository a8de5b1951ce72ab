package manifests

import (
	"regexp"
	"strings"
	"testing"
)

func TestTheNotesSayWhatHelmLeavesBehind(t *testing.T) {
	provided := map[string]any{"certificates": "provided", "providedCertificate": map[string]any{"secretName": "s", "caBundle": "-----BEGIN CERTIFICATE-----"}}
	for name, test := range map[string]struct {
		values map[string]any
		want   string
	}{
		"self-managed": {nil, "leaves behind what Helm did not create: the namespace linkerd-gcm, the Secret gcm-injector-ca " +
			"and the Lease gcm-injector in it, and your annotations, and ConfigMaps if there are any, in linkerd-viz."},
		"cert-manager": {map[string]any{"certificates": "cert-manager"}, "leaves behind what Helm did not create: the namespace linkerd-gcm, " +
			"the Secrets gcm-injector-issuer and gcm-injector-tls in it, and your annotations, and ConfigMaps if there are any, in linkerd-viz."},
		"provided": {provided, "leaves behind what Helm did not create: the namespace linkerd-gcm, and your annotations, and ConfigMaps if there are any, in linkerd-viz."},
		"with the namespace": {map[string]any{"createNamespace": true},
			"leaves behind what Helm did not create: your annotations, and ConfigMaps if there are any, in linkerd-viz."},
	} {
		t.Run(name, func(t *testing.T) {
			notes := notesOf(t, test.values)
			if got := strings.Join(strings.Fields(notes), " "); !strings.Contains(got, test.want) {
				t.Errorf("the notes do not say %q:\n%s", test.want, notes)
			}
		})
	}
}

func TestTheNotesWaitForTheInjectorBeforeTheRestart(t *testing.T) {
	notes := notesOf(t, nil)
	wait, restart := strings.Index(notes, "linkerd gcm check --wait"), strings.Index(notes, "rollout restart")
	if wait < 0 || restart < wait {
		t.Errorf("check --wait does not come before the restart:\n%s", notes)
	}
}

// A shell reads <word> as the name of a file to read from.
func TestTheCommandsOfTheNotesCanBePasted(t *testing.T) {
	google := map[string]any{"createNamespace": true, "sidecarImage": "r.example/stackdriver-prometheus-sidecar:1"}
	for _, values := range []map[string]any{nil, google, {"sidecarImage": "r.example/mirror/linkerd-gcm:1"}} {
		notes := notesOf(t, values)
		if found := regexp.MustCompile(`<[a-z-]+>`).FindString(notes); found != "" {
			t.Errorf("the notes have %s:\n%s", found, notes)
		}
		if generates := strings.Contains(notes, "linkerd gcm generate --sidecar stackdriver"); generates != (values["createNamespace"] == true) {
			t.Errorf("with values %v, the notes generate ConfigMaps: %v", values, generates)
		}
		if strings.Contains(notes, "sidecar-image") {
			t.Errorf("with values %v, the notes ask for the sidecar's image:\n%s", values, notes)
		}
	}
}

// notesOf returns what Helm prints after an installation.
func notesOf(t *testing.T, values map[string]any) string {
	t.Helper()
	loaded, err := Chart()
	if err != nil {
		t.Fatal(err)
	}
	files, err := execute(loaded, Options{Values: values}, "Helm")
	if err != nil {
		t.Fatal(err)
	}
	return files["linkerd-gcm/templates/NOTES.txt"]
}
