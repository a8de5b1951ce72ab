package lint

import (
	"fmt"
	"testing"
)

// many is a configuration with a number of rules, each with its rename. That of
// 10,000 is about as much as a ConfigMap holds.
func many(rules int) Input {
	var records, renames []string
	for i := range rules {
		name := fmt.Sprintf("linkerd_job:request_rate_%d:5m", i)
		records = append(records, name, fmt.Sprintf(`sum by (job, instance, namespace, pod, direction) (rate(request_total{direction="inbound",port!="%d"}[5m]))`, i))
		renames = append(renames, name, fmt.Sprintf("request_rate_%d", i))
	}
	return setup{include: recorded, rules: rulesFile(records...), config: renaming(renames...)}.input()
}

func BenchmarkCheck(b *testing.B) {
	for _, rules := range []int{100, 1_000, 10_000} {
		b.Run(fmt.Sprint(rules), func(b *testing.B) {
			in := many(rules)
			b.ReportAllocs()
			for b.Loop() {
				if findings := Check(in); len(findings) > 0 {
					b.Fatalf("%d findings, the first is %s", len(findings), findings[0])
				}
			}
		})
	}
}
