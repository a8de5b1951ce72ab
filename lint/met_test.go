package lint

import (
	"strings"
	"testing"
)

func TestMetadata(t *testing.T) {
	typed := func(metric string, more ...string) string {
		return "static_metadata:\n- metric: " + metric + "\n  " + strings.Join(more, "\n  ") + "\n"
	}
	renamed := renaming(aRate, "rate", aCounter, "total")
	both := rulesFile(aRate, rateExpr, aCounter, sumExpr)
	counter := typed(aCounter, "type: counter")
	for name, test := range map[string]struct {
		config string
		want   []string
	}{
		"a type for the new name": {
			config: typed("total", "type: counter"),
			want: []string{
				"MET001 error sidecar.yml:7:11+5 total is the new name of linkerd_job:request_total:sum; its type is looked up under linkerd_job:request_total:sum",
			},
		},
		"a type for both names": {
			config: counter + "- metric: total\n  type: counter\n",
			want: []string{
				"MET001 warning sidecar.yml:9:11+5 total is the new name of linkerd_job:request_total:sum; its type is looked up under linkerd_job:request_total:sum",
			},
		},
		"a gauge, as which it is exported anyway": {
			config: counter + "- metric: rate\n  type: gauge\n",
			want: []string{
				"MET001 warning sidecar.yml:9:11+4 rate is the new name of linkerd_job:request_rate:5m; its type is looked up under linkerd_job:request_rate:5m",
			},
		},
		"a misspelt name": {
			config: counter + "- metric: linkerd_job:request_rates:5m\n  type: gauge\n",
			want:   []string{"MET001 warning sidecar.yml:9:11+28 linkerd_job:request_rates:5m has a type, but no rule records it"},
		},
		"the entry has a type, but no metric": {
			config: counter + "- type: gauge\n",
			want:   []string{"MET001 warning sidecar.yml:9:3+0 the entry has a type, but no metric"},
		},
		"a type in capitals": {
			config: typed(aCounter, "type: Counter"),
			want: []string{
				`MET002 error sidecar.yml:8:9+7 type "Counter" is not one of counter, gauge, histogram, summary, unknown, untyped`,
			},
		},
		"a value type that does not exist": {
			config: typed(aCounter, "type: counter", "value_type: float"),
			want:   []string{`MET003 error sidecar.yml:9:15+5 value_type "float" is not one of double, int64`},
		},
		"a recorded histogram": {
			config: counter + "- metric: linkerd_job:request_rate:5m\n  type: histogram\n",
			want:   []string{"MET004 error sidecar.yml:10:9+9 the recorded metric linkerd_job:request_rate:5m is not part of a histogram"},
		},
		"a counter without a type": {
			config: typed(aRate, "type: gauge"),
			want:   []string{"MET006 warning a_rules.yml:6:13+29 linkerd_job:request_total:sum is a counter, but is exported as a gauge"},
		},
		"a counter that is to be a gauge": {config: typed(aCounter, "type: gauge")},
		"a rate as a counter": {
			config: counter + "- metric: linkerd_job:request_rate:5m\n  type: counter\n",
			want:   []string{"MET007 error sidecar.yml:10:9+7 linkerd_job:request_rate:5m is typed as a counter, but its values are those of a rate"},
		},
		"a rate without fractions": {
			config: counter + "- metric: linkerd_job:request_rate:5m\n  type: gauge\n  value_type: int64\n",
			want:   []string{"MET008 warning sidecar.yml:11:15+5 linkerd_job:request_rate:5m has fractions, which int64 rounds away"},
		},
		"a counter without fractions": {config: typed(aCounter, "type: counter", "value_type: int64")},
		"two types": {
			config: typed(aCounter, "type: gauge") + "- metric: linkerd_job:request_total:sum\n  type: counter\n",
			want:   []string{"MET009 error sidecar.yml:7:11+29 linkerd_job:request_total:sum has another type 2 lines below, counter; this entry has no effect"},
		},
		"the same type twice": {
			config: counter + "- metric: linkerd_job:request_total:sum\n  type: counter\n",
			want:   []string{"MET009 warning sidecar.yml:7:11+29 linkerd_job:request_total:sum has another type 2 lines below, counter; this entry has no effect"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			expect(t, setup{include: recorded, rules: both, config: renamed + test.config}.input(), test.want)
		})
	}
}

func TestTypesUnderTheNameWithoutSuffix(t *testing.T) {
	for name, test := range map[string]struct {
		metadata string
		want     []string
	}{
		"a summary": {
			metadata: "summary",
			want:     []string{"MET005 error sidecar.yml:3:9+7 the recorded metric linkerd_errors_total is not part of a summary"},
		},
		"a histogram": {
			metadata: "histogram",
			want:     []string{"MET004 error sidecar.yml:3:9+9 the recorded metric linkerd_errors_total is not part of a histogram"},
		},
		"a counter": {metadata: "counter"},
	} {
		t.Run(name, func(t *testing.T) {
			expect(t, setup{include: "linkerd_errors_total", rules: rulesFile("linkerd_errors_total", sumExpr),
				config: "static_metadata:\n- metric: linkerd_errors\n  type: " + test.metadata + "\n"}.input(), test.want)
		})
	}
}

// TestTypesForTheExporter has MET012 in place of MET001.
func TestTypesForTheExporter(t *testing.T) {
	rules := rulesFile(aRate, rateExpr, aCounter, sumExpr)
	runWithExporter(t, map[string]exporterTest{
		"under the new name": {setup{include: recorded, rules: rules, config: renaming(aCounter, "requests") + "static_metadata:\n- {metric: requests, type: counter}\n"}, nil},
		"under both":         {setup{include: recorded, rules: rules, config: renaming(aCounter, "requests") + "static_metadata:\n- {metric: requests, type: counter}\n- {metric: '" + aCounter + "', type: counter}\n"}, nil},
		"a gauge under the new name": {setup{include: recorded, rules: rules, config: renaming(aRate, "rate", aCounter, "requests") + "static_metadata:\n- {metric: rate, type: counter}\n- {metric: requests, type: counter}\n"},
			[]string{"MET007 error sidecar.yml:7:24+7 linkerd_job:request_rate:5m is typed as a counter, but its values are those of a rate"}},
		"of what no rule records": {setup{include: recorded, rules: rules, config: "static_metadata:\n- {metric: '" + aCounter + "', type: counter}\n- {metric: 'linkerd_job:x', type: counter}\n"},
			[]string{"MET012 warning sidecar.yml:3:13+13 linkerd_job:x has a type, but no rule records it"}},
		"no type at all": {setup{include: recorded, rules: rules, config: "{}"}, []string{"MET006 warning a_rules.yml:6:13+29 linkerd_job:request_total:sum is a counter, but is exported as a gauge"}},
		"two types": {setup{include: recorded, rules: rules, config: "static_metadata:\n- {metric: '" + aCounter + "', type: counter}\n- {metric: '" + aCounter + "', type: gauge}\n"},
			[]string{`MET009 error sidecar.yml:3:3+0 static_metadata[1] says gauge of "linkerd_job:request_total:sum", and an earlier entry counter`}},
	})
}
