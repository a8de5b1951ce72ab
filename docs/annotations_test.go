package docs

import (
	"strings"
	"testing"

	"github.com/linkerd-gcm/linkerd-gcm/settings"
)

// TestAnnotationsAreThoseOfTheTable holds annotations.md against the table that
// the program reads annotations by.
func TestAnnotationsAreThoseOfTheTable(t *testing.T) {
	compareGenerated(t, "annotations.md", "annotations", annotationTable())
}

func annotationTable() string {
	var table strings.Builder
	table.WriteString("| key | value | default | |\n|---|---|---|---|\n")
	for _, a := range settings.Annotations {
		byDefault := "none"
		if a.Default != "" {
			byDefault = "`" + a.Default + "`"
		}
		table.WriteString(tableRow("`"+strings.TrimPrefix(a.Key, settings.Prefix)+"`", a.Values, byDefault, a.Doc))
	}
	return table.String()
}
