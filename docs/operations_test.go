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

func TestAlertsAreThoseOfTheChart(t *testing.T) {
	alerts, err := os.ReadFile("../manifests/linkerd-gcm/files/alerts.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if _, errs := rulefmt.Parse(alerts); len(errs) > 0 {
		t.Errorf("alerts: %v", errs)
	}
	compareGenerated(t, "operations.md", "alerts", "```yaml\n"+string(alerts)+"```\n")
}
