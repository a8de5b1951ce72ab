package gcmemulator

import (
	"slices"
	"time"

	"cloud.google.com/go/monitoring/apiv3/v2/monitoringpb"
	"google.golang.org/genproto/googleapis/api/metric"
	"google.golang.org/grpc/codes"
)

// A Scope says what is refused when a rule is broken, and in which words.
type Scope string

const (
	// WholeRequest rules are judged before anything is written: nothing of the request is
	// written, and the text has neither the words "One or more TimeSeries could not be
	// written" nor a summary.
	WholeRequest Scope = "request"
	// OnePoint rules are judged point by point: the others are written.
	OnePoint Scope = "point"
)

// A Rule is one of Google's reasons to refuse a point.
type Rule struct {
	// ID is short and stable; the recent refusals on the web page have it.
	ID string
	// Claim is what must hold.
	Claim string
	// Source says who says so.
	Source string
	Scope  Scope
	// Code is that of the error inside the summary; that of the call is InvalidArgument.
	Code codes.Code
	// check returns what is wrong with a series of a request, in Google's words, or "".
	check func(*candidate) string
}

// A candidate is a series of a request with everything that the rules look at.
type candidate struct {
	index  int
	key    string
	series *monitoringpb.TimeSeries
	// repeated says that an earlier series of the request is the same.
	repeated bool
	// metric and last are what has been accepted before; nil where that is nothing.
	metric  *descriptor
	last    *series
	now     time.Time
	options *Options
}

// Rules returns all rules in the order in which they are judged: those about the form of a
// request first.
func Rules() []Rule {
	return slices.Concat(formRules, nameRules, resourceRules, intervalRules, distributionRules, descriptorRules, orderRules)
}

// judge returns the first rule of a scope that a series breaks, with the words for it.
func judge(rules []Rule, scope Scope, c *candidate) (*Rule, string) {
	for i := range rules {
		if rules[i].Scope != scope {
			continue
		}
		if text := rules[i].check(c); text != "" {
			return &rules[i], text
		}
	}
	return nil, ""
}

// point returns the one point of a series, or an empty one: formRules refuse any other number.
func (c *candidate) point() *monitoringpb.Point {
	if len(c.series.GetPoints()) == 0 {
		return &monitoringpb.Point{}
	}
	return c.series.Points[0]
}

func (c *candidate) end() time.Time { return c.point().GetInterval().GetEndTime().AsTime() }

// start is zero where the interval has none.
func (c *candidate) start() time.Time {
	if start := c.point().GetInterval().GetStartTime(); start != nil {
		return start.AsTime()
	}
	return time.Time{}
}

// kind is the metric kind, which is a gauge unless the series says otherwise
// (monitoringpb/metric.pb.go, TimeSeries.metric_kind).
func (c *candidate) kind() metric.MetricDescriptor_MetricKind {
	if kind := c.series.GetMetricKind(); kind != metric.MetricDescriptor_METRIC_KIND_UNSPECIFIED {
		return kind
	}
	return metric.MetricDescriptor_GAUGE
}

func (c *candidate) cumulative() bool { return c.kind() == metric.MetricDescriptor_CUMULATIVE }

// valueType is that of the point: "the value type of the time series must be the same as
// the value type of the points" (monitoringpb/metric.pb.go).
func (c *candidate) valueType() metric.MetricDescriptor_ValueType {
	switch c.point().GetValue().GetValue().(type) {
	case *monitoringpb.TypedValue_BoolValue:
		return metric.MetricDescriptor_BOOL
	case *monitoringpb.TypedValue_Int64Value:
		return metric.MetricDescriptor_INT64
	case *monitoringpb.TypedValue_DoubleValue:
		return metric.MetricDescriptor_DOUBLE
	case *monitoringpb.TypedValue_StringValue:
		return metric.MetricDescriptor_STRING
	case *monitoringpb.TypedValue_DistributionValue:
		return metric.MetricDescriptor_DISTRIBUTION
	}
	return metric.MetricDescriptor_VALUE_TYPE_UNSPECIFIED
}
