package gcmemulator

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"google.golang.org/genproto/googleapis/api/metric"
	"google.golang.org/grpc/codes"

	"github.com/linkerd-gcm/linkerd-gcm/monitoring"
)

// MaxSeriesPerRequest is the number of series that a request may have
// (monitoringpb/metric_service.pb.go, CreateTimeSeriesRequest.time_series).
const MaxSeriesPerRequest = 200

// invalid composes Google's words for a field with a value that is refused.
func (c *candidate) invalid(field, value, reason string) string {
	if value == "" {
		return fmt.Sprintf("Field timeSeries[%d].%s had an invalid value: %s", c.index, field, reason)
	}
	return fmt.Sprintf("Field timeSeries[%d].%s had an invalid value of %q: %s", c.index, field, value, reason)
}

// formRules are about the form of a series.
var formRules = []Rule{
	{
		"one-point", "a series of a request has exactly one point",
		"monitoringpb/metric.pb.go, TimeSeries.points: when creating a time series, this field must contain exactly one data point",
		WholeRequest, codes.InvalidArgument,
		func(c *candidate) string {
			if len(c.series.GetPoints()) != 1 {
				return fmt.Sprintf("Field timeSeries[%d].points had an invalid value: Only one point can be written per TimeSeries per request.", c.index)
			}
			return ""
		},
	},
	{
		"duplicate", "a series comes once in a request",
		"google/go-metrics-stackdriver issue 5; GoogleCloudPlatform/ops-agent issue 1199",
		WholeRequest, codes.InvalidArgument,
		func(c *candidate) string {
			if c.repeated {
				return fmt.Sprintf("Field timeSeries[%d] had an invalid value: Duplicate TimeSeries encountered. "+
					"Only one point can be written per TimeSeries per request.", c.index)
			}
			return ""
		},
	},
	{
		"value", "a point has a value, and its type is that of the series if the series says one",
		"monitoringpb/metric.pb.go, TimeSeries.value_type",
		WholeRequest, codes.InvalidArgument,
		func(c *candidate) string {
			declared := c.series.GetValueType()
			switch {
			case c.valueType() == metric.MetricDescriptor_VALUE_TYPE_UNSPECIFIED:
				return c.invalid("points[0].value", "", "A value must be specified.")
			case declared != metric.MetricDescriptor_VALUE_TYPE_UNSPECIFIED && declared != c.valueType():
				return c.invalid("points[0]", "", fmt.Sprintf("The value type (%s) does not match the value type of the series (%s).", c.valueType(), declared))
			}
			return ""
		},
	},
}

var (
	// The part before the path is a domain.
	metricType = regexp.MustCompile(`^[a-z0-9-]+(\.[a-z0-9-]+)+/[A-Za-z0-9_./:-]*[A-Za-z0-9_]$`)
	labelKey   = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]*$`)
)

// nameRules are about metric types and labels.
var nameRules = []Rule{
	{
		"metric-type", "a metric type is a domain and a path; only under prometheus.googleapis.com and workload.googleapis.com may it have colons",
		"stackdriver-prometheus-sidecar issues 104, 251 and 255; prometheus-engine issue 508",
		WholeRequest, codes.InvalidArgument,
		func(c *candidate) string {
			name := c.series.GetMetric().GetType()
			if metricType.MatchString(name) && (!strings.Contains(name, ":") || allowsColons(name)) {
				return ""
			}
			return c.invalid("metric.type", name, "The metric type must be a URL-formatted string with a domain and non-empty path.")
		},
	},
	{
		"metric-type-length", fmt.Sprintf("a metric type has at most %d characters", monitoring.MaxMetricTypeLength),
		"micrometer, StackdriverNamingConvention",
		WholeRequest, codes.InvalidArgument,
		func(c *candidate) string {
			if name := c.series.GetMetric().GetType(); len([]rune(name)) > monitoring.MaxMetricTypeLength {
				return c.invalid("metric.type", name, fmt.Sprintf("The metric type must have at most %d characters.", monitoring.MaxMetricTypeLength))
			}
			return ""
		},
	},
	{
		"label-key", "a label begins with a letter and has only letters, digits and _",
		"opentelemetry-operations-go issue 498; telegraf issue 13959",
		WholeRequest, codes.InvalidArgument,
		func(c *candidate) string {
			for _, key := range slices.Sorted(maps.Keys(c.series.GetMetric().GetLabels())) {
				if !labelKey.MatchString(key) {
					return c.invalid("metric.labels", key, "Label key contains invalid characters.")
				}
			}
			return ""
		},
	},
	{
		"label-key-length", fmt.Sprintf("the key of a label has at most %d characters", monitoring.MaxLabelKeyLength),
		"cloud.google.com/monitoring/quotas",
		WholeRequest, codes.InvalidArgument,
		func(c *candidate) string {
			for _, key := range slices.Sorted(maps.Keys(c.series.GetMetric().GetLabels())) {
				if len([]rune(key)) > monitoring.MaxLabelKeyLength {
					return c.invalid("metric.labels", key, fmt.Sprintf("Label keys must have at most %d characters.", monitoring.MaxLabelKeyLength))
				}
			}
			return ""
		},
	},
	{
		"label-value-length", fmt.Sprintf("the value of a label has at most %d characters", monitoring.MaxLabelValueLength),
		"cloud.google.com/monitoring/quotas",
		WholeRequest, codes.InvalidArgument,
		func(c *candidate) string {
			labels := c.series.GetMetric().GetLabels()
			for _, key := range slices.Sorted(maps.Keys(labels)) {
				if len([]rune(labels[key])) > monitoring.MaxLabelValueLength {
					return c.invalid("metric.labels["+key+"]", "", fmt.Sprintf("Label values must have at most %d characters.", monitoring.MaxLabelValueLength))
				}
			}
			return ""
		},
	},
}

func allowsColons(name string) bool {
	return strings.HasPrefix(name, "prometheus.googleapis.com/") || strings.HasPrefix(name, "workload.googleapis.com/")
}
