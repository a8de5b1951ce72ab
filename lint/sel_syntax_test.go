package lint

import (
	"testing"
)

func TestSelectorSyntax(t *testing.T) {
	for name, test := range map[string]struct {
		setup
		want []string
	}{
		"a selector in the third line, after spaces": {
			setup: setup{include: recorded + "\n\n  {a=~(}"},
			want:  []string{`SEL001 error gcm.linkerd.io/include:3:7+1 selector {a=~(}: unexpected character "(" inside braces`},
		},
		"a selector after comments": {
			setup: setup{include: "# the shop's\n" + recorded + "\n  # {\n{a=~(}"},
			want:  []string{`SEL001 error gcm.linkerd.io/include:4:5+1 selector {a=~(}: unexpected character "(" inside braces`},
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
		"a selector that cannot be read may select anything": {
			setup: setup{include: recorded + "\n{", rules: rulesFile(aRate, rateExpr, "other:rate", rateExpr)},
			want:  []string{`SEL001 error gcm.linkerd.io/include:2:2+0 selector {: the selector ends before its closing }`},
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

func TestWhatTheKubeletReplaces(t *testing.T) {
	expectAbout(t, withSidecar(`--include=x:y{a="$(B)"}`, `--include=x:y{a="$$(B)"}`), "SEL011", "SEL011 info spec.containers[1].command[1]:1:11+13")
}

func TestSelectorsOfTheExporter(t *testing.T) {
	const histogram = `{__name__=~"response_latency_ms_.+"}`
	runWithExporter(t, map[string]exporterTest{
		"in today's grammar": {setup{include: `{"linkerd_job:a", direction!="b"}` + "\n" + `{direction!="inbound",job="x"}` + "\n" + histogram}, nil},
		"a keyword":          {setup{include: "atan2"}, []string{`SEL001 error gcm.linkerd.io/include:1:1+5 selector atan2: unexpected <op:atan2>`}},
		"without an end":     {setup{include: "{a"}, []string{`SEL001 error gcm.linkerd.io/include:1:3+0 selector {a: unexpected end of input inside braces`}},
		"in quotes":          {setup{include: `'{a="b"}'`}, []string{`SEL012 error gcm.linkerd.io/include:1:1+9 selector '{a="b"}' has quotes around it, which no shell removes`}},
		"of buckets": {setup{include: `{__name__="response_latency_ms_bucket",le="10"}`},
			[]string{`SEL013 error gcm.linkerd.io/include:1:1+47 selector {__name__="response_latency_ms_bucket",le="10"}: it has a matcher of the label le, but a histogram is exported with all its buckets or not at all`}},
		"of nearly everything": {setup{include: `{direction!="inbound"}`},
			[]string{`SEL008 warning gcm.linkerd.io/include:1:1+22 selector {direction!="inbound"} matches most of what the proxies expose: control_request_total, control_response_total, request_total and 70 more`}},
	})
}
