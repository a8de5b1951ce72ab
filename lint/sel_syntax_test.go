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
