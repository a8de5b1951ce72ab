package lint

import (
	"slices"
	"strings"

	"github.com/prometheus/common/model"

	"github.com/linkerd-gcm/linkerd-gcm/internal/answer"
	"github.com/linkerd-gcm/linkerd-gcm/stackdriver"
	"github.com/linkerd-gcm/linkerd-gcm/viz"
)

// mayBeScraped reports whether a selector may be meant for scraped metrics: it
// says nothing of the name, or gives it in full and without a colon, or matches a
// name that is known to be scraped.
func (c *context) mayBeScraped(one selector) bool {
	if one.err != nil {
		return true
	}
	named := false
	for _, m := range one.parsed.Matchers {
		if m.Name != model.MetricNameLabel {
			continue
		}
		if m.Type == stackdriver.MatchEqual {
			return !strings.Contains(m.Value, ":")
		}
		named = named || m.Type == stackdriver.MatchRegexp
	}
	if !named {
		return true
	}
	series := one.scraped()
	return len(series.histograms)+len(series.others) > 0 || slices.ContainsFunc(c.scrapedNames, func(name string) bool {
		return one.parsed.MatchesName(name) != answer.No
	})
}

// readScraped collects the names of metrics that are known to be scraped:
// those of the tables, and what rules read and no rule records.
func (c *context) readScraped() {
	c.scrapedNames = slices.Concat(viz.OtherMetrics, viz.ProxyCounters)
	for name := range c.readByRules {
		if len(c.recordsOf[name]) == 0 {
			c.scrapedNames = append(c.scrapedNames, name)
		}
	}
}

// isScraped reports whether a metric is known to be scraped.
func (c *context) isScraped(name string) bool {
	return len(c.recordsOf[name]) == 0 && c.readByRules[name] || slices.Contains(viz.OtherMetrics, name) || slices.Contains(viz.ProxyCounters, name)
}
