package lint

import (
	"strings"
	"testing"

	"github.com/linkerd-gcm/linkerd-gcm/settings"
)

func TestPlaceholdersAreNamedAsSuch(t *testing.T) {
	for value, want := range map[string]string{
		"${PROJECT_ID}":               "(${PROJECT_ID} is a placeholder: check what it is replaced by)",
		"x-${PROJECT_ID:=my-project}": "(${PROJECT_ID:=my-project} is a placeholder",
		"{{ .Values.project }}":       "({{ .Values.project }} is a placeholder",
		"{{project}}":                 "({{project}} is a placeholder",
		"{{ $labels.project }}":       "",
		"$1":                          "",
		"${1}":                        "",
	} {
		t.Run(value, func(t *testing.T) {
			annotations := map[string]string{settings.Inject: "enabled", settings.ProjectID: value}
			in := FromAnnotations(Annotated{Object: Object{Kind: "Namespace", Name: "viz"}, Annotations: annotations}, Annotated{}, settings.Defaults{})
			for _, f := range Checked(t, in) {
				if f.Rule != "CFG004" {
					continue
				}
				if named := strings.Contains(f.Message, "is a placeholder"); !strings.Contains(f.Message, want) || named != (want != "") {
					t.Errorf("got %q, want %q", f.Message, want)
				}
				return
			}
			t.Error("no finding")
		})
	}
}
