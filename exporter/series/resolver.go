package series

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"slices"
	"strconv"
	"sync/atomic"
	"unicode/utf8"

	"github.com/prometheus/prometheus/model/labels"

	"github.com/linkerd-gcm/linkerd-gcm/exporter/configuration"
	"github.com/linkerd-gcm/linkerd-gcm/monitoring"
)

// A Resolver decides what becomes of series, under one configuration, which never changes.
// It is safe for concurrent use.
type Resolver struct {
	settings configuration.Settings
	file     *configuration.File
	flags    map[string]string
	sums     []Aggregation
	// latest is the time series that was made last: the next one has mostly the same
	// resource, and that of the next part of a histogram is the same.
	latest atomic.Pointer[Series]
}

// NewResolver returns the resolver of a configuration. A nil file is an empty one.
func NewResolver(settings configuration.Settings, file *configuration.File) *Resolver {
	if file == nil {
		file = &configuration.File{}
	}
	return &Resolver{settings: settings, file: file, flags: flagLabels(settings), sums: aggregations(file)}
}

// Settings returns the settings that the resolver was made with.
func (r *Resolver) Settings() configuration.Settings { return r.settings }

// Configuration stands for all that the resolver was made with: it is the same for the same
// settings and file. The exporter's own container belongs to it only where something is
// exported for it: its name changes with each rollout.
func (r *Resolver) Configuration() string {
	settings := r.settings
	if len(r.file.Counters) == 0 {
		settings.Own = configuration.Container{}
	}
	text := fmt.Sprintf("%+v %+v", settings, *r.file)
	hash := sha256.Sum256([]byte(text))
	return hex.EncodeToString(hash[:])
}

// A Resolution is what becomes of a series.
type Resolution struct {
	// Reason says why the series is not exported; the empty Reason says that it is. Detail
	// adds what the reason's description cannot know.
	Reason Reason
	Detail string
	// Target is the series' target; nil where there is none.
	Target *Target
	Role   Role
	// Bound is the upper bound of a Bucket.
	Bound float64
	// Outputs are the time series that the series, or its histogram, becomes. There are two
	// only for series of unknown type in Managed Prometheus.
	Outputs []*Series
}

func refused(reason Reason, detail string) (Resolution, Answer) {
	return Resolution{Reason: reason, Detail: detail}, Found
}

// Resolve decides about a selected series. Scraped says that its target exposes it, as
// opposed to a recording rule's. The answer is Wait where Prometheus must be asked first,
// else Found, also where the series is not exported.
func (r *Resolver) Resolve(lset labels.Labels, scraped bool, lookup Lookup) (Resolution, Answer) {
	target, answer := r.target(lset, scraped, lookup)
	if answer == Wait {
		return Resolution{}, Wait
	}
	if answer == NotFound {
		return refused(TargetNotFound, "job="+strconv.Quote(lset.Get("job"))+", instance="+strconv.Quote(lset.Get("instance")))
	}
	name := lset.Get(labels.MetricName)
	found, answer := r.metric(name, target, lookup)
	if answer == Wait {
		return Resolution{}, Wait
	}
	recorded := !scraped
	if answer == NotFound && !(recorded && r.settings.Destination == configuration.ManagedPrometheus) {
		return refused(MetadataNotFound, name)
	}
	role, outputs, reason := r.outputs(name, found, recorded)
	if reason == "" && !r.selects(lset, name) && (role == Scalar || role == Native) {
		reason = NotSelected
	}
	if reason != "" {
		return refused(reason, string(found.kind))
	}
	resolution := Resolution{Target: target, Role: role}
	if role == Bucket {
		bound, err := parseBound(lset)
		if err != nil {
			return refused(BadBound, err.Error())
		}
		resolution.Bound = bound
	}
	return r.describe(resolution, outputs, lset, nil)
}

// parseBound reads the upper bound of a bucket.
func parseBound(lset labels.Labels) (float64, error) {
	text := lset.Get(labels.BucketLabel)
	bound, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(bound) {
		return 0, fmt.Errorf("le=%q is not a number", text)
	}
	return bound, nil
}

// target finds the series' target. Recorded series need none in Managed Prometheus.
func (r *Resolver) target(lset labels.Labels, scraped bool, lookup Lookup) (*Target, Answer) {
	if lset.Get("job") == "" || lset.Get("instance") == "" {
		return nil, NotFound
	}
	target, answer := lookup.Target(lset)
	if answer == NotFound && !scraped && r.settings.Destination == configuration.ManagedPrometheus {
		return nil, Found
	}
	return target, answer
}

// describe fills in the time series that a series becomes. The labels that are named stay,
// even if they are the target's.
func (r *Resolver) describe(resolution Resolution, outputs []output, lset labels.Labels, named []string) (Resolution, Answer) {
	resource, resourceLabels, used, known := r.place(resolution.Target, lset)
	if !known {
		return refused(UnknownResource, "")
	}
	drop := append(used, labels.MetricName)
	if resolution.Role == Bucket {
		drop = append(drop, labels.BucketLabel)
	}
	kept := r.kept(lset, resolution.Target, drop, named)
	if reason, detail := r.checkLabels(kept); reason != "" {
		return refused(reason, detail)
	}
	for _, out := range outputs {
		made := NewLike(Series{
			MetricType: out.metricType, Kind: out.kind, Value: out.value,
			Labels: kept, Resource: resource, ResourceLabels: resourceLabels,
		}, r.latest.Load())
		r.latest.Store(made)
		resolution.Outputs = append(resolution.Outputs, made)
	}
	return resolution, Found
}

// place returns the monitored resource of a series and the labels that are in it.
func (r *Resolver) place(target *Target, lset labels.Labels) (resource string, found []Label, used []string, known bool) {
	if r.settings.Destination == configuration.ManagedPrometheus {
		resource, found, used = r.managedResource(lset)
		return resource, found, used, true
	}
	return r.resource(target.Discovered, lset)
}

// managedResource is the resource of Google's managed collection, whose labels are the
// series' own. An empty namespace is allowed.
func (r *Resolver) managedResource(lset labels.Labels) (string, []Label, []string) {
	return "prometheus_target", []Label{
		{"cluster", r.settings.Cluster}, {"instance", lset.Get("instance")}, {"job", lset.Get("job")},
		{"location", r.settings.Location}, {"namespace", lset.Get("namespace")}, {"project_id", r.settings.Project},
	}, []string{"instance", "job", "namespace"}
}

// kept returns the labels that remain: in Cloud Monitoring without those of the target,
// which its resource stands for, unless they are named.
func (r *Resolver) kept(lset labels.Labels, target *Target, drop, named []string) []Label {
	var kept []Label
	lset.Range(func(l labels.Label) {
		if slices.Contains(drop, l.Name) {
			return
		}
		ofTarget := r.settings.Destination != configuration.ManagedPrometheus && target.Labels.Get(l.Name) == l.Value
		if ofTarget && !slices.Contains(named, l.Name) {
			return
		}
		kept = append(kept, Label{l.Name, l.Value})
	})
	return kept
}

func (r *Resolver) checkLabels(kept []Label) (Reason, string) {
	if limit := r.settings.MaxLabels; limit > 0 && len(kept) > limit {
		return TooManyLabels, strconv.Itoa(len(kept)) + " labels"
	}
	for _, label := range kept {
		if utf8.RuneCountInString(label.Name) > monitoring.MaxLabelKeyLength || utf8.RuneCountInString(label.Value) > monitoring.MaxLabelValueLength {
			return LabelTooLong, label.Name
		}
	}
	return "", ""
}
