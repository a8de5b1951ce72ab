package points_test

import (
	"strings"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
)

// parse reads a series such as c_total{code="1"}.
func parse(text string) labels.Labels {
	name, rest, _ := strings.Cut(text, "{")
	pairs := []string{labels.MetricName, name}
	for pair := range strings.SplitSeq(strings.TrimSuffix(rest, "}"), ",") {
		if key, value, found := strings.Cut(pair, "="); found {
			pairs = append(pairs, key, strings.Trim(value, `"`))
		}
	}
	return labels.FromStrings(pairs...)
}

// labelsOf reads what labels.Labels.String wrote.
func labelsOf(text string) labels.Labels {
	lset, err := parser.ParseMetric(text)
	if err != nil {
		panic(err)
	}
	return lset
}
