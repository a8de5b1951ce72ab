package lint

import (
	"testing"
)

func TestOneNameForTwo(t *testing.T) {
	one := rulesFile(aRate, rateExpr)
	two := rulesFile(aRate, rateExpr, "linkerd_job:request_rate:1m", rateExpr)
	labelled := rulesFile(aRate, rateExpr+"\n    labels:\n      window: 5m", "linkerd_job:request_rate:1m", rateExpr+"\n    labels:\n      window: 1m")
	for name, test := range map[string]struct {
		setup
		want []string
	}{
		"two metrics of one name": {
			setup: setup{include: recorded, rules: two, config: renaming(aRate, "a", "linkerd_job:request_rate:1m", "a")},
			want: []string{"REN005 error sidecar.yml:5:7+1 linkerd_job:request_rate:1m and linkerd_job:request_rate:5m are both exported as a, " +
				"so that the later of two samples with the same labels is dropped"},
		},
		"two metrics of one name and different labels": {setup: setup{include: recorded, rules: labelled, config: renaming(aRate, "a", "linkerd_job:request_rate:1m", "a")}},
		"two metrics of one name and different kinds": {
			setup: setup{include: recorded, rules: labelled, config: renaming(aRate, "a", "linkerd_job:request_rate:1m", "a") +
				"static_metadata:\n- metric: linkerd_job:request_rate:5m\n  type: gauge\n  value_type: double\n- metric: linkerd_job:request_rate:1m\n  type: untyped\n  value_type: int64\n"},
			want: []string{
				"REN005 error sidecar.yml:5:7+1 linkerd_job:request_rate:1m and linkerd_job:request_rate:5m are both exported as a, the one GAUGE INT64 and the other GAUGE DOUBLE: Google refuses one of them",
				"MET008 warning sidecar.yml:12:15+5 linkerd_job:request_rate:1m has fractions, which int64 rounds away",
			},
		},
		"the name of a scraped metric that is exported too": {
			setup: setup{include: aRate + "\nrequest_total", rules: one, config: renaming(aRate, "request_total")},
			want: []string{
				"REN005 error sidecar.yml:3:7+13 linkerd_job:request_rate:5m and request_total are both exported as request_total, so that the later of two samples with the same labels is dropped",
				"SEL008 warning gcm.linkerd.io/include:2:1+13 selector request_total matches series of the proxies themselves: request_total",
			},
		},
		"the name of a metric that is not exported":    {setup: setup{include: aRate, rules: one, config: renaming(aRate, "request_total")}},
		"a rename that is on its way, beside its heir": {setup: setup{include: recorded, rules: one, config: renaming(aRate, "a", "linkerd_job:other", "a"), incomplete: true}},
	} {
		t.Run(name, func(t *testing.T) { expect(t, test.input(), test.want) })
	}
}

// TestOneNameForTwoWithTheExporter has names that become equal without colons, and sums.
func TestOneNameForTwoWithTheExporter(t *testing.T) {
	two := rulesFile("linkerd_job:a:b", rateExpr, "linkerd_job:a_b", rateExpr)
	rate := rulesFile(aRate, rateExpr)
	runWithExporter(t, map[string]exporterTest{
		"without colons": {setup{include: recorded, rules: two, config: "{}"},
			[]string{"REN005 error a_rules.yml:6:13+15 linkerd_job:a_b and linkerd_job:a:b are both exported as linkerd_job_a_b, so that the later of two samples with the same labels is dropped"}},
		"of which one has another name": {setup{include: recorded, rules: two, config: renaming("linkerd_job:a:b", "c")}, nil},
		"a sum and a gauge": {setup{include: recorded, rules: rate, config: renaming(aRate, "responses") + "aggregate:\n- {metric: response_total, to: responses}\n"},
			[]string{"REN005 error sidecar.yml:5:32+9 linkerd_job:request_rate:5m and the sum are both exported as responses, the one GAUGE DOUBLE and the other CUMULATIVE DOUBLE: Google refuses one of them"}},
		"a sum and what it sums up": {setup{include: "response_total", config: "aggregate:\n- {metric: response_total}\n"},
			[]string{"REN005 warning sidecar.yml:2:12+14 the sum has the name of response_total, which is exported itself: who adds up that metric counts twice"}},
		"a sum with a name of its own": {setup{include: "response_total", config: "aggregate:\n- {metric: response_total, to: x}\n"}, nil},
	})
}
