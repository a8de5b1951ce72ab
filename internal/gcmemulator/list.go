package gcmemulator

import (
	"context"
	"maps"
	"regexp"
	"slices"
	"strings"

	"cloud.google.com/go/monitoring/apiv3/v2/monitoringpb"
	"google.golang.org/genproto/googleapis/api/label"
	"google.golang.org/genproto/googleapis/api/metric"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// filterTerm is one term of a filter: metric.type="…", resource.labels.pod_name="…", or
// metric.type=starts_with("…").
var filterTerm = regexp.MustCompile(`^\s*(metric\.type|resource\.type|(?:metric|resource)\.labels?\.[A-Za-z0-9_]+)\s*=\s*(starts_with\()?"((?:[^"\\]|\\.)*)"\)?\s*(?:AND\b)?`)

// A term of a filter.
type term struct {
	field, value string
	prefix       bool
}

// parseFilter reads terms that are joined with AND or a space. Google's language has more.
func parseFilter(filter string) ([]term, error) {
	var terms []term
	for rest := filter; strings.TrimSpace(rest) != ""; {
		match := filterTerm.FindStringSubmatch(rest)
		if match == nil {
			return nil, status.Errorf(codes.Unimplemented, "the emulator does not understand the filter from %q on: it has FIELD=\"VALUE\" joined with AND", rest)
		}
		terms = append(terms, term{match[1], match[3], match[2] != ""})
		rest = rest[len(match[0]):]
	}
	return terms, nil
}

func (t term) matches(series *monitoringpb.TimeSeries) bool {
	value := ""
	place, name, _ := strings.Cut(t.field, ".")
	_, key, hasKey := strings.Cut(name, ".")
	switch {
	case place == "metric" && hasKey:
		value = series.GetMetric().GetLabels()[key]
	case place == "metric":
		value = series.GetMetric().GetType()
	case hasKey:
		value = series.GetResource().GetLabels()[key]
	default:
		value = series.GetResource().GetType()
	}
	return value == t.value || t.prefix && strings.HasPrefix(value, t.value)
}

// ListTimeSeries returns the remembered points that a filter and an interval select, the
// newest first as Google does. It has one page, and no aggregation.
func (e *Emulator) ListTimeSeries(_ context.Context, request *monitoringpb.ListTimeSeriesRequest) (*monitoringpb.ListTimeSeriesResponse, error) {
	terms, err := parseFilter(request.GetFilter())
	if err != nil {
		return nil, err
	}
	if request.GetAggregation() != nil || request.GetSecondaryAggregation() != nil {
		return nil, status.Error(codes.Unimplemented, "the emulator does not aggregate")
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	found := map[*monitoringpb.TimeSeries]*monitoringpb.TimeSeries{}
	response := &monitoringpb.ListTimeSeriesResponse{}
	for _, known := range e.store.sorted() {
		if slices.ContainsFunc(terms, func(t term) bool { return !t.matches(known.proto) }) {
			continue
		}
		found[known.proto] = &monitoringpb.TimeSeries{
			Metric: known.proto.GetMetric(), Resource: known.proto.GetResource(), MetricKind: known.proto.GetMetricKind(), ValueType: known.proto.GetValueType(),
		}
		response.TimeSeries = append(response.TimeSeries, found[known.proto])
	}
	for _, accepted := range slices.Backward(e.store.points) {
		if out := found[accepted.Series]; out != nil && inside(request.GetInterval(), accepted.Point) {
			out.Points = append(out.Points, accepted.Point)
		}
	}
	response.TimeSeries = slices.DeleteFunc(response.TimeSeries, func(t *monitoringpb.TimeSeries) bool { return len(t.GetPoints()) == 0 })
	if request.GetView() == monitoringpb.ListTimeSeriesRequest_HEADERS {
		for _, series := range response.GetTimeSeries() {
			series.Points = nil
		}
	}
	return response, nil
}

// inside says whether the end of a point lies in an interval, whose ends belong to it.
func inside(interval *monitoringpb.TimeInterval, point *monitoringpb.Point) bool {
	end := point.GetInterval().GetEndTime().AsTime()
	if interval.GetEndTime() != nil && end.After(interval.GetEndTime().AsTime()) {
		return false
	}
	return interval.GetStartTime() == nil || !end.Before(interval.GetStartTime().AsTime())
}

// ListMetricDescriptors returns what has been made of the metrics so far. The filter may have
// metric.type alone.
func (e *Emulator) ListMetricDescriptors(
	_ context.Context, request *monitoringpb.ListMetricDescriptorsRequest,
) (*monitoringpb.ListMetricDescriptorsResponse, error) {
	terms, err := parseFilter(request.GetFilter())
	if err != nil {
		return nil, err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	response := &monitoringpb.ListMetricDescriptorsResponse{}
	for _, name := range slices.Sorted(maps.Keys(e.store.descriptors)) {
		series := &monitoringpb.TimeSeries{Metric: &metric.Metric{Type: name}}
		if slices.ContainsFunc(terms, func(t term) bool { return !t.matches(series) }) {
			continue
		}
		known := e.store.descriptors[name]
		described := &metric.MetricDescriptor{
			Name: request.GetName() + "/metricDescriptors/" + name, Type: name, MetricKind: known.kind, ValueType: known.valueType,
		}
		for _, key := range slices.Sorted(maps.Keys(known.labels)) {
			described.Labels = append(described.Labels, &label.LabelDescriptor{Key: key})
		}
		response.MetricDescriptors = append(response.MetricDescriptors, described)
	}
	return response, nil
}
