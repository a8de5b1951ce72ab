package stackdriver

import (
	"fmt"
	"strings"
	"testing"
)

// BenchmarkParseConfig reads files with as many renames as entries of static
// metadata; the time per entry should not depend on their number.
func BenchmarkParseConfig(b *testing.B) {
	for _, entries := range []int{100, 1_000, 4_000} {
		var text strings.Builder
		text.WriteString("metric_renames:\n")
		for i := range entries {
			fmt.Fprintf(&text, "- from: linkerd_job:svc_response_rate_%d:sum\n  to: recorded_svc_response_rate_%d\n", i, i)
		}
		text.WriteString("static_metadata:\n")
		for i := range entries {
			fmt.Fprintf(&text, "- metric: linkerd_job:svc_response_rate_%d:sum\n  type: counter\n  value_type: double\n", i)
		}
		b.Run(fmt.Sprintf("entries=%d", 2*entries), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := ParseConfig([]byte(text.String())); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(2*entries), "ns/entry")
		})
	}
}

// BenchmarkMatchesName asks one selector about many names.
func BenchmarkMatchesName(b *testing.B) {
	selector, err := ParseSelector(`{__name__=~"linkerd_job:.+|linkerd_svc:.+"}`)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		selector.MatchesName("linkerd_job:svc_latency_ms:p50_30s")
	}
}
