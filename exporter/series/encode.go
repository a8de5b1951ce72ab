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

// encodeMetric returns the field of the metric.
func (s *Series) encodeMetric() []byte {
	text := appendLabels(make([]byte, 0, 256), fieldMetricLabels, s.Labels)
	text = appendString(text, fieldMetricType, s.MetricType)
	return appendBytes(make([]byte, 0, protowire.SizeTag(fieldMetric)+protowire.SizeBytes(len(text))), fieldMetric, text)
}

// encodeResource returns the field of the monitored resource.
func (s *Series) encodeResource() []byte {
	text := appendString(make([]byte, 0, 256), fieldResourceType, s.Resource)
	text = appendLabels(text, fieldResourceLabels, s.ResourceLabels)
	return appendBytes(make([]byte, 0, protowire.SizeTag(fieldResource)+protowire.SizeBytes(len(text))), fieldResource, text)
}

// kindsSize is how long the fields are that say what kind the metric is.
const kindsSize = 4

func (s *Series) encodeKinds() (text [kindsSize]byte) {
	kinds := protowire.AppendTag(text[:0], fieldKind, protowire.VarintType)
	kinds = protowire.AppendVarint(kinds, kindNumbers[s.Kind])
	kinds = protowire.AppendTag(kinds, fieldValue, protowire.VarintType)
	protowire.AppendVarint(kinds, valueNumbers[s.Value])
	return text
}

func appendLabels(text []byte, field protowire.Number, labels []Label) []byte {
	for _, label := range labels {
		size := protowire.SizeTag(fieldMapKey) + protowire.SizeBytes(len(label.Name)) + protowire.SizeTag(fieldMapValue) + protowire.SizeBytes(len(label.Value))
		text = protowire.AppendVarint(protowire.AppendTag(text, field, protowire.BytesType), uint64(size)) //nolint:gosec // a size
		text = appendString(text, fieldMapKey, label.Name)
		text = appendString(text, fieldMapValue, label.Value)
	}
	return text
}

func appendString(text []byte, field protowire.Number, value string) []byte {
	return protowire.AppendString(protowire.AppendTag(text, field, protowire.BytesType), value)
}

func appendBytes(text []byte, field protowire.Number, value []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(text, field, protowire.BytesType), value)
}
