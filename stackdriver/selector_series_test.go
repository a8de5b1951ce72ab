package stackdriver

import (
	"testing"
)

func TestSelectorsSayWhichScrapedSeriesTheyMatch(t *testing.T) {
	for text, want := range map[string]struct{ histograms, others bool }{
		`{__name__=~"linkerd_job:.+"}`:                   {false, false},
		`{job="linkerd-proxy"}`:                          {true, true},
		`{job="prometheus"}`:                             {false, false},
		`response_latency_ms_bucket`:                     {true, false},
		`response_total{direction="inbound"}`:            {false, true},
		`{__name__=~"response_.+",job!="linkerd-proxy"}`: {false, false},
	} {
		selector, err := ParseSelector(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		histograms, others := selector.ScrapedSeries()
		if (len(histograms) > 0) != want.histograms || (len(others) > 0) != want.others {
			t.Errorf("%s: histograms %v, others %v", text, histograms, others)
		}
	}
}
