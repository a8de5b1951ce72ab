package docs

import (
	"os"
	"strings"
	"testing"

	"github.com/linkerd-gcm/linkerd-gcm/check"
)

func TestChecksAreThoseOfTheTable(t *testing.T) {
	var table strings.Builder
	table.WriteString("| check | | when it fails | do |\n|---|---|---|---|\n")
	for _, c := range check.Checks {
		severity := string(check.Error)
		if c.Severity == check.Warning {
			severity = string(check.Warning)
		}
		table.WriteString(tableRow(`<a id="`+c.Anchor()+`"></a>`+c.Description, severity, c.Means, c.Do))
	}
	compareGenerated(t, "operations.md", "checks", table.String())
}

// The hints of failed checks lead to these places.
func TestEveryHintOfACheckLeadsSomewhere(t *testing.T) {
	text, err := os.ReadFile("operations.md")
	if err != nil {
		t.Fatal(err)
	}
	_, file, _ := strings.Cut(check.Documentation, "/blob/main/docs/")
	if file != "operations.md" {
		t.Errorf("the hints lead to %s", check.Documentation)
	}
	for _, c := range check.Checks {
		if places := strings.Count(string(text), `<a id="`+c.Anchor()+`"></a>`); places != 1 {
			t.Errorf("operations.md has %d places for #%s, want 1", places, c.Anchor())
		}
	}
}
