package lint

import (
	"testing"

	"github.com/linkerd-gcm/linkerd-gcm/settings"
	"github.com/linkerd-gcm/linkerd-gcm/source"
)

func TestWhatManagedPrometheusHasNoUseFor(t *testing.T) {
	const counted = "static_metadata:\n- {metric: 'linkerd_job:request_total:sum', type: counter}\n"
	renamed := setup{include: recorded, rules: rulesFile(aRate, rateExpr), config: renaming(aRate, "a", aRate, "a")}
	prefixed := setup{include: recorded, rules: rulesFile(aRate, rateExpr)}.managed()
	prefixed.MetricsPrefix = Text{Value: "custom.googleapis.com/x", Object: Object{Kind: "Namespace", Key: settings.MetricsPrefix}, Position: source.Start}
	for name, test := range map[string]struct {
		in   Input
		want []string
	}{
		"renames":         {renamed.managed(), []string{"CFG017 warning sidecar.yml:2:3+0 metric_renames have no effect with destination managed-prometheus: metrics keep their names"}},
		"a prefix":        {prefixed, []string{"CFG017 warning gcm.linkerd.io/metrics-prefix:1:1+23 gcm.linkerd.io/metrics-prefix has no effect with destination managed-prometheus"}},
		"a type":          {setup{include: recorded, rules: rulesFile(aCounter, sumExpr), config: counted}.managed(), nil},
		"no target":       {setup{include: recorded, rules: rulesFile(aRate, `label_replace(sum by (job, instance, app) (rate(x[5m])), "pod", "a", "", "")`)}.managed(), nil},
		"a job of nobody": {setup{include: recorded, rules: "groups:\n- name: g\n  rules:\n  - {record: 'linkerd_job:x:y', expr: 'sum by (instance) (rate(x[5m]))', labels: {job: x}}\n"}.managed(), nil},
		"no type":         {setup{include: "errors", rules: rulesFile("errors", rateExpr)}.managed(), nil},
		"no instance": {setup{include: recorded, rules: rulesFile(aRate, "sum by (job) (rate(x[5m]))")}.managed(),
			[]string{"REC002 error a_rules.yml:4:13+27 linkerd_job:request_rate:5m has no label instance, so that its series belong to no target"}},
	} {
		t.Run(name, func(t *testing.T) { expect(t, test.in, test.want) })
	}
	if found := about(Check(renamed.byExporter()).Findings, "CFG017"); found != nil {
		t.Errorf("with Cloud Monitoring: %q", found)
	}
}
