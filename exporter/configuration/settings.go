package configuration

import (
	"fmt"
	"time"
)

// A Destination is the system of metrics in Google Cloud that gets the points.
type Destination string

// The destinations. Their names are the values of --destination.
const (
	// CloudMonitoring has metrics under external.googleapis.com/prometheus, as Google's
	// sidecar writes them.
	CloudMonitoring Destination = "cloud-monitoring"
	// ManagedPrometheus has metrics under prometheus.googleapis.com, with Prometheus' own
	// labels, as Google's managed collection writes them.
	ManagedPrometheus Destination = "managed-prometheus"
)

// Destinations are all destinations, the default first.
var Destinations = []Destination{CloudMonitoring, ManagedPrometheus}

// Settings are what the flags say about what is exported.
type Settings struct {
	Destination Destination
	// Project, Location and Cluster name the cluster in Google Cloud.
	Project, Location, Cluster string
	// GenericLocation and GenericNamespace belong to resources of type generic_task, for
	// targets that are not Kubernetes'; none is made where both are empty.
	GenericLocation, GenericNamespace string
	// UseGKEResource asks for gke_container, the resource of Google's first agents.
	UseGKEResource bool
	// MetricsPrefix precedes the names of metrics, without a slash at its end.
	MetricsPrefix string
	// Include has the selectors, any of which a series must match; with none, every series
	// is selected.
	Include []Selector
	// MinPeriod is the least time between two points of one series.
	MinPeriod time.Duration
	// MaxSeries, MaxInputs and MaxLabels are limits: of the series that are exported, of
	// those that are summed up, and of a series' labels. MaxSeries 0 is none.
	MaxSeries, MaxInputs, MaxLabels int
	// Own is the exporter's own container, the resource of aggregated_counters.
	Own Container
}

// A Container names a container of a pod.
type Container struct {
	Namespace, Pod, Name string
}

// The defaults of the limits.
const (
	DefaultMinPeriod = 9 * time.Second
	DefaultMaxSeries = 10_000
	DefaultMaxInputs = 200_000
	DefaultMaxLabels = 30
)

// managedNeeds lists what the destination managed-prometheus must be told, because its
// monitored resource has no room for "unknown".
func (s Settings) managedNeeds() error {
	for _, need := range []struct{ value, flag string }{
		{s.Location, "--stackdriver.kubernetes.location"},
		{s.Cluster, "--stackdriver.kubernetes.cluster-name"},
	} {
		if need.value == "" {
			return fmt.Errorf("--destination=%s needs %s: give the cluster's own", ManagedPrometheus, need.flag)
		}
	}
	if s.Location == "global" {
		return fmt.Errorf("--stackdriver.kubernetes.location=global is refused by Google for --destination=%s: give the cluster's region or zone", ManagedPrometheus)
	}
	return nil
}

// Check returns an error that names a flag whose value cannot be right.
func (s Settings) Check() error {
	if s.MaxSeries < 0 || s.MaxInputs < 1 || s.MaxLabels < 1 || s.MinPeriod < 0 {
		return fmt.Errorf("--max-series=%d, --max-inputs=%d, --max-labels=%d or --min-period=%s is too small", s.MaxSeries, s.MaxInputs, s.MaxLabels, s.MinPeriod)
	}
	if s.Destination == ManagedPrometheus {
		return s.managedNeeds()
	}
	return nil
}
