package points_test

import (
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"github.com/linkerd-gcm/linkerd-gcm/exporter/configuration"
	"github.com/linkerd-gcm/linkerd-gcm/exporter/series"
)

// A fakeLookup knows any target, unless it is told not to, and the types of metrics.
type fakeLookup struct {
	types          map[string]model.MetricType
	waits, missing bool
}

func (l *fakeLookup) Target(lset labels.Labels) (*series.Target, series.Answer) {
	job, instance := lset.Get("job"), lset.Get("instance")
	switch {
	case l.waits:
		return nil, series.Wait
	case l.missing:
		return nil, series.NotFound
	}
	return &series.Target{
		Labels: labels.FromStrings("job", job, "instance", instance, "pod", "pod-"+instance),
		Discovered: labels.FromStrings("__meta_kubernetes_namespace", "shop",
			"__meta_kubernetes_pod_name", "pod-"+instance, "__meta_kubernetes_pod_container_name", "proxy"),
	}, series.Found
}

func (l *fakeLookup) Metadata(_ *series.Target, metric string) (series.Metadata, series.Answer) {
	found, known := l.types[metric]
	if !known {
		return series.Metadata{}, series.NotFound
	}
	return series.Metadata{Type: found}, series.Found
}

var knownTypes = map[string]model.MetricType{
	"c_total": "counter", "d_total": "counter", "g": "gauge", "h": "histogram", "n": "histogram", "s": "summary",
	"u": "unknown", "process_start_time_seconds": "gauge", "i": "info",
}

func settingsForTests() configuration.Settings {
	return configuration.Settings{
		Destination: configuration.CloudMonitoring, Project: "p", Location: "l", Cluster: "c",
		MaxLabels: configuration.DefaultMaxLabels, MaxInputs: configuration.DefaultMaxInputs,
		Own: configuration.Container{Namespace: "linkerd-viz", Pod: "prometheus", Name: "gcm-exporter"},
	}
}
