package rules

import "strings"

// Kind says what the values of a result mean.
type Kind int

// The kinds of values.
const (
	Unknown  Kind = iota // a metric whose name tells nothing, or a mixture
	Counter              // running totals: they only grow until a process restarts
	Gauge                // a level that rises and falls
	Rate                 // growth per second
	Increase             // growth over a window
	Quantile             // a quantile of a distribution
	Ratio                // one quantity divided by another
	Average              // a mean
	Boolean              // 0 or 1
	Count                // a number of series or samples
	Time                 // a time, or part of a date
	Fixed                // a number written in the rule
)

var kindNames = [...]string{
	"unknown", "counter", "gauge", "rate", "increase", "quantile", "ratio", "average", "boolean", "count", "time", "fixed number",
}

// String returns the kind in words.
func (k Kind) String() string { return kindNames[k] }

// Decreases reports whether values of this kind are known to fall at times
// without a reset, so that they must not be taken for a counter.
func (k Kind) Decreases() bool {
	switch k {
	case Unknown, Counter, Fixed:
		return false
	}
	return true
}

// Value says what the values of a result are.
type Value struct {
	Kind Kind
	// Fractional says that values are likely to have a fractional part: rates,
	// ratios, quantiles, and metrics that count seconds. False means that they
	// are whole, or that nothing is known.
	Fractional bool
}

// as returns the value turned into another kind.
func (v Value) as(kind Kind) Value { return Value{Kind: kind, Fractional: v.Fractional} }

// fractional returns a value of the kind that is likely to have fractions.
func fractional(kind Kind) Value { return Value{Kind: kind, Fractional: true} }

// counterSuffixes are the endings that OpenMetrics and Prometheus' client
// libraries give to the series of counters, histograms and summaries.
var counterSuffixes = []string{"_total", "_count", "_sum", "_bucket"}

// unitSuffixes are base units whose metrics have fractions.
var unitSuffixes = []string{"_seconds", "_ratio", "_celsius", "_meters", "_volts", "_amperes", "_joules", "_grams"}

// metricValue tells from a metric's name what its values are.
func metricValue(name string) Value {
	value := Value{}
	base := name
	for _, suffix := range counterSuffixes {
		if strings.HasSuffix(name, suffix) {
			value.Kind = Counter
			base = strings.TrimSuffix(name, suffix)
		}
	}
	if strings.HasSuffix(name, "_bucket") || strings.HasSuffix(name, "_count") {
		return value
	}
	for _, unit := range unitSuffixes {
		value.Fractional = value.Fractional || strings.HasSuffix(base, unit)
	}
	return value
}

// isInfo reports whether a metric is one that only carries labels, with the
// value 1, as kube_pod_info, kube_pod_owner and kube_pod_labels do. Multiplying
// by one adds labels and leaves the value.
func isInfo(name string) bool {
	for _, suffix := range []string{"_info", "_owner", "_labels"} {
		if strings.HasSuffix(name, suffix) {
			return true
		}
	}
	return false
}
