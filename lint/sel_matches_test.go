package lint

import (
	"testing"

	"github.com/linkerd-gcm/linkerd-gcm/stackdriver"
)

func TestSelectorsThatOnlyRecordedMetricsCanMatch(t *testing.T) {
	for text, want := range map[string]bool{
		"a:b": true, "ab": false, `{__name__=~"a:.+"}`: true, `{__name__=~"a.+"}`: false,
		`{__name__=~"a:b|c:d"}`: true, `{__name__=~"a:b|cd"}`: false,
		`{__name__=~"a(:b)+"}`: true, `{__name__=~"a(:b)*"}`: false, `{__name__=~"a(:b){2}"}`: true, `{__name__=~"a(:b){0,2}"}`: false,
		`{__name__!~"a:b",job="c"}`: false, `{job="a:b"}`: false,
	} {
		parsed, err := stackdriver.ParseSelector(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := wantsColon(parsed); got != want {
			t.Errorf("%s: got %v, want %v", text, got, want)
		}
	}
}

func TestWhatSelectorsMatch(t *testing.T) {
	one := rulesFile(aRate, rateExpr)
	for name, test := range map[string]struct {
		setup
		want []string
	}{
		"the only selector misses every recorded metric": {
			setup: setup{include: `{__name__=~"linkerd_svc:.+"}`, rules: one},
			want:  []string{`SEL006 error gcm.linkerd.io/include:1:1+28 selector {__name__=~"linkerd_svc:.+"} matches no recorded metric`},
		},
		"the only selector misses, by a prefix without colon": {
			setup: setup{include: `{__name__=~"linkerd_job.+"}`, rules: rulesFile("linkerd_svc:x", rateExpr)},
			want:  []string{`SEL006 error gcm.linkerd.io/include:1:1+27 selector {__name__=~"linkerd_job.+"} matches no recorded metric`},
		},
		"one of two selectors misses": {
			setup: setup{include: recorded + "\nlinkerd_job:request_rates:5m", rules: one},
			want:  []string{"SEL006 error gcm.linkerd.io/include:2:1+28 selector linkerd_job:request_rates:5m matches no recorded metric"},
		},
		"it may be recorded in a file that is not at hand": {
			setup: setup{include: "linkerd_job:request_rates:5m\n" + recorded, rules: one, incomplete: true},
		},
		"files that are still empty": {
			setup: setup{include: recorded, rules: "groups: []\n"},
			want:  []string{`SEL006 warning gcm.linkerd.io/include:1:1+28 selector {__name__=~"linkerd_job:.+"} matches no recorded metric`},
		},
		"scraped metrics alone, which may be meant": {
			setup: setup{include: "process_cpu_seconds_total\n{__name__=~\"go_.+\"}", rules: one},
			want:  []string{"SEL006 warning a_rules.yml:4:13+27 none of the 1 rules of this file records a metric that a selector matches"},
		},
		"a rule that nothing selects": {
			setup: setup{include: recorded, rules: rulesFile(aRate, rateExpr, "other:rate", rateExpr)},
			want:  []string{"SEL006 warning a_rules.yml:6:13+10 no selector matches other:rate"},
		},
		"a rule that another rule or an alert reads": {
			setup: setup{include: recorded, rules: rulesFile(aRate, "sum by (job, instance) (other:rate)", "other:rate", rateExpr, "third:rate", rateExpr) +
				"  - alert: Silent\n    expr: third:rate == 0\n"},
		},
		"a selector that depends on labels": {
			setup: setup{include: `{__name__=~"linkerd_job:.+",namespace="default"}`, rules: one},
		},
		"a label that the rule drops": {
			setup: setup{include: `{tls="true",__name__=~"linkerd_job:.+"}`, rules: rulesFile(aRate, rateExpr, aCounter, sumExpr)},
			want:  []string{`SEL010 warning gcm.linkerd.io/include:1:2+10 because of tls="true", linkerd_job:request_rate:5m is not selected: its label tls is always absent`},
		},
		"a label that the rule sets": {
			setup: setup{include: `{__name__=~"linkerd_job:.+",level="pod"}` + "\n" + aRate, rules: rulesFile(aRate, rateExpr, "linkerd_job:other", rateExpr+"\n    labels:\n      level: node")},
			want: []string{
				`SEL006 error gcm.linkerd.io/include:1:1+40 selector {__name__=~"linkerd_job:.+",level="pod"} matches no recorded metric`,
				`SEL010 warning gcm.linkerd.io/include:1:29+11 because of level="pod", linkerd_job:other is not selected: its label level is always "node"`,
			},
		},
	} {
		t.Run(name, func(t *testing.T) { expect(t, test.input(), test.want) })
	}
}
