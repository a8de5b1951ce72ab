package lint

import (
	"testing"
)

func TestRenames(t *testing.T) {
	one := rulesFile(aRate, rateExpr)
	for name, test := range map[string]struct {
		setup
		want []string
	}{
		"no rename": {
			setup: setup{include: recorded, rules: one, config: "{}"},
			want:  []string{"REN001 error a_rules.yml:4:13+27 linkerd_job:request_rate:5m is exported under a name with a colon, which Google refuses"},
		},
		"no rename, for labels that may be selected": {
			setup: setup{include: `{__name__=~"linkerd_job:.+",pod="a"}`, rules: one, config: "{}"},
			want:  []string{"REN001 error a_rules.yml:4:13+27 linkerd_job:request_rate:5m is exported under a name with a colon, which Google refuses"},
		},
		"no configuration at hand": {setup: setup{include: recorded, rules: one}},
		"no selectors at hand":     {setup: setup{rules: one, config: "{}"}},
		"a configuration that does not decode": {
			setup: setup{include: recorded, rules: one, config: "metric_renames: {}"},
			want:  []string{"CFG003 error sidecar.yml:1:17+0 metric_renames must be a list, not a map"},
		},
		"a recorded name without colon, with a type": {setup: setup{include: "linkerd_rate", rules: rulesFile("linkerd_rate", rateExpr), config: "static_metadata:\n- metric: linkerd_rate\n  type: gauge\n"}},
		"a misspelt name": {
			setup: setup{include: recorded, rules: one, config: renaming(aRate, "a", "linkerd_job:request_rates:5m", "b")},
			want:  []string{"REN002 warning sidecar.yml:4:9+28 linkerd_job:request_rates:5m is renamed, but no rule records it"},
		},
		"a name that other files may record": {setup: setup{include: recorded, rules: one, config: renaming(aRate, "a", "linkerd_job:other", "b"), incomplete: true}},
		"a rename of nothing": {
			setup: setup{include: recorded, rules: one, config: renaming(aRate, "a") + "- to: b\n"},
			want:  []string{`REN002 warning sidecar.yml:4:3+0 the rename to "b" has no from`},
		},
		"a scraped metric that nothing selects": {
			setup: setup{include: recorded, rules: one, config: renaming(aRate, "a", "request_total", "b")},
			want:  []string{"REN003 warning sidecar.yml:4:9+13 request_total is renamed, but no selector matches it"},
		},
		"a histogram of which something is selected": {setup: setup{include: recorded + "\nlatency_count", rules: one, config: renaming(aRate, "a", "latency", "b")}},
		"renamed twice": {
			setup: setup{include: recorded, rules: one, config: renaming(aRate, "a", aRate, "b")},
			want:  []string{`REN004 error sidecar.yml:2:9+27 linkerd_job:request_rate:5m is renamed again 2 lines below, to "b"; this entry has no effect`},
		},
		"renamed twice to the same": {
			setup: setup{include: recorded, rules: one, config: renaming(aRate, "a", aRate, "a")},
			want:  []string{`REN004 warning sidecar.yml:2:9+27 linkerd_job:request_rate:5m is renamed again 2 lines below, to "a"; this entry has no effect`},
		},
		"a new name for nothing": {
			setup: setup{include: aRate, config: "metric_renames:\n- to: a:b\n"},
			want:  []string{`REN002 warning sidecar.yml:2:3+0 the rename to "a:b" has no from`},
		},
		"a part of a histogram": {
			setup: setup{include: "{__name__=~\"response_latency_ms_.+\",job=\"linkerd-proxy\"}", rules: one, config: renaming("response_latency_ms_bucket", "a")},
			want: []string{
				"REN011 warning sidecar.yml:2:9+26 response_latency_ms_bucket is part of the histogram response_latency_ms, which is renamed as a whole",
				"SEL006 warning a_rules.yml:4:13+27 none of the 1 rules of this file records a metric that a selector matches",
				`SEL008 warning gcm.linkerd.io/include:1:1+56 selector {__name__=~"response_latency_ms_.+",job="linkerd-proxy"} matches series of the proxies themselves: response_latency_ms_bucket, response_latency_ms_count, response_latency_ms_sum`,
			},
		},
		"a word that YAML takes for something else": {
			setup: setup{include: recorded, rules: one, config: renaming(aRate, "yes")},
			want:  []string{`REN012 warning sidecar.yml:3:7+3 yes becomes "true": YAML takes it for a number, a boolean or null unless it is quoted`},
		},
	} {
		t.Run(name, func(t *testing.T) { expect(t, test.input(), test.want) })
	}
}
