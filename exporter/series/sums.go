package series

import (
	"fmt"
	"slices"
	"strings"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"github.com/linkerd-gcm/linkerd-gcm/exporter/configuration"
	"github.com/linkerd-gcm/linkerd-gcm/monitoring"
)

// aggregatedPrefix is where aggregated_counters go, whatever the destination
// (stackdriver-prometheus-sidecar, README.md).
const aggregatedPrefix = "custom.googleapis.com/opencensus"

// An Aggregation is what the configuration asks to sum up: an entry of aggregate or of
// aggregated_counters.
type Aggregation struct {
	// Key says all that the entry does; two entries with the same key are the same.
	Key string
	// AcrossTargets says that the sum is over all targets, with a point each minute, as
	// aggregated_counters are.
	AcrossTargets bool

	aggregate configuration.Aggregate
	counter   configuration.Counter
}

func aggregations(file *configuration.File) []Aggregation {
	var all []Aggregation
	for _, a := range file.Aggregates {
		key := fmt.Sprintf("aggregate %q match %v by %v %q without %q to %q", a.Metric, a.Match, a.HasBy, a.By, a.Without, a.To)
		all = append(all, Aggregation{Key: key, aggregate: a})
	}
	for _, c := range file.Counters {
		all = append(all, Aggregation{Key: fmt.Sprintf("counter %q filters %v", c.Metric, c.Filters), AcrossTargets: true, counter: c})
	}
	return all
}

// Aggregations returns what the configuration asks to sum up, in its order.
func (r *Resolver) Aggregations() []Aggregation { return r.sums }

// Inputs returns the numbers of the aggregations that a series may belong to.
func (r *Resolver) Inputs(lset labels.Labels) []int {
	var found []int
	name := lset.Get(labels.MetricName)
	for i := range r.sums {
		if r.sums[i].takes(lset, name) {
			found = append(found, i)
		}
	}
	return found
}

func (a *Aggregation) takes(lset labels.Labels, name string) bool {
	if a.AcrossTargets {
		return slices.ContainsFunc(a.counter.Filters, func(filter configuration.Selector) bool { return matches(filter, lset, name) })
	}
	metric := a.aggregate.Metric
	return (name == metric || isPart(name, metric)) && matches(a.aggregate.Match, lset, name)
}

// ResolveInput decides about a series that may belong to an aggregation, given by its
// number. The only output is the sum. The answer is as that of Resolve.
func (r *Resolver) ResolveInput(number int, lset labels.Labels, scraped bool, lookup Lookup) (Resolution, Answer) {
	a := &r.sums[number]
	target, answer := r.target(lset, scraped, lookup)
	if answer == Wait {
		return Resolution{}, Wait
	}
	if answer == NotFound {
		return refused(TargetNotFound, a.Key)
	}
	if a.AcrossTargets {
		return Resolution{Target: target, Outputs: []*Series{r.acrossTargets(a)}}, Found
	}
	name := lset.Get(labels.MetricName)
	found, answer := r.metric(name, target, lookup)
	if answer == Wait {
		return Resolution{}, Wait
	}
	if answer == NotFound {
		return refused(MetadataNotFound, name)
	}
	role, out, fits := r.summed(a, name, found)
	if !fits || !scraped {
		return refused(NotSummable, a.Key)
	}
	return r.describeInput(a, Resolution{Target: target, Role: role}, out, lset)
}

// summed returns what a series is in an aggregate, if it is a counter, a native histogram or
// part of a classic one.
func (r *Resolver) summed(a *Aggregation, name string, found metric) (Role, output, bool) {
	if found.kind == model.MetricTypeHistogram {
		role, known := roles[found.suffix]
		fits := known && found.base == a.aggregate.Metric || role == Native && name == a.aggregate.Metric
		return role, output{r.typeOf(a.aggregate.To, a.aggregate.To, "histogram"), monitoring.Cumulative, monitoring.Distribution}, fits
	}
	counts := found.kind == model.MetricTypeCounter || found.kind == model.MetricTypeUnknown ||
		found.kind == model.MetricTypeSummary && (found.suffix == suffixSum || found.suffix == suffixCount)
	return Scalar, output{r.typeOf(a.aggregate.To, a.aggregate.To, "counter"), monitoring.Cumulative, monitoring.Double}, counts && name == a.aggregate.Metric
}

// describeInput fills in the sum: its labels are those that stay, besides the target's.
func (r *Resolver) describeInput(a *Aggregation, resolution Resolution, out output, lset labels.Labels) (Resolution, Answer) {
	if resolution.Role == Bucket {
		bound, err := parseBound(lset)
		if err != nil {
			return refused(BadBound, err.Error())
		}
		resolution.Bound = bound
	}
	summed := labels.NewScratchBuilder(len(a.aggregate.By) + 8)
	seen := map[string]bool{labels.MetricName: true, labels.BucketLabel: true}
	keep := func(l labels.Label) {
		if !seen[l.Name] {
			seen[l.Name] = true
			summed.Add(l.Name, l.Value)
		}
	}
	lset.Range(func(l labels.Label) {
		if a.stays(l.Name) || l.Name == "job" || l.Name == "instance" || l.Name == "namespace" && r.settings.Destination == configuration.ManagedPrometheus {
			keep(l)
		}
	})
	if r.settings.Destination != configuration.ManagedPrometheus {
		resolution.Target.Labels.Range(keep)
	}
	summed.Sort()
	return r.describe(resolution, []output{out}, summed.Labels(), a.aggregate.By)
}

// stays reports whether a label is not summed over.
func (a *Aggregation) stays(label string) bool {
	if a.aggregate.HasBy {
		return slices.Contains(a.aggregate.By, label)
	}
	return len(a.aggregate.Without) > 0 && !slices.Contains(a.aggregate.Without, label)
}

// acrossTargets is the series of an entry of aggregated_counters: it has no labels, and
// belongs to the exporter's own container.
func (r *Resolver) acrossTargets(a *Aggregation) *Series {
	own := r.settings.Own
	return New(Series{
		MetricType: aggregatedPrefix + "/" + strings.Map(allowed, a.counter.Metric),
		Kind:       monitoring.Cumulative, Value: monitoring.Double,
		Resource: monitoring.ContainerResource,
		ResourceLabels: []Label{
			{"cluster_name", r.settings.Cluster}, {"container_name", own.Name}, {"location", r.settings.Location},
			{"namespace_name", own.Namespace}, {"pod_name", own.Pod}, {"project_id", r.settings.Project},
		},
	})
}
