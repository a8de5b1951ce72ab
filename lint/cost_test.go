package lint

import (
	"fmt"
	"runtime"
	"strings"
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
	for _, rules := range []int{1_000, 5_000, 10_000} {
		b.Run(fmt.Sprint(rules), func(b *testing.B) {
			in := many(rules)
			b.ReportAllocs()
			for b.Loop() {
				if findings := Check(in).Findings; len(findings) > 0 {
					b.Fatalf("%d findings, the first is %s", len(findings), findings[0])
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(rules), "ns/rule")
		})
	}
}

// repeated writes a line for each number below n.
func repeated(head, line string, n int) string {
	var text strings.Builder
	text.WriteString(head)
	for i := range n {
		text.WriteString(strings.ReplaceAll(line, "N", fmt.Sprint(i)))
	}
	return text.String()
}

// TestCostIsInProportion counts the memory asked for, which does not depend on the
// machine: four times the input may not cost much more than four times as much.
func TestCostIsInProportion(t *testing.T) {
	if testing.Short() {
		t.Skip("-short leaves out what takes seconds")
	}
	const few, times, most = 250, 4, 5
	rules := func(line string) func(int) Input {
		return func(n int) Input {
			return setup{include: recorded, rules: repeated("groups:\n- name: g\n  rules:\n", line, n), config: renaming(aRate, "x")}.input()
		}
	}
	config := func(head, line string) func(int) Input {
		return func(n int) Input {
			return setup{include: recorded, rules: rulesFile(aRate, rateExpr), config: repeated(head, line, n)}.input()
		}
	}
	for name, input := range map[string]func(int) Input{
		"nothing wrong":              many,
		"one name, told apart":       rules("  - {record: 'linkerd_job:x', expr: 'rate(request_total[5m])', labels: {n: 'N'}}\n"),
		"one name for all":           rules("  - {record: 'linkerd_job:x', expr: 'rate(request_total[5m])'}\n"),
		"rules that read each other": rules("  - {record: 'linkerd_job:N', expr: 'linkerd_job:x or rate(linkerd_job:N[5m])'}\n"),
		"rules without renames":      rules("  - {record: 'linkerd_job:N', expr: 'sum(x)'}\n"),
		"keys that nobody knows":     config("", "kN: 1\n"),
		"entries that nobody knows":  config("metric_renames:\n", "- {fN: 1}\n"),
		"renames of nothing":         config("metric_renames:\n", "- {from: 'linkerd_job:request_rate:Nm', to: 'N'}\n"),
		"renames to one name":        config("metric_renames:\n", "- {from: 'N', to: 'x'}\n"),
		"renames of one name":        config("metric_renames:\n", "- {from: 'x', to: 'N'}\n"),
		"types of nothing":           config("static_metadata:\n", "- {metric: 'linkerd_job:request_rate:Nm', type: gauge}\n"),
		"types of one name":          config("static_metadata:\n", "- {metric: x, type: gauge, value_type: N}\n"),
		"counters":                   config("aggregated_counters:\n", "- {metric: mN, filters: ['{__name__=~\".*N\"}']}\n"),
		"counters of one name":       config("aggregated_counters:\n", "- {metric: m, filters: ['N']}\n"),
		"a configuration that breaks off": func(n int) Input {
			return setup{config: repeated("metric_renames:\n", "- {from: 'a:N', to: x}\n", n) + "- {from: [\n"}.input()
		},
		"documents":             config("metric_renames: []\n", "---\nkN: 1\n"),
		"aliases":               config("metric_renames:\n- &a {from: a, to: b}\n", "- *a\n"),
		"merged keys":           config("x: &a {from: 'a:b'}\nmetric_renames:\n", "- {<<: *a, to: 'N'}\n"),
		"lines without meaning": config("", "# N\n\n"),
		"rules that break off":  rules("  - {record: 'linkerd_job:N', expr: 'sum('}\n"),
		"rules that fail":       rules("  - {record: 'linkerd_job:N', expr: 'count_values(\"%\", x)'}\n"),
		"alerts":                rules("  - {alert: 'aN', expr: 'linkerd_job:x > 1'}\n"),
		"labels of pods":        rules("  - {record: 'linkerd_job:N', expr: 'sum by (job, instance, app, version) (rate(request_total[5m]))'}\n"),
		"quantiles":             rules("  - {record: 'linkerd_job:N', expr: 'histogram_quantile(9, sum by (job, instance) (rate(response_latency_ms_bucket[1m])))'}\n"),
		"counters that expire":  rules("  - {record: 'linkerd_job:N', expr: 'sum by (job, instance) (request_total)'}\n"),
		"rules on one line": func(n int) Input {
			text := repeated("{groups: [{name: g, rules: [", `{record: "linkerd_job:N", expr: "sum(x)"}, `, n) + "]}]}"
			return setup{include: recorded, rules: text, config: renaming(aRate, "x")}.input()
		},
		"a configuration on one line": func(n int) Input {
			text := repeated("{metric_renames: [", `{from: "a:N", to: "b:N", x: 1}, `, n) + "], static_metadata: [" + repeated("", `{metric: "a:N", type: N}, `, n) + "]}"
			return setup{include: recorded, rules: rulesFile(aRate, rateExpr), config: text}.input()
		},
	} {
		t.Run(name, func(t *testing.T) {
			cost := func(n int) float64 {
				in := input(n)
				var before, after runtime.MemStats
				runtime.ReadMemStats(&before)
				Check(in)
				runtime.ReadMemStats(&after)
				return float64(after.TotalAlloc - before.TotalAlloc)
			}
			if small, large := cost(few), cost(few*times); large > most*small {
				t.Errorf("%d cost %.0f bytes, %d cost %.0f", few, small, few*times, large)
			}
		})
	}
}
