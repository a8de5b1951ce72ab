package main

import (
	stdflag "flag"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = stdflag.Bool("update", false, "write the table of flags instead of comparing it")

// TestTheFlagsAreDocumented compares the table of flags in docs/exporter.md with that of the
// program.
func TestTheFlagsAreDocumented(t *testing.T) {
	const document, begin, end = "../../docs/exporter.md", "<!-- begin exporter flags -->\n", "<!-- end exporter flags -->\n"
	var want strings.Builder
	want.WriteString("| flag | default | what it does |\n|---|---|---|\n")
	for _, f := range flags {
		fallback := f.fallback
		if fallback != "" {
			fallback = "`" + fallback + "`"
		}
		want.WriteString("| `--" + f.name + "` | " + fallback + " | " + strings.ReplaceAll(f.help, "|", `\|`) + " |\n")
	}
	text, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, hasBegin := strings.Cut(string(text), begin)
	got, after, hasEnd := strings.Cut(rest, end)
	if !hasBegin || !hasEnd {
		t.Fatalf("%s has no %q and %q", document, begin, end)
	}
	if *update {
		got = want.String()
		if err := os.WriteFile(document, []byte(before+begin+got+end+after), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(want.String(), got); diff != "" {
		t.Errorf("go test ./cmd/gcm-exporter -update writes it (-want +got):\n%s", diff)
	}
}
