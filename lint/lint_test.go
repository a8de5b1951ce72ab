package lint

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/linkerd-gcm/linkerd-gcm/internal/excerpt"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
)

const (
	aRate    = "linkerd_job:request_rate:5m"
	aCounter = "linkerd_job:request_total:sum"
	rateExpr = "sum by (job, instance, namespace, pod, direction) (rate(request_total[5m]))"
	sumExpr  = `sum without (le) (request_total{direction="inbound"})`
)

// setup is an input in brief: what is "" is not at hand.
type setup struct {
	include string
	rules   string
	config  string
	// incomplete says that Prometheus may load other rule files.
	incomplete bool
}

func (s setup) input() Input {
	var in Input
	if s.include != "" {
		in.Include = Selectors(Object{Kind: "Namespace", Name: "viz", Key: settings.Include}, s.include)
	}
	if s.rules != "" {
		in.RuleFiles = []Text{{s.rules, Object{Kind: "ConfigMap", Name: "rules", Key: "a_rules.yml"}, 1, 1}}
		in.RulesComplete = !s.incomplete
	}
	if s.config != "" {
		in.SidecarConfig = &Text{s.config, Object{Kind: "ConfigMap", Name: "config", Key: "sidecar.yml"}, 1, 1}
	}
	return in
}

// rulesFile writes a rules file: a name and an expression for each rule, from
// line 4 on, at column 13 of every second line.
func rulesFile(namesAndExpressions ...string) string {
	var text strings.Builder
	text.WriteString("groups:\n- name: linkerd\n  rules:\n")
	for i := 0; i < len(namesAndExpressions); i += 2 {
		fmt.Fprintf(&text, "  - record: %s\n    expr: %s\n", namesAndExpressions[i], namesAndExpressions[i+1])
	}
	return text.String()
}

// renaming writes metric_renames, from line 2 on.
func renaming(fromAndTo ...string) string {
	var text strings.Builder
	text.WriteString("metric_renames:\n")
	for i := 0; i < len(fromAndTo); i += 2 {
		fmt.Fprintf(&text, "- from: %s\n  to: %s\n", fromAndTo[i], fromAndTo[i+1])
	}
	return text.String()
}

func brief(findings []Finding) []string {
	var all []string
	for _, f := range findings {
		all = append(all, fmt.Sprintf("%s %s %s:%d:%d+%d %s", f.Rule, f.Severity, f.Object.Key, f.Line, f.Column, f.Length, f.Message))
	}
	return all
}

func expect(t *testing.T, in Input, want []string) {
	t.Helper()
	if diff := cmp.Diff(want, brief(Check(in).Findings)); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
}

const recorded = `{__name__=~"linkerd_job:.+"}`

func TestSelectors(t *testing.T) {
	one := rulesFile(aRate, rateExpr)
	for name, test := range map[string]struct {
		setup
		want []string
	}{
		"a selector in the third line, after blanks": {
			setup: setup{include: recorded + "\n\n  {a=~(}"},
			want:  []string{`SEL001 error gcm.linkerd.io/include:3:7+1 selector {a=~(}: unexpected character "(" inside braces`},
		},
		"characters, not bytes": {
			setup: setup{include: `{ä="x"}`},
			want:  []string{`SEL001 error gcm.linkerd.io/include:1:2+1 selector {ä="x"}: unexpected character "ä" inside braces`},
		},
		"accepted by Prometheus alone": {
			setup: setup{include: `{foo!="bar"}`},
			want:  []string{`SEL002 error gcm.linkerd.io/include:1:1+12 selector {foo!="bar"}: every matcher also matches a missing label: the sidecar wants at least one that doesn't, such as {__name__=~".+"}`},
		},
		"accepted by the sidecar alone": {
			setup: setup{include: "atan2"},
			want:  []string{"SEL003 info gcm.linkerd.io/include:1:1+5 selector atan2: the sidecar accepts it, but Prometheus 2.55 does not"},
		},
		"superfluous anchors": {
			setup: setup{include: `{job="x",__name__=~"^linkerd_job:.+$"}`},
			want:  []string{`SEL005 info gcm.linkerd.io/include:1:10+28 the anchors in __name__=~"^linkerd_job:.+$" are superfluous: every regular expression is anchored at both ends`},
		},
		"an escaped dollar is no anchor": {setup: setup{include: `{__name__=~"linkerd_job:.+\\$"}`}},
		"a piece of a recorded name": {
			setup: setup{include: recorded + "\n" + `{__name__=~"linkerd_job"}`, rules: one},
			want:  []string{`SEL005 warning gcm.linkerd.io/include:2:1+25 selector {__name__=~"linkerd_job"} matches whole names only, so not linkerd_job:request_rate:5m`},
		},
		"a piece of a recorded name that is a scraped name": {setup: setup{include: recorded + "\n" + `{__name__=~"up|request"}`, rules: rulesFile("linkerd_job:up:sum", rateExpr)}},
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
		"a selector that cannot be read may select anything": {
			setup: setup{include: recorded + "\n{", rules: rulesFile(aRate, rateExpr, "other:rate", rateExpr)},
			want:  []string{`SEL001 error gcm.linkerd.io/include:2:2+0 selector {: the selector ends before its closing }`},
		},
		"everything": {
			setup: setup{include: `{__name__=~".+"}`, rules: one},
			want:  []string{`SEL008 warning gcm.linkerd.io/include:1:1+16 selector {__name__=~".+"} matches the proxies' own control_request_total, control_response_total, request_total and 70 more`},
		},
		"the same twice": {
			setup: setup{include: recorded + "\n" + recorded, rules: one},
			want:  []string{`SEL009 info gcm.linkerd.io/include:2:1+28 selector {__name__=~"linkerd_job:.+"} is there already; the second changes nothing`},
		},
		"a label that the rule drops": {
			setup: setup{include: `{tls="true",__name__=~"linkerd_job:.+"}`, rules: rulesFile(aRate, rateExpr, aCounter, sumExpr)},
			want:  []string{`SEL010 warning gcm.linkerd.io/include:1:2+10 tls="true" keeps linkerd_job:request_rate:5m from being selected, whose label tls is always absent`},
		},
		"a label that the rule sets": {
			setup: setup{include: `{__name__=~"linkerd_job:.+",level="pod"}` + "\n" + aRate, rules: rulesFile(aRate, rateExpr, "linkerd_job:other", rateExpr+"\n    labels:\n      level: node")},
			want: []string{
				`SEL006 error gcm.linkerd.io/include:1:1+40 selector {__name__=~"linkerd_job:.+",level="pod"} matches no recorded metric`,
				`SEL010 warning gcm.linkerd.io/include:1:29+11 level="pod" keeps linkerd_job:other from being selected, whose label level is always "node"`,
			},
		},
		"quotes of a shell": {
			setup: setup{include: "'" + recorded + "'"},
			want:  []string{`SEL012 error gcm.linkerd.io/include:1:1+30 selector '{__name__=~"linkerd_job:.+"}' has quotes around it, which no shell removes`},
		},
		"one quote of a shell": {
			setup: setup{include: `"{__name__=~\"linkerd_job:.+\"}`},
			want:  []string{`SEL012 error gcm.linkerd.io/include:1:1+31 selector "{__name__=~\"linkerd_job:.+\"} has quotes around it, which no shell removes`},
		},
	} {
		t.Run(name, func(t *testing.T) { expect(t, test.input(), test.want) })
	}
}

func TestRenames(t *testing.T) {
	one := rulesFile(aRate, rateExpr)
	two := rulesFile(aRate, rateExpr, "linkerd_job:request_rate:1m", rateExpr)
	labelled := rulesFile(aRate, rateExpr+"\n    labels:\n      window: 5m", "linkerd_job:request_rate:1m", rateExpr+"\n    labels:\n      window: 1m")
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
			want:  []string{`REN002 warning sidecar.yml:4:3+0 the rename to "b" says not of which metric: it has no from`},
		},
		"a scraped metric that nothing selects": {
			setup: setup{include: recorded, rules: one, config: renaming(aRate, "a", "request_total", "b")},
			want:  []string{"REN003 warning sidecar.yml:4:9+13 request_total is renamed, but no selector matches it"},
		},
		"a histogram of which something is selected": {setup: setup{include: recorded + "\nlatency_count", rules: one, config: renaming(aRate, "a", "latency", "b")}},
		"renamed twice": {
			setup: setup{include: recorded, rules: one, config: renaming(aRate, "a", aRate, "b")},
			want:  []string{`REN004 error sidecar.yml:2:9+27 linkerd_job:request_rate:5m is renamed again in line 4, to "b"; this entry does nothing`},
		},
		"renamed twice to the same": {
			setup: setup{include: recorded, rules: one, config: renaming(aRate, "a", aRate, "a")},
			want:  []string{`REN004 warning sidecar.yml:2:9+27 linkerd_job:request_rate:5m is renamed again in line 4, to "a"; this entry does nothing`},
		},
		"two metrics of one name": {
			setup: setup{include: recorded, rules: two, config: renaming(aRate, "a", "linkerd_job:request_rate:1m", "a")},
			want: []string{"REN005 error sidecar.yml:5:7+1 linkerd_job:request_rate:1m and linkerd_job:request_rate:5m are both exported as a, " +
				"so that of two samples with the same labels the later one is dropped"},
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
				"REN005 error sidecar.yml:3:7+13 linkerd_job:request_rate:5m and request_total are both exported as request_total, so that of two samples with the same labels the later one is dropped",
				"SEL008 warning gcm.linkerd.io/include:2:1+13 selector request_total matches the proxies' own request_total",
			},
		},
		"the name of a metric that is not exported":    {setup: setup{include: aRate, rules: one, config: renaming(aRate, "request_total")}},
		"a rename that is on its way, beside its heir": {setup: setup{include: recorded, rules: one, config: renaming(aRate, "a", "linkerd_job:other", "a"), incomplete: true}},
		"no new name": {
			setup: setup{include: recorded, rules: one, config: "metric_renames:\n- from: linkerd_job:request_rate:5m\n"},
			want:  []string{"REN006 error sidecar.yml:2:3+0 linkerd_job:request_rate:5m is renamed to nothing"},
		},
		"a new name for nothing": {
			setup: setup{include: aRate, config: "metric_renames:\n- to: a:b\n"},
			want:  []string{`REN002 warning sidecar.yml:2:3+0 the rename to "a:b" says not of which metric: it has no from`},
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
			want:  []string{`REN009 warning sidecar.yml:5:7+5 "a_b/c" and "a/b_c", in line 3, are one name in Google's PromQL: a_b_c`},
		},
		"a part of a histogram": {
			setup: setup{include: "{__name__=~\"response_latency_ms_.+\",job=\"linkerd-proxy\"}", rules: one, config: renaming("response_latency_ms_bucket", "a")},
			want: []string{
				"REN011 warning sidecar.yml:2:9+26 response_latency_ms_bucket is part of the histogram response_latency_ms, which is renamed as a whole",
				"SEL006 warning a_rules.yml:4:13+27 none of the 1 rules of this file records a metric that a selector matches",
				`SEL008 warning gcm.linkerd.io/include:1:1+56 selector {__name__=~"response_latency_ms_.+",job="linkerd-proxy"} matches the proxies' own response_latency_ms_bucket, response_latency_ms_count, response_latency_ms_sum`,
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
				"MET001 error sidecar.yml:7:11+5 total is what linkerd_job:request_total:sum is renamed to; its type is looked up under linkerd_job:request_total:sum",
			},
		},
		"a type for both names": {
			config: counter + "- metric: total\n  type: counter\n",
			want: []string{
				"MET001 warning sidecar.yml:9:11+5 total is what linkerd_job:request_total:sum is renamed to; its type is looked up under linkerd_job:request_total:sum",
			},
		},
		"a gauge, as which it is exported anyway": {
			config: counter + "- metric: rate\n  type: gauge\n",
			want: []string{
				"MET001 warning sidecar.yml:9:11+4 rate is what linkerd_job:request_rate:5m is renamed to; its type is looked up under linkerd_job:request_rate:5m",
			},
		},
		"a misspelt name": {
			config: counter + "- metric: linkerd_job:request_rates:5m\n  type: gauge\n",
			want:   []string{"MET001 warning sidecar.yml:9:11+28 linkerd_job:request_rates:5m has a type, but no rule records it"},
		},
		"a type without a metric": {
			config: counter + "- type: gauge\n",
			want:   []string{"MET001 warning sidecar.yml:9:3+0 a type without a metric"},
		},
		"a type in capitals": {
			config: typed(aCounter, "type: Counter"),
			want: []string{
				`MET002 error sidecar.yml:8:9+7 type "Counter" is not one of counter, gauge, histogram, summary, unknown, untyped`,
			},
		},
		"a value type that is none": {
			config: typed(aCounter, "type: counter", "value_type: float"),
			want:   []string{`MET003 error sidecar.yml:9:15+5 value_type "float" is not one of double, int64`},
		},
		"a recorded histogram": {
			config: counter + "- metric: linkerd_job:request_rate:5m\n  type: histogram\n",
			want:   []string{"MET004 error sidecar.yml:10:9+9 the recorded metric linkerd_job:request_rate:5m is no part of a histogram"},
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
			want:   []string{"MET009 error sidecar.yml:7:11+29 linkerd_job:request_total:sum has another type in line 9, counter; this entry does nothing"},
		},
		"the same type twice": {
			config: counter + "- metric: linkerd_job:request_total:sum\n  type: counter\n",
			want:   []string{"MET009 warning sidecar.yml:7:11+29 linkerd_job:request_total:sum has another type in line 9, counter; this entry does nothing"},
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
			want:     []string{"MET005 error sidecar.yml:3:9+7 the recorded metric linkerd_errors_total is no part of a summary"},
		},
		"a histogram": {
			metadata: "histogram",
			want:     []string{"MET004 error sidecar.yml:3:9+9 the recorded metric linkerd_errors_total is no part of a histogram"},
		},
		"a counter": {metadata: "counter"},
	} {
		t.Run(name, func(t *testing.T) {
			expect(t, setup{include: "linkerd_errors_total", rules: rulesFile("linkerd_errors_total", sumExpr),
				config: "static_metadata:\n- metric: linkerd_errors\n  type: " + test.metadata + "\n"}.input(), test.want)
		})
	}
}

func TestRulesThatCannotBeReadMayRecordAnything(t *testing.T) {
	in := setup{include: `{__name__=~"linkerd_svc:.+"}`, rules: rulesFile(aRate, rateExpr)}.input()
	other := in.RuleFiles[0]
	other.Object.Key, other.Value = "b_rules.yml", "["
	in.RuleFiles = append(in.RuleFiles, other)
	for _, f := range Check(in).Findings {
		if f.Rule == "SEL006" && f.Severity == Error {
			t.Error(f)
		}
	}
}

func TestWhatIsGivenTwiceIsFoundOnce(t *testing.T) {
	in := setup{include: recorded, rules: rulesFile(aRate, "sum(x)"), config: renaming(aRate, "a:b")}.input()
	want := brief(Check(in).Findings)
	in.RuleFiles = append(in.RuleFiles, in.RuleFiles[0])
	expect(t, in, want)
}

func TestMessagesStayOnTheirLine(t *testing.T) {
	findings := Check(Input{Include: []Text{{Value: "a\"\r\x1b[31m\""}}}).Findings
	if want := `: unexpected "\r\x1b[31m" after the selector`; len(findings) != 1 || !strings.Contains(findings[0].Message, want) {
		t.Errorf("got %q, want a message with %s", findings, want)
	}
	for text, want := range map[string]string{
		`ä "b" \n\`: `ä "b" \n\`, "ä\r\n\"\x1b[31m\"\xff\xc3": `ä\r\n"\x1b[31m"\xff\xc3`, "\u0085\u2028\ufffd": `\u0085` + "\u2028\ufffd",
	} {
		if got := excerpt.Escape(text); got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
	}
}

func TestTheOrderOfTheInputDoesNotMatter(t *testing.T) {
	in := setup{include: recorded + "\n{\n" + recorded + "\nother:rate\n{__name__=~\".+\"}", rules: rulesFile(aRate, rateExpr, "_x", rateExpr), config: renaming(aRate, "a:b", aRate, "a.b")}.input()
	in.RuleFiles = append(in.RuleFiles, Text{rulesFile("linkerd_job:b", sumExpr, "c", rateExpr), Object{Kind: "ConfigMap", Name: "rules", Key: "b_rules.yml"}, 1, 1})
	want := brief(Check(in).Findings)
	if len(want) < 8 {
		t.Fatalf("want many findings, got %q", want)
	}
	for range 20 {
		rand.Shuffle(len(in.Include), func(i, j int) { in.Include[i], in.Include[j] = in.Include[j], in.Include[i] })
		slices.Reverse(in.RuleFiles)
		expect(t, in, want)
	}
}
