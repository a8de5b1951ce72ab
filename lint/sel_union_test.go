package lint

import (
	"testing"
)

func TestSelectorUnion(t *testing.T) {
	one := rulesFile(aRate, rateExpr)
	for name, test := range map[string]struct {
		setup
		want []string
	}{
		"everything": {
			setup: setup{include: `{__name__=~".+"}`, rules: one},
			want:  []string{`SEL008 warning gcm.linkerd.io/include:1:1+16 selector {__name__=~".+"} matches the proxies' own control_request_total, control_response_total, request_total and 70 more`},
		},
		"the same twice": {
			setup: setup{include: recorded + "\n" + recorded, rules: one},
			want:  []string{`SEL009 info gcm.linkerd.io/include:2:1+28 selector {__name__=~"linkerd_job:.+"} is there already; the second changes nothing`},
		},
	} {
		t.Run(name, func(t *testing.T) { expect(t, test.input(), test.want) })
	}
}
