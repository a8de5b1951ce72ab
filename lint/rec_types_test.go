package lint

import "testing"

func TestTypesOfRecordedSeries(t *testing.T) {
	const unnamed = "linkerd_rate"
	for name, test := range map[string]struct {
		setup
		id, want string
	}{
		"neither colon nor type": {
			setup: setup{include: unnamed, rules: rulesFile(unnamed, rateExpr), config: "{}"},
			id:    "REC006", want: "REC006 error a_rules.yml:4:13+12",
		},
		"a type":  {setup: setup{include: unnamed, rules: rulesFile(unnamed, rateExpr), config: "static_metadata:\n- {metric: linkerd_rate, type: gauge}\n"}, id: "REC006"},
		"a colon": {setup: setup{include: recorded, rules: rulesFile(aRate, rateExpr), config: "{}"}, id: "REC006"},
		"an alert that is selected": {
			setup: setup{include: `{__name__=~".+"}`, rules: rulesFile(aRate, rateExpr) + "  - alert: Silent\n    expr: up == 0\n"},
			id:    "REC019", want: "REC019 info a_rules.yml:6:12+6",
		},
		"an alert that is not selected": {setup: setup{include: recorded, rules: rulesFile(aRate, rateExpr) + "  - alert: Silent\n    expr: up == 0\n"}, id: "REC019"},
	} {
		t.Run(name, func(t *testing.T) { expectAbout(t, test.input(), test.id, test.want) })
	}
}
