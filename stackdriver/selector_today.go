package stackdriver

import "github.com/prometheus/prometheus/promql/parser"

// AcceptedByNewerPrometheus reports whether the parser of Prometheus 2.55
// accepts a selector. People try selectors in Prometheus' own pages first; this
// tells "wrong everywhere" from "too new for the sidecar". Selectors longer than
// MaxSelectorLength are not looked at.
func AcceptedByNewerPrometheus(text string) bool {
	if len(text) > MaxSelectorLength {
		return false
	}
	_, err := parser.ParseMetricSelector(text)
	return err == nil
}
