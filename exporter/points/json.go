package points

import (
	"encoding/json"
	"math"
	"strconv"

	"github.com/linkerd-gcm/linkerd-gcm/exporter/series"
	"github.com/linkerd-gcm/linkerd-gcm/monitoring"
)

// A line is a point as --dry-run prints it. The order of the fields is that of their names.
type line struct {
	End            int64             `json:"end"`
	Kind           string            `json:"kind"`
	Metric         string            `json:"metric"`
	MetricLabels   map[string]string `json:"metricLabels"`
	Resource       string            `json:"resource"`
	ResourceLabels map[string]string `json:"resourceLabels"`
	Start          *int64            `json:"start"`
	Value          map[string]any    `json:"value"`
	ValueType      string            `json:"valueType"`
}

type distributionLine struct {
	Bounds                []json.RawMessage `json:"bounds"`
	BucketCounts          []int64           `json:"bucketCounts"`
	Count                 int64             `json:"count"`
	Exponential           *exponentialLine  `json:"exponential,omitempty"`
	Mean                  json.RawMessage   `json:"mean"`
	SumOfSquaredDeviation json.RawMessage   `json:"sumOfSquaredDeviation"`
}

// An exponentialLine is an Exponential under the names that Google's API has.
type exponentialLine struct {
	Buckets int32   `json:"numFiniteBuckets"`
	Growth  float64 `json:"growthFactor"`
	Scale   float64 `json:"scale"`
}

// JSON returns a point as one line of JSON, without a line end: times are milliseconds
// since 1970, start is null for gauges, and NaN and infinities are strings.
func JSON(p Point) ([]byte, error) {
	l := line{
		End: p.End, Kind: string(p.Series.Kind), Metric: p.Series.MetricType, MetricLabels: labelMap(p.Series.Labels),
		Resource: p.Series.Resource, ResourceLabels: labelMap(p.Series.ResourceLabels),
		Value: valueLine(p), ValueType: string(p.Series.Value),
	}
	if p.Series.Kind != monitoring.Gauge {
		l.Start = &p.Start
	}
	return json.Marshal(l)
}

func labelMap(labels []series.Label) map[string]string {
	made := make(map[string]string, len(labels))
	for _, l := range labels {
		made[l.Name] = l.Value
	}
	return made
}

func valueLine(p Point) map[string]any {
	switch p.Series.Value {
	case monitoring.Int64:
		return map[string]any{"int64": p.Value.Int64}
	case monitoring.Double:
		return map[string]any{"double": float(p.Value.Double)}
	}
	d := p.Value.Distribution
	bounds := make([]json.RawMessage, 0, len(d.Bounds))
	for _, bound := range d.Bounds {
		bounds = append(bounds, float(bound))
	}
	return map[string]any{"distribution": distributionLine{
		Bounds: bounds, BucketCounts: d.Counts, Count: d.Count, Exponential: (*exponentialLine)(d.Exponential),
		Mean: float(d.Mean), SumOfSquaredDeviation: float(d.SumOfSquaredDeviation),
	}}
}

// float writes a number: whole ones without a point, very large and small ones with an
// exponent. JSON has no NaN and infinities, for which there are strings.
func float(v float64) json.RawMessage {
	switch {
	case math.IsNaN(v):
		return json.RawMessage(`"NaN"`)
	case math.IsInf(v, 1):
		return json.RawMessage(`"+Inf"`)
	case math.IsInf(v, -1):
		return json.RawMessage(`"-Inf"`)
	case v == 0:
		return json.RawMessage("0") // also for minus zero
	}
	format := byte('f')
	if size := math.Abs(v); size < 1e-4 || size >= 1e16 {
		format = 'e'
	}
	return strconv.AppendFloat(nil, v, format, -1, 64)
}
