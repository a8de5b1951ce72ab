package check

import (
	"context"
	"io"
	"strconv"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	corev1 "k8s.io/api/core/v1"
)

// metrics are those that a program serves, by name.
type metrics map[string]*dto.MetricFamily

// mostMetrics is how many bytes of them are read.
const mostMetrics = 4 << 20

// metrics reads what a pod serves on a port, through the API server. There are none
// where it doesn't answer, or where they may not be read.
func (c *cluster) metrics(ctx context.Context, pod *corev1.Pod, port int) metrics {
	body, err := c.discovery.RESTClient().Get().
		AbsPath("/api/v1/namespaces", pod.Namespace, "pods", pod.Name+":"+strconv.Itoa(port), "proxy", "metrics").
		Stream(ctx)
	if err != nil {
		return nil
	}
	defer body.Close()
	return readMetrics(io.LimitReader(body, mostMetrics))
}

func readMetrics(text io.Reader) metrics {
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(text)
	if err != nil {
		return nil
	}
	return families
}

// sum adds up the series of a metric.
func (m metrics) sum(name string) float64 {
	var total float64
	for _, metric := range m[name].GetMetric() {
		total += value(metric)
	}
	return total
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
