package lint

import (
	"testing"

	"github.com/linkerd-gcm/linkerd-gcm/settings"
)

func TestSelectorUnion(t *testing.T) {
	one := rulesFile(aRate, rateExpr)
	for name, test := range map[string]struct {
		setup
		want []string
	}{
		"everything": {
			setup: setup{include: `{__name__=~".+"}`, rules: one},
			want:  []string{`SEL008 warning gcm.linkerd.io/include:1:1+16 selector {__name__=~".+"} matches series of the proxies themselves: control_request_total, control_response_total, request_total and 70 more`},
		},
		"the same twice": {
			setup: setup{include: recorded + "\n" + recorded, rules: one},
			want:  []string{`SEL009 info gcm.linkerd.io/include:2:1+28 selector {__name__=~"linkerd_job:.+"} is given twice; the second has no effect`},
		},
	} {
		t.Run(name, func(t *testing.T) { expect(t, test.input(), test.want) })
	}
}

func TestNoSelectorAtAll(t *testing.T) {
	namespace := Annotated{Object{Kind: "Namespace", Name: "viz"}, map[string]string{settings.Include: "\n", settings.SidecarName: string(settings.Stackdriver)}}
	for name, c := range map[string]struct {
		in   Input
		want string
	}{
		"in the annotation": {FromAnnotations(namespace, Annotated{}, settings.Defaults{}), "SEL007 error gcm.linkerd.io/include:1:1+0"},
		"in the flags":      {withSidecar(), "SEL007 error spec.containers[1]:0:0+0"},
	} {
		t.Run(name, func(t *testing.T) { expectAbout(t, c.in, "SEL007", c.want) })
	}
}
