package gcmemulator

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"

	"cloud.google.com/go/monitoring/apiv3/v2/monitoringpb"
	"google.golang.org/genproto/googleapis/api/distribution"
	"google.golang.org/genproto/googleapis/api/metric"
)

// A Point is an accepted point as JSON has it. The fields are those of the recorded runs of
// Google's sidecar and of the exporter's --dry-run.
type Point struct {
	Number         int               `json:"number"`
	Metric         string            `json:"metric"`
	Kind           string            `json:"kind"`
	ValueType      string            `json:"valueType"`
	MetricLabels   map[string]string `json:"metricLabels"`
	Resource       string            `json:"resource"`
	ResourceLabels map[string]string `json:"resourceLabels"`
	// Start and End are milliseconds since 1970; Start is null for gauges.
	Start *int64 `json:"start"`
	End   int64  `json:"end"`
	Value Value  `json:"value"`
}

// ReadPoints reads points, one after the other, as the page /points of an emulator has them.
func ReadPoints(r io.Reader) ([]Point, error) {
	var points []Point
	for decoder := json.NewDecoder(r); ; {
		var point Point
		if err := decoder.Decode(&point); errors.Is(err, io.EOF) {
			return points, nil
		} else if err != nil {
			return nil, fmt.Errorf("reading the emulator's points: %w", err)
		}
		points = append(points, point)
	}
}

// A Value has one of its fields.
type Value struct {
	Double       *Number       `json:"double,omitempty"`
	Int64        *int64        `json:"int64,omitempty"`
	Bool         *bool         `json:"bool,omitempty"`
	String       *string       `json:"string,omitempty"`
	Distribution *Distribution `json:"distribution,omitempty"`
}

// A Distribution has either bounds or exponential buckets.
type Distribution struct {
	Count     int64        `json:"count"`
	Mean      Number       `json:"mean"`
	Deviation Number       `json:"sumOfSquaredDeviation"`
	Bounds    []float64    `json:"bounds,omitempty"`
	Exponents *Exponential `json:"exponential,omitempty"`
	Buckets   []int64      `json:"bucketCounts"`
}

// Exponential are the parameters of exponential buckets.
type Exponential struct {
	Finite int32   `json:"numFiniteBuckets"`
	Growth float64 `json:"growthFactor"`
	Scale  float64 `json:"scale"`
}

// A Number is written as a string where JSON has no number for it.
type Number float64

// MarshalJSON writes NaN and infinities as strings.
func (n Number) MarshalJSON() ([]byte, error) {
	if f := float64(n); math.IsNaN(f) || math.IsInf(f, 0) {
		return json.Marshal(fmt.Sprint(f))
	}
	return json.Marshal(float64(n))
}

// UnmarshalJSON reads what MarshalJSON writes.
func (n *Number) UnmarshalJSON(text []byte) error {
	var f float64
	err := json.Unmarshal(text, &f)
	var word string
	if err != nil && json.Unmarshal(text, &word) == nil {
		f, err = strconv.ParseFloat(word, 64)
	}
	*n = Number(f)
	return err
}

// toJSON converts an accepted point.
func toJSON(accepted Accepted) Point {
	series, interval := accepted.Series, accepted.Point.GetInterval()
	point := Point{
		Number: accepted.Number, Metric: series.GetMetric().GetType(), Kind: series.GetMetricKind().String(), ValueType: series.GetValueType().String(),
		MetricLabels: series.GetMetric().GetLabels(), Resource: series.GetResource().GetType(), ResourceLabels: series.GetResource().GetLabels(),
		End: interval.GetEndTime().AsTime().UnixMilli(), Value: valueToJSON(accepted.Point.GetValue()),
	}
	if point.MetricLabels == nil {
		point.MetricLabels = map[string]string{}
	}
	if series.GetMetricKind() == metric.MetricDescriptor_CUMULATIVE {
		start := interval.GetStartTime().AsTime().UnixMilli()
		point.Start = &start
	}
	return point
}

func valueToJSON(value *monitoringpb.TypedValue) Value {
	switch value := value.GetValue().(type) {
	case *monitoringpb.TypedValue_DoubleValue:
		number := Number(value.DoubleValue)
		return Value{Double: &number}
	case *monitoringpb.TypedValue_Int64Value:
		return Value{Int64: &value.Int64Value}
	case *monitoringpb.TypedValue_BoolValue:
		return Value{Bool: &value.BoolValue}
	case *monitoringpb.TypedValue_StringValue:
		return Value{String: &value.StringValue}
	case *monitoringpb.TypedValue_DistributionValue:
		return Value{Distribution: distributionToJSON(value.DistributionValue)}
	}
	return Value{}
}

func distributionToJSON(d *distribution.Distribution) *Distribution {
	out := &Distribution{
		Count: d.GetCount(), Mean: Number(d.GetMean()), Deviation: Number(d.GetSumOfSquaredDeviation()),
		Bounds: d.GetBucketOptions().GetExplicitBuckets().GetBounds(), Buckets: d.GetBucketCounts(),
	}
	if e := d.GetBucketOptions().GetExponentialBuckets(); e != nil {
		out.Exponents = &Exponential{e.GetNumFiniteBuckets(), e.GetGrowthFactor(), e.GetScale()}
	}
	return out
}
