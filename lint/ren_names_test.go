package lint

import (
	"strings"
	"testing"
)

func TestNewNames(t *testing.T) {
	one := rulesFile(aRate, rateExpr)
	two := rulesFile(aRate, rateExpr, "linkerd_job:request_rate:1m", rateExpr)
	for name, test := range map[string]struct {
		setup
		want []string
	}{
		"no new name": {
			setup: setup{include: recorded, rules: one, config: "metric_renames:\n- from: linkerd_job:request_rate:5m\n"},
			want:  []string{"REN006 error sidecar.yml:2:3+0 linkerd_job:request_rate:5m is renamed, but has no new name"},
		},
		"characters that Google refuses": {
			setup: setup{include: recorded, rules: one, config: renaming(aRate, `"a-b"`)},
			want:  []string{`REN007 error sidecar.yml:3:8+3 linkerd_job:request_rate:5m is renamed to "a-b": "-" is not allowed in a name: only letters, digits, _ and /`},
		},
		"a dot": {
			setup: setup{include: recorded, rules: one, config: renaming(aRate, "a.b")},
			want:  []string{`REN007 warning sidecar.yml:3:7+3 linkerd_job:request_rate:5m is renamed to "a.b": a dot may not be allowed in a name: use letters, digits, _ and /`},
		},
		"90 characters": {
			setup: setup{include: recorded, rules: one, config: renaming(aRate, strings.Repeat("a", 90))},
			want: []string{"REN008 warning sidecar.yml:3:7+90 linkerd_job:request_rate:5m is renamed to \"" + strings.Repeat("a", 80) + "…\": prometheus/" +
				strings.Repeat("a", 90) + " has 101 characters after the domain, where 100 are safe"},
		},
		"89 characters": {setup: setup{include: recorded, rules: one, config: renaming(aRate, strings.Repeat("a", 89))}},
		"166 characters": {
			setup: setup{include: recorded, rules: one, config: renaming(aRate, strings.Repeat("a", 166))},
			want: []string{"REN008 error sidecar.yml:3:7+166 linkerd_job:request_rate:5m is renamed to \"" + strings.Repeat("a", 80) + "…\": " +
				"the metric type has 201 characters, where at most 200 are allowed"},
		},
		"an underscore first, in a metric that keeps its name": {
			setup: setup{include: "_rate", rules: rulesFile("_rate", rateExpr), config: "static_metadata:\n- metric: _rate\n  type: gauge\n"},
			want:  []string{"REN009 warning a_rules.yml:4:13+5 _rate is exported under its own name: a name should begin with a letter"},
		},
		"one name in PromQL": {
			setup: setup{include: recorded, rules: two, config: renaming(aRate, "a/b_c", "linkerd_job:request_rate:1m", "a_b/c")},
			want:  []string{`REN009 warning sidecar.yml:5:7+5 "a_b/c" and "a/b_c", 2 lines above, are the same name in Google's PromQL: a_b_c`},
		},
	} {
		t.Run(name, func(t *testing.T) { expect(t, test.input(), test.want) })
	}
}
