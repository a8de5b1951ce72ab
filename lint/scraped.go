package lint

import (
	"slices"
	"strings"

	"github.com/prometheus/common/model"

	"github.com/linkerd-gcm/linkerd-gcm/internal/answer"
	"github.com/linkerd-gcm/linkerd-gcm/stackdriver"
	"github.com/linkerd-gcm/linkerd-gcm/viz"
)

// scraped are names of what linkerd-viz' Prometheus scrapes besides the proxies.
var scraped = []string{
	"up", "scrape_samples_scraped", "go_goroutines", "go_memstats_alloc_bytes", "process_cpu_seconds_total", "process_start_time_seconds",
	"promhttp_metric_handler_requests_total", "prometheus_build_info", "prometheus_tsdb_head_series", "prometheus_rule_evaluations_total",
	"container_cpu_usage_seconds_total", "container_memory_usage_bytes", "container_network_receive_bytes_total", "machine_cpu_cores",
	"kubelet_running_pods", "proxy_build_info", "inbound_http_authz_allow_total", "outbound_http_route_request_statuses_total",
	"endpoints_updates", "identity_cert_issues_total", "request_errors_total", "grpc_server_handled_total",
}

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
	histograms, others := one.parsed.ScrapedSeries()
	return !named || len(histograms)+len(others) > 0 || slices.ContainsFunc(c.scrapedNames, func(name string) bool {
		return one.parsed.MatchesName(name) != answer.No
	})
}

// readScraped collects the names of metrics that are scraped for all that is known:
// those of the tables, and what rules read and no rule records.
func (c *context) readScraped() {
	c.scrapedNames = slices.Concat(scraped, viz.ProxyCounters)
	for name := range c.readByRules {
		if len(c.recordsOf[name]) == 0 {
			c.scrapedNames = append(c.scrapedNames, name)
		}
	}
}

// isScraped reports whether a metric is known to be scraped.
func (c *context) isScraped(name string) bool {
	return len(c.recordsOf[name]) == 0 && c.readByRules[name] || slices.Contains(scraped, name) || slices.Contains(viz.ProxyCounters, name)
}
