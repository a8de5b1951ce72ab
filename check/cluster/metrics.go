package cluster

import (
	"context"
	"io"
	"strconv"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	corev1 "k8s.io/api/core/v1"
)

// Metrics are those that a program serves, by name.
type Metrics map[string]*dto.MetricFamily

// maxMetrics is how many bytes of them are read.
const maxMetrics = 4 << 20

// Metrics reads what a pod serves on a port, through the API server. There are none
// where it doesn't answer, or where they may not be read.
func (r *Reader) Metrics(ctx context.Context, pod *corev1.Pod, port int) Metrics {
	at := pod.Name + ":" + strconv.Itoa(port)
	metrics, err := remember(r, question{"metrics", pod.Namespace, at}, func() (Metrics, error) {
		body, err := r.discovery.RESTClient().Get().
			AbsPath("/api/v1/namespaces", pod.Namespace, "pods", at, "proxy", "metrics").
			Stream(ctx)
		if err != nil {
			return nil, err
		}
		defer body.Close()
		return ParseMetrics(io.LimitReader(body, maxMetrics)), nil
	})
	if err != nil {
		return nil
	}
	return metrics
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
