package series

import (
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
)

// A Target is what Prometheus scrapes: its labels, and those that it was discovered with.
type Target struct {
	Labels, Discovered labels.Labels
}

// Metadata is what Prometheus knows of a metric from its target.
type Metadata struct {
	Type model.MetricType
	Help string
}

// Answer says whether something was found, or cannot be said yet.
type Answer int

// The answers.
const (
	Found Answer = iota
	NotFound
	// Wait says that Prometheus has not answered: ask again later.
	Wait
)

// A Lookup knows what Prometheus says of its targets.
type Lookup interface {
	// Target returns the target of a series: that with its job and instance, and with no
	// other value for a label that both have.
	Target(series labels.Labels) (*Target, Answer)
	// Metadata returns what is known of a target's metric, by the name that the target
	// exposes.
	Metadata(target *Target, metric string) (Metadata, Answer)
}
