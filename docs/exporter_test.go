package docs

import (
	"strings"
	"testing"

	"github.com/linkerd-gcm/linkerd-gcm/exporter/cloudmonitoring"
	"github.com/linkerd-gcm/linkerd-gcm/exporter/configuration"
	"github.com/linkerd-gcm/linkerd-gcm/exporter/series"
	"github.com/linkerd-gcm/linkerd-gcm/exporter/status"
)

func TestTheExportersTablesAreThoseOfItsCode(t *testing.T) {
	var reasons, google, outcomes, metrics strings.Builder
	described := map[string]bool{}
	once := func(reason string) {
		if described[reason] {
			t.Errorf("the reason %s is described twice", reason)
		}
		described[reason] = true
	}
	reasons.WriteString("| reason | what it means | what to do |\n|---|---|---|\n")
	for _, r := range series.Reasons {
		once(string(r.Reason))
		reasons.WriteString(tableRow("`"+string(r.Reason)+"`", r.Meaning, r.Fix))
	}
	google.WriteString("| reason | the points are | what it means | what to do |\n|---|---|---|---|\n")
	for _, r := range cloudmonitoring.Reasons {
		once(r.ID)
		result := string(r.Result)
		if result == "" {
			result = "kept, and sent again"
		}
		google.WriteString(tableRow("`"+r.ID+"`", result, r.Meaning, r.Fix))
	}
	outcomes.WriteString("| outcome | what it means |\n|---|---|\n")
	for _, o := range status.Outcomes {
		meaning := o.Meaning
		if o.Outside {
			meaning += " Not in the sum."
		}
		outcomes.WriteString(tableRow("`"+o.Name+"`", meaning))
	}
	metrics.WriteString("| metric | label | what it says |\n|---|---|---|\n")
	for _, m := range status.Metrics() {
		label := ""
		if m.Label != "" {
			label = "`" + m.Label + "`"
		}
		metrics.WriteString(tableRow("`"+m.Name+"`", label, m.Help))
	}
	compareGenerated(t, "exporter.md", "exporter cases", cases())
	compareGenerated(t, "exporter.md", "exporter built-in", "```yaml\n"+configuration.BuiltIn+"```\n")
	compareGenerated(t, "exporter.md", "exporter reasons", reasons.String())
	compareGenerated(t, "exporter.md", "exporter answers", google.String())
	compareGenerated(t, "exporter.md", "exporter outcomes", outcomes.String())
	compareGenerated(t, "exporter.md", "exporter metrics", metrics.String())
}

// cases says what applies, by what is given.
func cases() string {
	given := map[bool]string{true: "given", false: "none"}
	var table strings.Builder
	table.WriteString("| `--include` | file | what applies | its word in JSON |\n|---|---|---|---|\n")
	for _, file := range []*configuration.File{nil, {HasKeys: true}} {
		for _, include := range [][]configuration.Selector{nil, {{}}} {
			effect := configuration.Effective(include, file)
			table.WriteString(tableRow(given[include != nil], given[file != nil], effect.Case.Words(), "`"+string(effect.Case)+"`"))
		}
	}
	return table.String()
}
