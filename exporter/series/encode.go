package series

import (
	"google.golang.org/protobuf/encoding/protowire"

	"github.com/linkerd-gcm/linkerd-gcm/monitoring"
)

// The numbers of the fields and values of google.monitoring.v3.TimeSeries, and of
// google.api.Metric and google.api.MonitoredResource within it.
const (
	fieldMetric, fieldResource, fieldKind, fieldValue = 1, 2, 3, 4

	fieldMetricLabels, fieldMetricType     = 2, 3
	fieldResourceType, fieldResourceLabels = 1, 2
	fieldMapKey, fieldMapValue             = 1, 2
)

var (
	kindNumbers  = map[monitoring.MetricKind]uint64{monitoring.Gauge: 1, monitoring.Cumulative: 3}
	valueNumbers = map[monitoring.ValueKind]uint64{monitoring.Int64: 2, monitoring.Double: 3, monitoring.Distribution: 5}
)

func encode(s *Series) []byte {
	metric := appendLabels(nil, fieldMetricLabels, s.Labels)
	metric = appendString(metric, fieldMetricType, s.MetricType)
	resource := appendString(nil, fieldResourceType, s.Resource)
	resource = appendLabels(resource, fieldResourceLabels, s.ResourceLabels)

	text := appendBytes(nil, fieldMetric, metric)
	text = appendBytes(text, fieldResource, resource)
	text = protowire.AppendTag(text, fieldKind, protowire.VarintType)
	text = protowire.AppendVarint(text, kindNumbers[s.Kind])
	text = protowire.AppendTag(text, fieldValue, protowire.VarintType)
	return protowire.AppendVarint(text, valueNumbers[s.Value])
}

func appendLabels(text []byte, field protowire.Number, labels []Label) []byte {
	for _, label := range labels {
		entry := appendString(nil, fieldMapKey, label.Name)
		entry = appendString(entry, fieldMapValue, label.Value)
		text = appendBytes(text, field, entry)
	}
	return text
}

func appendString(text []byte, field protowire.Number, value string) []byte {
	return protowire.AppendString(protowire.AppendTag(text, field, protowire.BytesType), value)
}

func appendBytes(text []byte, field protowire.Number, value []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(text, field, protowire.BytesType), value)
}
