package gcmemulator

import (
	"fmt"
	"html/template"
	"math"
	"strings"

	"cloud.google.com/go/monitoring/apiv3/v2/monitoringpb"
	"google.golang.org/genproto/googleapis/api/metric"
)

// plotPoints is how many points of a series a plot shows.
const plotPoints = 240

const plotWidth, plotHeight = 260, 44

// scalar reduces a value to the number that is plotted: of a distribution, its count.
func scalar(point *monitoringpb.Point) float64 {
	switch value := point.GetValue().GetValue().(type) {
	case *monitoringpb.TypedValue_DoubleValue:
		return value.DoubleValue
	case *monitoringpb.TypedValue_Int64Value:
		return float64(value.Int64Value)
	case *monitoringpb.TypedValue_DistributionValue:
		return float64(value.DistributionValue.GetCount())
	case *monitoringpb.TypedValue_BoolValue:
		if value.BoolValue {
			return 1
		}
	}
	return 0
}

// plot draws the recent points of a series as SVG. Cumulative ones are shown as increases a
// second, which is what people want to see of them.
func plot(kind metric.MetricDescriptor_MetricKind, points []*monitoringpb.Point) template.HTML {
	xs, ys := coordinates(kind, points)
	if len(xs) < 2 {
		return ""
	}
	low, high := ys[0], ys[0]
	for _, y := range ys {
		low, high = min(low, y), max(high, y)
	}
	if low > 0 && low < high/2 {
		low = 0
	}
	span, height := xs[len(xs)-1]-xs[0], high-low
	var line strings.Builder
	for i := range xs {
		x, y := (xs[i]-xs[0])/span*plotWidth, float64(plotHeight)/2
		if height > 0 {
			y = plotHeight - 2 - (ys[i]-low)/height*(plotHeight-4)
		}
		fmt.Fprintf(&line, "%.1f,%.1f ", x, y)
	}
	//nolint:gosec // numbers alone
	return template.HTML(fmt.Sprintf(
		`<svg width="%d" height="%d" viewBox="0 0 %[1]d %[2]d" role="img" aria-label="from %.4g to %.4g"><title>from %.4[3]g to %.4[4]g</title>`+
			`<polyline points="%s"/></svg>`, plotWidth, plotHeight, low, high, strings.TrimSpace(line.String())))
}

// coordinates are seconds and values; values that cannot be drawn are left out.
func coordinates(kind metric.MetricDescriptor_MetricKind, points []*monitoringpb.Point) (xs, ys []float64) {
	cumulative := kind == metric.MetricDescriptor_CUMULATIVE
	for i, point := range points {
		x, y := seconds(point), scalar(point)
		if cumulative {
			if i == 0 {
				continue
			}
			before := points[i-1]
			increase := y - scalar(before)
			if !point.GetInterval().GetStartTime().AsTime().Equal(before.GetInterval().GetStartTime().AsTime()) {
				increase = y
			}
			y = increase / (x - seconds(before))
		}
		if !math.IsNaN(y) && !math.IsInf(y, 0) {
			xs, ys = append(xs, x), append(ys, y)
		}
	}
	return xs, ys
}

func seconds(point *monitoringpb.Point) float64 {
	return float64(point.GetInterval().GetEndTime().AsTime().UnixMilli()) / 1000
}
