package lint

import (
	"testing"
)

func TestAnchors(t *testing.T) {
	one := rulesFile(aRate, rateExpr)
	for name, test := range map[string]struct {
		setup
		want []string
	}{
		"superfluous anchors": {
			setup: setup{include: `{job="x",__name__=~"^linkerd_job:.+$"}`},
			want:  []string{`SEL005 info gcm.linkerd.io/include:1:10+28 the anchors in __name__=~"^linkerd_job:.+$" are not needed: every regular expression is anchored at both ends`},
		},
		"an escaped dollar is not an anchor": {setup: setup{include: `{__name__=~"linkerd_job:.+\\$"}`}},
		"a piece of a recorded name": {
			setup: setup{include: recorded + "\n" + `{__name__=~"linkerd_job"}`, rules: one},
			want:  []string{`SEL005 warning gcm.linkerd.io/include:2:1+25 selector {__name__=~"linkerd_job"} must match the whole name, and does not match linkerd_job:request_rate:5m`},
		},
		"a piece of a recorded name that is a scraped name": {setup: setup{include: recorded + "\n" + `{__name__=~"up|request"}`, rules: rulesFile("linkerd_job:up:sum", rateExpr)}},
	} {
		t.Run(name, func(t *testing.T) { expect(t, test.input(), test.want) })
	}
}
