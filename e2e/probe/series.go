package main

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/value"
	"github.com/prometheus/prometheus/tsdb/chunks"
	"github.com/prometheus/prometheus/tsdb/record"

	"github.com/linkerd-gcm/linkerd-gcm/stackdriver"
)

// exported is a selected series as /series shows it.
type exported struct {
	Name       string            `json:"name"`       // as Prometheus recorded it
	Labels     map[string]string `json:"labels"`     // as recorded, without the name
	MetricType string            `json:"metricType"` // the type in Google Cloud Monitoring, after renaming
	Value      string            `json:"value"`      // of the last sample, in Prometheus' notation
	Time       time.Time         `json:"time"`       // of the last sample
	Samples    int               `json:"samples"`    // how many were read
}

// seriesStore keeps the selected series and their last values. It is safe for concurrent
// use.
type seriesStore struct {
	config    *config
	selectors []stackdriver.Selector
	prefix    string

	mu     sync.Mutex
	series map[chunks.HeadSeriesRef]*exported

	batches, processed, produced prometheus.Counter
}

func newSeriesStore(c *config, selectors []stackdriver.Selector, prefix string) *seriesStore {
	if prefix == "" {
		prefix = defaultPrefix
	}
	counter := func(name, help string) prometheus.Counter {
		return prometheus.NewCounter(prometheus.CounterOpts{Namespace: "prometheus_sidecar", Name: name, Help: help})
	}
	return &seriesStore{
		config:    c,
		selectors: selectors,
		prefix:    prefix,
		series:    map[chunks.HeadSeriesRef]*exported{},
		batches:   counter("batches_processed", "Total number of sample batches processed"),
		processed: counter("samples_processed", "Number of WAL samples processed"),
		produced:  counter("samples_produced", "Number of samples of selected series"),
	}
}

func (s *seriesStore) addSeries(series []record.RefSeries) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, added := range series {
		if _, known := s.series[added.Ref]; known || !selected(s.selectors, added.Labels) {
			continue
		}
		name := added.Labels.Get(labels.MetricName)
		s.series[added.Ref] = &exported{
			Name:       name,
			Labels:     added.Labels.DropMetricName().Map(),
			MetricType: s.prefix + "/" + s.config.rename(name),
		}
	}
}

// addSamples keeps the last value of each selected series. NaN values, which also mark
// the end of a series, are skipped (retrieval/transform.go).
func (s *seriesStore) addSamples(samples []record.RefSample) {
	s.batches.Inc()
	s.processed.Add(float64(len(samples)))
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, sample := range samples {
		series, ok := s.series[sample.Ref]
		if !ok || value.IsStaleNaN(sample.V) || math.IsNaN(sample.V) {
			continue
		}
		s.produced.Inc()
		series.Value = strconv.FormatFloat(sample.V, 'f', -1, 64)
		series.Time = time.UnixMilli(sample.T).UTC()
		series.Samples++
	}
}

// list returns the series that have a value, sorted by metric type and labels.
func (s *seriesStore) list() []exported {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := []exported{}
	for _, series := range s.series {
		if series.Samples > 0 {
			list = append(list, *series)
		}
	}
	slices.SortFunc(list, func(a, b exported) int {
		return cmp.Or(cmp.Compare(a.MetricType, b.MetricType),
			labels.Compare(labels.FromMap(a.Labels), labels.FromMap(b.Labels)), a.Time.Compare(b.Time))
	})
	return list
}
