package cluster

import (
	"math"
	"strings"
	"testing"
)

// FuzzParseMetrics parses any text as metrics, as a pod may serve them that is not the
// injector, and sums them up.
func FuzzParseMetrics(f *testing.F) {
	f.Add("# HELP a b\n# TYPE a counter\na{b=\"c\"} 1\na{b=\"d\"} 2 1600000000000\n")
	f.Add("# TYPE h histogram\nh_bucket{le=\"1\"} 1\nh_bucket{le=\"+Inf\"} 2\nh_sum NaN\nh_count 2\n# TYPE s summary\ns{quantile=\"0.5\"} 1e400\n")
	f.Add("{\"a.b\",\"c\"=\"d\\n\"} 0x1p-2\n# EOF")
	f.Fuzz(func(t *testing.T, text string) {
		metrics := ParseMetrics(strings.NewReader(text))
		for name, family := range metrics {
			total, labels := metrics.Sum(name), map[string]bool{}
			for _, series := range family.GetMetric() {
				for _, l := range series.GetLabel() {
					labels[l.GetName()] = true
				}
			}
			for label := range labels {
				all := metrics.SumBy(name, label)
				if len(all) == 0 {
					t.Errorf("no series of %s has the label %q, in\n%s", name, label, text)
				}
				if value, single := all[""], len(family.GetMetric()) == 1; single && value != 0 && value != total && !math.IsNaN(total) {
					t.Errorf("%s sums up to %v and, by %q, to %v, in\n%s", name, total, label, all, text)
				}
			}
		}
	})
}
