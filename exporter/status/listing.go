package status

// A MetricInfo describes one of the exporter's own metrics.
type MetricInfo struct {
	// Label is the metric's only label, "" where it has none.
	Name, Label, Help string
}

// Metrics lists the exporter's own metrics, those of Google's sidecar first.
func Metrics() []MetricInfo {
	list := make([]MetricInfo, len(metrics))
	for i, m := range metrics {
		list[i] = MetricInfo{m.name, m.label, m.help}
	}
	return list
}
