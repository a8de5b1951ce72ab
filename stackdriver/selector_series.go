package stackdriver

import (
	"github.com/prometheus/common/model"

	"github.com/linkerd-gcm/linkerd-gcm/internal/answer"
	"github.com/linkerd-gcm/linkerd-gcm/viz"
)

// ScrapedSeries returns the names of the proxy's own series that a selector can
// match: those of histograms, and others. A selector meant for recorded metrics
// matches none.
func (s Selector) ScrapedSeries() (histograms, others []string) {
	fromProxy := func(metric string) bool {
		return answer.No != s.MatchesKnown(func(name string) (string, bool) {
			switch name {
			case model.MetricNameLabel:
				return metric, true
			case "job":
				return viz.ProxyJob, true
			}
			return "", false
		})
	}
	for _, name := range histogramSeries {
		if fromProxy(name) {
			histograms = append(histograms, name)
		}
	}
	for _, metric := range viz.ProxyCounters {
		if fromProxy(metric) {
			others = append(others, metric)
		}
	}
	return histograms, others
}

// histogramSeries are the series of the proxy's histograms.
var histogramSeries = func() (names []string) {
	for _, histogram := range viz.RawHistograms {
		for _, suffix := range []string{suffixBucket, suffixCount, suffixSum} {
			names = append(names, histogram+suffix)
		}
	}
	return names
}()
