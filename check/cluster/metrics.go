package cluster

import (
	"bytes"
	"context"
	"io"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	corev1 "k8s.io/api/core/v1"
)

// Metrics are those that a program serves, by name.
type Metrics map[string]*dto.MetricFamily

// Metrics reads those that a pod serves on a port. There are none where it doesn't answer,
// or where they may not be read.
func (r *Reader) Metrics(ctx context.Context, pod *corev1.Pod, port int) Metrics {
	text, err := r.Page(ctx, pod, port, "metrics")
	if err != nil {
		return nil
	}
	return ParseMetrics(bytes.NewReader(text))
}

// ParseMetrics parses metrics in the text format of Prometheus. There are none in a text
// of another format.
func ParseMetrics(text io.Reader) (metrics Metrics) {
	// The parser panics at some texts that are not valid, and any pod can serve such a one.
	defer func() {
		if recover() != nil {
			metrics = nil
		}
	}()
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(text)
	if err != nil {
		return nil
	}
	return families
}

// Sum adds up the series of a metric.
func (m Metrics) Sum(name string) float64 {
	var total float64
	for _, metric := range m[name].GetMetric() {
		total += value(metric)
	}
	return total
}

// SumBy adds up the series of a metric by the values of a label.
func (m Metrics) SumBy(name, label string) map[string]float64 {
	totals := map[string]float64{}
	for _, metric := range m[name].GetMetric() {
		for _, l := range metric.GetLabel() {
			if l.GetName() == label {
				totals[l.GetValue()] += value(metric)
			}
		}
	}
	return totals
}

func value(m *dto.Metric) float64 {
	switch {
	case m.GetCounter() != nil:
		return m.GetCounter().GetValue()
	case m.GetGauge() != nil:
		return m.GetGauge().GetValue()
	default:
		return m.GetUntyped().GetValue()
	}
}
