package cloudmonitoring

import (
	"math"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/linkerd-gcm/linkerd-gcm/exporter/points"
	"github.com/linkerd-gcm/linkerd-gcm/monitoring"
)

// The numbers of fields in google.monitoring.v3 and google.api: of CreateTimeSeriesRequest,
// TimeSeries, Point, TimeInterval, TypedValue, Timestamp and Distribution.
const (
	fieldTimeSeries = 2

	fieldPoints = 5

	fieldInterval, fieldValue = 1, 2
	fieldStart, fieldEnd      = 1, 2
	fieldSeconds, fieldNanos  = 1, 2

	fieldInt64, fieldDouble, fieldDistribution = 2, 3, 5

	fieldCount, fieldMean, fieldDeviation, fieldOptions, fieldBuckets = 1, 2, 3, 6, 7

	fieldExponential, fieldExplicit      = 2, 3
	fieldFinite, fieldGrowth, fieldScale = 1, 2, 3
	fieldBounds                          = 1
)

// An encoder writes the time series of a request as protobuf. Its buffers are used again, so
// that a point costs no allocation.
type encoder struct {
	request, point, value, inner, numbers []byte
}

// encode returns the time_series fields of a request with these points. It is valid until
// the next call.
func (e *encoder) encode(all []points.Point) []byte {
	e.request = e.request[:0]
	for i := range all {
		e.appendPoint(&all[i])
		series := all[i].Series
		e.request = protowire.AppendTag(e.request, fieldTimeSeries, protowire.BytesType)
		e.request = protowire.AppendVarint(e.request, uint64(series.EncodedSize()+protowire.SizeTag(fieldPoints)+protowire.SizeBytes(len(e.point))))
		e.request = series.AppendEncoded(e.request)
		e.request = appendMessage(e.request, fieldPoints, e.point)
	}
	return e.request
}

// appendPoint writes one Point into e.point.
func (e *encoder) appendPoint(p *points.Point) {
	e.value = e.value[:0]
	if p.Series.Kind == monitoring.Cumulative {
		e.inner = appendTime(e.inner[:0], p.Start)
		e.value = appendMessage(e.value, fieldStart, e.inner)
	}
	e.inner = appendTime(e.inner[:0], p.End)
	e.value = appendMessage(e.value, fieldEnd, e.inner)
	e.point = appendMessage(e.point[:0], fieldInterval, e.value)

	e.value = e.value[:0]
	switch p.Series.Value {
	case monitoring.Int64:
		e.value = protowire.AppendTag(e.value, fieldInt64, protowire.VarintType)
		e.value = protowire.AppendVarint(e.value, uint64(p.Value.Int64)) //nolint:gosec // two's complement, as protobuf wants it
	case monitoring.Distribution:
		e.appendDistribution(p.Value.Distribution)
		e.value = appendMessage(e.value, fieldDistribution, e.inner)
	default:
		e.value = protowire.AppendTag(e.value, fieldDouble, protowire.Fixed64Type)
		e.value = protowire.AppendFixed64(e.value, math.Float64bits(p.Value.Double))
	}
	e.point = appendMessage(e.point, fieldValue, e.value)
}

// appendDistribution writes a Distribution into e.inner.
func (e *encoder) appendDistribution(d *points.Distribution) {
	e.numbers = e.numbers[:0]
	options := protowire.Number(fieldExplicit)
	if exponential := d.Exponential; exponential != nil {
		options = fieldExponential
		e.numbers = appendCount(e.numbers, fieldFinite, int64(exponential.Buckets))
		e.numbers = appendDouble(e.numbers, fieldGrowth, exponential.Growth)
		e.numbers = appendDouble(e.numbers, fieldScale, exponential.Scale)
	} else if len(d.Bounds) > 0 {
		e.numbers = protowire.AppendTag(e.numbers, fieldBounds, protowire.BytesType)
		e.numbers = protowire.AppendVarint(e.numbers, uint64(8*len(d.Bounds)))
		for _, bound := range d.Bounds {
			e.numbers = protowire.AppendFixed64(e.numbers, math.Float64bits(bound))
		}
	}
	e.inner = appendCount(e.inner[:0], fieldCount, d.Count)
	e.inner = appendDouble(e.inner, fieldMean, d.Mean)
	e.inner = appendDouble(e.inner, fieldDeviation, d.SumOfSquaredDeviation)
	e.inner = protowire.AppendTag(e.inner, fieldOptions, protowire.BytesType)
	e.inner = protowire.AppendVarint(e.inner, uint64(protowire.SizeTag(options)+protowire.SizeBytes(len(e.numbers))))
	e.inner = appendMessage(e.inner, options, e.numbers)
	e.numbers = e.numbers[:0]
	for _, count := range d.Counts {
		e.numbers = protowire.AppendVarint(e.numbers, uint64(count)) //nolint:gosec // counts are not negative
	}
	if len(e.numbers) > 0 {
		e.inner = appendMessage(e.inner, fieldBuckets, e.numbers)
	}
}

func appendMessage(to []byte, field protowire.Number, message []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(to, field, protowire.BytesType), message)
}

// appendTime writes a Timestamp. Fields that are 0 are left out, here and below, as in every
// message of proto3.
func appendTime(to []byte, milliseconds int64) []byte {
	seconds, rest := milliseconds/1000, milliseconds%1000
	if rest < 0 {
		seconds, rest = seconds-1, rest+1000
	}
	to = appendCount(to, fieldSeconds, seconds)
	return appendCount(to, fieldNanos, rest*1_000_000)
}

func appendCount(to []byte, field protowire.Number, value int64) []byte {
	if value == 0 {
		return to
	}
	return protowire.AppendVarint(protowire.AppendTag(to, field, protowire.VarintType), uint64(value)) //nolint:gosec // two's complement
}

func appendDouble(to []byte, field protowire.Number, value float64) []byte {
	bits := math.Float64bits(value)
	if bits == 0 {
		return to
	}
	return protowire.AppendFixed64(protowire.AppendTag(to, field, protowire.Fixed64Type), bits)
}
