package gcmemulator

import (
	"fmt"
	"strings"
	"time"

	"google.golang.org/grpc/codes"
)

// The limits of labels on a descriptor that prometheus-engine issues 325 and 493 name.
const maxPrometheusLabels = 100

// descriptorRules compare a series with what its metric already is.
var descriptorRules = []Rule{
	{
		"kind", "a metric keeps its kind",
		"stackdriver-prometheus-sidecar issue 86",
		OnePoint, codes.InvalidArgument,
		func(c *candidate) string {
			if c.metric == nil || c.metric.kind == c.kind() {
				return ""
			}
			return fmt.Sprintf("Metric kind for metric %s must be %s, but is %s.", c.metric.name, c.metric.kind, c.kind())
		},
	},
	{
		"value-type", "a metric keeps its value type",
		"micrometer issue 2160; firezone pull request 8026",
		OnePoint, codes.InvalidArgument,
		func(c *candidate) string {
			if c.metric == nil || c.metric.valueType == c.valueType() {
				return ""
			}
			return fmt.Sprintf("Value type for metric %s must be %s, but is %s.", c.metric.name, c.metric.valueType, c.valueType())
		},
	},
	{
		"labels", "the series of a metric have at most 30 labels together, 100 under prometheus.googleapis.com; older documents say 10",
		"cloud.google.com/monitoring/quotas; prometheus-engine issues 325 and 493",
		OnePoint, codes.InvalidArgument,
		func(c *candidate) string {
			limit, name := c.options.MaxLabels, c.series.GetMetric().GetType()
			if strings.HasPrefix(name, "prometheus.googleapis.com/") {
				limit = maxPrometheusLabels
			}
			number := 0
			if c.metric != nil {
				number = len(c.metric.labels)
			}
			for key := range c.series.GetMetric().GetLabels() {
				if c.metric == nil || !c.metric.labels[key] {
					number++
				}
			}
			if number > limit {
				return fmt.Sprintf("The new labels would cause the metric %s to have over %d labels.", name, limit)
			}
			return ""
		},
	},
}

const orderText = "Points must be written in order. One or more of the points specified had an older %s time than the most recent point."

// orderRules compare a point with the last one of its series.
var orderRules = []Rule{
	{
		"start-order", "the start of a cumulative series stays, or moves past the last end",
		"googleapis/python-monitoring issue 57; k8s-stackdriver issue 432; prometheus-engine pull request 1970; monitoringpb/common.pb.go, TimeInterval",
		OnePoint, codes.InvalidArgument,
		func(c *candidate) string {
			if c.last == nil || !c.cumulative() || c.start().Equal(c.last.start) || c.start().Sub(c.last.end) >= time.Millisecond {
				return ""
			}
			if c.options.Texts == Texts2026 && c.start().Before(c.last.start) {
				return fmt.Sprintf("New reset timestamp '%s' must not be older than existing reset timestamp '%s'.", monarch(c.start()), monarch(c.last.start))
			}
			return fmt.Sprintf(orderText, "start")
		},
	},
	{
		"end-order", "an end is at least a millisecond after the one before",
		"googleapis/python-monitoring issue 57; monitoringpb/common.pb.go, TimeInterval",
		OnePoint, codes.InvalidArgument,
		func(c *candidate) string {
			if c.last == nil || c.end().Sub(c.last.end) >= time.Millisecond {
				return ""
			}
			return fmt.Sprintf(orderText, "end")
		},
	},
	{
		"period", "an end is at least the sampling period after the one before: 5 s in documents; 5.5 s have been refused",
		"stackdriver-prometheus-sidecar issue 224; open-match issue 569; cloud.google.com/monitoring/quotas",
		// The summary has code 9, though the call ends with InvalidArgument.
		OnePoint, codes.FailedPrecondition,
		func(c *candidate) string {
			if c.last == nil || c.end().Sub(c.last.end) >= c.options.Period {
				return ""
			}
			return fmt.Sprintf("One or more points were written more frequently than the maximum sampling period configured for the metric. "+
				"{Metric: %s, Timestamps: {Youngest Existing: '%s', New: '%s'}}", c.series.GetMetric().GetType(), monarch(c.last.end), monarch(c.end()))
		},
	},
}

// monarch is how the newest refusals write times.
func monarch(t time.Time) string { return t.UTC().Format("2006/01/02-15:04:05.000") }
