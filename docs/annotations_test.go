package docs

import (
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/linkerd-gcm/linkerd-gcm/settings"
)

var update = flag.Bool("update", false, "write what is generated instead of comparing it")

const (
	begin = "<!-- begin annotations -->\n"
	end   = "<!-- end annotations -->\n"
)

// TestAnnotationsAreThoseOfTheTable holds annotations.md against the table that
// the program reads annotations by.
func TestAnnotationsAreThoseOfTheTable(t *testing.T) {
	text, err := os.ReadFile("annotations.md")
	if err != nil {
		t.Fatal(err)
	}
	before, rest, hasBegin := strings.Cut(string(text), begin)
	table, after, hasEnd := strings.Cut(rest, end)
	if !hasBegin || !hasEnd {
		t.Fatalf("annotations.md has no %q and %q", begin, end)
	}
	if *update {
		table = annotationTable()
		if err := os.WriteFile("annotations.md", []byte(before+begin+table+end+after), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(annotationTable(), table); diff != "" {
		t.Errorf("go test ./docs -update writes the table (-want +got):\n%s", diff)
	}
}

func annotationTable() string {
	var table strings.Builder
	table.WriteString("| key | value | default | |\n|---|---|---|---|\n")
	for _, a := range settings.Annotations {
		byDefault := "none"
		if a.Default != "" {
			byDefault = "`" + a.Default + "`"
		}
		cells := []string{"`" + strings.TrimPrefix(a.Key, settings.Prefix) + "`", a.Values, byDefault, a.Doc}
		for i, cell := range cells {
			cells[i] = strings.ReplaceAll(cell, "|", `\|`)
		}
		table.WriteString("| " + strings.Join(cells, " | ") + " |\n")
	}
	return table.String()
}
