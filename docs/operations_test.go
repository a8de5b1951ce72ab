package docs

import (
	"os"
	"strings"
	"testing"

	"github.com/prometheus/prometheus/model/rulefmt"

	"github.com/linkerd-gcm/linkerd-gcm/stackdriver"
)

func TestDropReasonsAreThoseOfTheTable(t *testing.T) {
	var table strings.Builder
	table.WriteString("| lost | counted in | because |\n|---|---|---|\n")
	for _, reason := range stackdriver.DropReasons {
		counted := "nothing"
		if reason.Metric != "" {
			counted = "`" + reason.Metric + "`"
		}
		table.WriteString(tableRow("`"+string(reason.Name)+"`", counted, reason.What))
	}
	compareGenerated(t, "operations.md", "drop reasons", table.String())
}

func TestAlertsOfOperationsAreRulesOfPrometheus(t *testing.T) {
	text, err := os.ReadFile("operations.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(text), "Alerts for them:\n\n```yaml\n")
	alerts, _, closed := strings.Cut(rest, "```")
	if !found || !closed {
		t.Fatal("operations.md has no alerts")
	}
	if _, errs := rulefmt.Parse([]byte(alerts)); len(errs) > 0 {
		t.Errorf("alerts: %v", errs)
	}
}
