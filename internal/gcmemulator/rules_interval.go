package gcmemulator

import (
	"fmt"
	"time"

	"google.golang.org/grpc/codes"
)

const (
	// MaxAge is how old an end may be; the text of the refusal gives the ten seconds.
	MaxAge = 25*time.Hour + 10*time.Second
	// MaxFuture is how far ahead an end may be: five minutes in the current text, 24 hours
	// in older ones.
	MaxFuture = 5 * time.Minute
)

// rfc3339 is how refusals write times.
func rfc3339(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }

// intervalRules are about the interval of a point by itself.
var intervalRules = []Rule{
	{
		"end", "a point has an end",
		"monitoringpb/common.pb.go, TimeInterval.end_time: required",
		WholeRequest, codes.InvalidArgument,
		func(c *candidate) string {
			if c.point().GetInterval().GetEndTime() == nil {
				return c.invalid("points[0].interval.end_time", "", "The end time must be specified.")
			}
			return ""
		},
	},
	{
		"too-old", "an end is at most 25 hours old",
		"googlecloudplatform/slo-generator issue 98; monitoringpb/common.pb.go, TimeInterval",
		WholeRequest, codes.InvalidArgument,
		func(c *candidate) string {
			if c.now.Sub(c.end()) > MaxAge {
				return c.invalid("points[0].interval.end_time", rfc3339(c.end()), "Data points cannot be written more than 25h10s in the past.")
			}
			return ""
		},
	},
	{
		"future", "an end is at most five minutes ahead",
		"monitoringpb/common.pb.go, TimeInterval: the end time must not be more than five minutes in the future",
		WholeRequest, codes.InvalidArgument,
		func(c *candidate) string {
			if c.end().Sub(c.now) > MaxFuture {
				return c.invalid("points[0].interval.end_time", rfc3339(c.end()), "Data points cannot be written more than 5m in the future.")
			}
			return ""
		},
	},
	{
		"gauge-start", "the start of a gauge is absent, or its end",
		"opentelemetry-dotnet issue 205; java-bigtable pull request 2719; monitoringpb/common.pb.go, TimeInterval",
		WholeRequest, codes.InvalidArgument,
		func(c *candidate) string {
			if c.cumulative() || c.start().IsZero() || c.start().Equal(c.end()) {
				return ""
			}
			return c.invalid("points[0].interval.start_time", rfc3339(c.start()), fmt.Sprintf(
				"The start time must be equal to the end time (%s) for the gauge metric '%s'.", rfc3339(c.end()), c.series.GetMetric().GetType()))
		},
	},
	{
		"start", "the start of a cumulative point is before its end",
		"stackdriver-prometheus-sidecar issue 251; telegraf issue 13725; opencensus-go-exporter-stackdriver issue 266",
		WholeRequest, codes.InvalidArgument,
		func(c *candidate) string {
			if !c.cumulative() || !c.start().IsZero() && c.start().Before(c.end()) {
				return ""
			}
			return c.invalid("points[0].interval.start_time", rfc3339(c.start()), fmt.Sprintf(
				"The start time must be before the end time (%s) for the non-gauge metric '%s'.", rfc3339(c.end()), c.series.GetMetric().GetType()))
		},
	},
}
