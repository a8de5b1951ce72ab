package lint

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"

	"github.com/linkerd-gcm/linkerd-gcm/settings"
	"github.com/linkerd-gcm/linkerd-gcm/viz"
)

// TestAMemoryChangesNothing checks inputs with and without one, several at a time.
func TestAMemoryChangesNothing(t *testing.T) {
	rules := rulesFile("linkerd_job:a", "sum by (job, instance) (rate(request_total[5m]))", "other:b", "sum by (job, instance) (rate(response_total[5m]))")
	var inputs []Input
	for _, include := range []string{
		recorded, "up", "{", `{__name__=~"job:.+"}`, `{__name__=~"linkerd_job:.+|tcp_.+"}`, `bool`, `{__name__=~"^linkerd_job:.+$"}`,
		`{__name__=~"linkerd_job:.{1,100}"}`, strings.Repeat("a", maxSelectorLength+1), `{job="linkerd-proxy"}`, `'{a="b"}'`,
	} {
		inputs = append(inputs, setup{include: include, rules: rules}.input())
	}
	configs := []string{
		"", "[", "global: {evaluation_interval: 10s}\n", "rule_files: [x]\nscrape_configs: [{job_name: shop}]\n",
		"# " + strings.Repeat("x", maxConfigLength),
	}
	memory := NewMemory()
	var group sync.WaitGroup
	for i := range 7 * len(inputs) {
		group.Go(func() {
			in, config := inputs[i%len(inputs)], &corev1.ConfigMap{Data: map[string]string{viz.ConfigKey: configs[i%len(configs)]}}
			check := func(memory *Memory) Result {
				in.Memory = memory
				in.AddPrometheusConfig("viz", DefaultPrometheusConfig, config)
				return Check(in)
			}
			if diff := cmp.Diff(check(nil), check(memory)); diff != "" {
				t.Errorf("%s, %.100s (-without a memory +with one):\n%s", in.Include[0].Value, config, diff)
			}
		})
	}
	group.Wait()
}

func TestAMemoryIsBounded(t *testing.T) {
	memory := NewMemory()
	for i := range 2 * maxSelectors {
		memory.selector(settings.Stackdriver, fmt.Sprintf("metric_%d", i))
	}
	for i := range 2 * maxConfigs {
		_, _ = memory.prometheusConfig(fmt.Sprintf("# %d", i))
	}
	if selectors, configs := memory.selectors.Len(), memory.configs.Len(); selectors != maxSelectors || configs != maxConfigs {
		t.Errorf("remembers %d selectors and %d configurations, want %d and %d", selectors, configs, maxSelectors, maxConfigs)
	}
	for _, text := range []string{strings.Repeat("a", maxSelectorLength+1), `{a=~"x{1,1000}"}`} {
		memory.selector(settings.Stackdriver, text)
		if _, remembered := memory.selectors.Get(selectorKey{settings.Stackdriver, text}); remembered {
			t.Errorf("remembers %.20s…", text)
		}
	}
}
