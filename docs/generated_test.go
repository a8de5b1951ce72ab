package docs

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write what is generated instead of comparing it")

// compareGenerated holds the part of a document between the comments "begin NAME"
// and "end NAME" against what a table of the code makes of it.
func compareGenerated(t *testing.T, document, name, want string) {
	t.Helper()
	text, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	begin, end := fmt.Sprintf("<!-- begin %s -->\n", name), fmt.Sprintf("<!-- end %s -->\n", name)
	before, rest, hasBegin := strings.Cut(string(text), begin)
	got, after, hasEnd := strings.Cut(rest, end)
	if !hasBegin || !hasEnd {
		t.Fatalf("%s has no %q and %q", document, begin, end)
	}
	if *update {
		got = want
		if err := os.WriteFile(document, []byte(before+begin+want+end+after), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("go test ./docs -update writes it (-want +got):\n%s", diff)
	}
}

// tableRow is a row of a Markdown table.
func tableRow(cells ...string) string {
	var row strings.Builder
	for _, cell := range cells {
		row.WriteString("| " + strings.ReplaceAll(cell, "|", `\|`) + " ")
	}
	return row.String() + "|\n"
}
