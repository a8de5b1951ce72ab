package rules

import (
	"fmt"
	"strings"
	"testing"
)

// manyRules returns a file of n rules in groups of a hundred, of the kinds that
// Linkerd's users record.
func manyRules(n int) []byte {
	expressions := []string{
		"sum by (job, instance, pod, classification) (\n        response_total{job=\"linkerd-proxy\", dst_service=~\".+\"}\n      )",
		"sum by (job, instance, pod) (rate(response_total{job=\"linkerd-proxy\", namespace=\"web\"}[1m]))",
		"histogram_quantile(0.99,\n        sum by (le, job, instance, pod) (rate(response_latency_ms_bucket{job=\"linkerd-proxy\"}[1m]))\n      )",
		"label_replace(sum by (job, instance, app) (increase(response_total[5m])), \"svc_app\", \"$1\", \"app\", \"(.+)\")",
		"sum by (job) (rate(response_total{classification=\"failure\"}[5m]))\n        / on (job) sum by (job) (rate(response_total[5m]))",
	}
	var text strings.Builder
	text.WriteString("groups:\n")
	for i := range n {
		if i%100 == 0 {
			fmt.Fprintf(&text, "- name: group-%d\n  interval: 10s\n  rules:\n", i/100)
		}
		fmt.Fprintf(&text, "  - record: linkerd_job:metric_%05d\n    expr: |\n      %s\n", i, expressions[i%len(expressions)])
		if i%3 == 0 {
			text.WriteString("    labels:\n      source: linkerd\n")
		}
	}
	return []byte(text.String())
}

// BenchmarkParse shows a cost per rule that does not grow with their number.
func BenchmarkParse(b *testing.B) {
	for _, n := range []int{100, 1_000, 10_000} {
		text := manyRules(n)
		b.Run(fmt.Sprintf("%d rules", n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if file, errs := Parse(text); len(errs) > 0 || len(file.Rules()) != n {
					b.Fatalf("%d rules, errors: %v", len(file.Rules()), errs)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/rule")
			b.ReportMetric(0, "ns/op")
		})
	}
}
