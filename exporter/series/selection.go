package series

import (
	"strings"

	"github.com/prometheus/prometheus/model/labels"
)

// Selected reports whether a series may be exported: whether a selector matches it, or
// would match another series of its histogram, if it is one. Which of both, Resolve says.
func (r *Resolver) Selected(lset labels.Labels) bool {
	name := lset.Get(labels.MetricName)
	if r.selects(lset, name) {
		return true
	}
	base, suffix := cutSuffix(name)
	if suffix == "" || suffix == suffixTotal {
		return false
	}
	for _, other := range []string{suffixBucket, suffixSum, suffixCount} {
		if other != suffix && r.selects(lset, base+other) {
			return true
		}
	}
	return false
}

// selects reports whether any selector matches a series, were its name the given one. With
// no selector, all are selected.
func (r *Resolver) selects(lset labels.Labels, name string) bool {
	if len(r.settings.Include) == 0 {
		return true
	}
	for _, selector := range r.settings.Include {
		if matches(selector, lset, name) {
			return true
		}
	}
	return false
}

func matches(selector []*labels.Matcher, lset labels.Labels, name string) bool {
	for _, m := range selector {
		value := name
		if m.Name != labels.MetricName {
			value = lset.Get(m.Name)
		}
		if !m.Matches(value) {
			return false
		}
	}
	return true
}

// GroupOf returns the labels that the series of one classic histogram share, and the
// histogram's name among them.
func GroupOf(lset labels.Labels) labels.Labels {
	base, _ := cutSuffix(lset.Get(labels.MetricName))
	return labels.NewBuilder(lset).Del(labels.BucketLabel).Set(labels.MetricName, base).Labels()
}

// isPart reports whether a name is that of a part of a histogram of the given base.
func isPart(name, base string) bool {
	suffix, found := strings.CutPrefix(name, base)
	return found && (suffix == suffixBucket || suffix == suffixSum || suffix == suffixCount)
}
