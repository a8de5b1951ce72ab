package points_test

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/tsdb/record"
	"github.com/prometheus/prometheus/tsdb/wlog"

	"github.com/linkerd-gcm/linkerd-gcm/exporter/configuration"
	"github.com/linkerd-gcm/linkerd-gcm/exporter/points"
	"github.com/linkerd-gcm/linkerd-gcm/exporter/series"
)

// A recordedLookup answers as Prometheus' API did when a run was recorded.
type recordedLookup struct {
	targets  []*series.Target
	metadata map[[3]string]series.Metadata
}

func (l *recordedLookup) Target(lset labels.Labels) (*series.Target, series.Answer) {
next:
	for _, target := range l.targets {
		if target.Labels.Get("job") != lset.Get("job") || target.Labels.Get("instance") != lset.Get("instance") {
			continue
		}
		for _, label := range target.Labels {
			if value := lset.Get(label.Name); value != "" && value != label.Value {
				continue next
			}
		}
		return target, series.Found
	}
	return nil, series.NotFound
}

func (l *recordedLookup) Metadata(target *series.Target, metric string) (series.Metadata, series.Answer) {
	found, known := l.metadata[[3]string{target.Labels.Get("job"), target.Labels.Get("instance"), metric}]
	if !known {
		return found, series.NotFound
	}
	return found, series.Found
}

func readJSON(t testing.TB, path string, into any) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, into); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}

func lookupOf(t testing.TB, folder string) *recordedLookup {
	t.Helper()
	var targets struct {
		Data struct {
			ActiveTargets []struct{ Labels, DiscoveredLabels map[string]string }
		}
	}
	readJSON(t, filepath.Join(folder, "targets.json"), &targets)
	var metadata struct {
		Data []struct {
			Target map[string]string
			Metric string
			Type   model.MetricType
		}
	}
	readJSON(t, filepath.Join(folder, "metadata.json"), &metadata)
	lookup := &recordedLookup{metadata: map[[3]string]series.Metadata{}}
	for _, target := range targets.Data.ActiveTargets {
		lookup.targets = append(lookup.targets, &series.Target{
			Labels: labels.FromMap(target.Labels), Discovered: labels.FromMap(target.DiscoveredLabels),
		})
	}
	for _, m := range metadata.Data {
		lookup.metadata[[3]string{m.Target["job"], m.Target["instance"], m.Metric}] = series.Metadata{Type: m.Type}
	}
	return lookup
}

// settingsOf reads a run's flags.
func settingsOf(t testing.TB, folder string) configuration.Settings {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(folder, "flags.txt"))
	if err != nil {
		t.Fatal(err)
	}
	settings := configuration.Settings{Destination: configuration.CloudMonitoring, MaxLabels: configuration.DefaultMaxLabels}
	into := map[string]*string{
		"--stackdriver.project-id":              &settings.Project,
		"--stackdriver.kubernetes.location":     &settings.Location,
		"--stackdriver.kubernetes.cluster-name": &settings.Cluster,
		"--stackdriver.generic.location":        &settings.GenericLocation,
		"--stackdriver.generic.namespace":       &settings.GenericNamespace,
		"--stackdriver.metrics-prefix":          &settings.MetricsPrefix,
	}
	var filters []string
	for flag := range strings.Lines(string(text)) {
		name, value, _ := strings.Cut(strings.TrimSpace(flag), "=")
		switch {
		case name == "":
		case name == "--include":
			settings.Include = append(settings.Include, selectorOf(t, value))
		case name == "--filter":
			filters = append(filters, value)
		case name == "--stackdriver.use-gke-resource":
			settings.UseGKEResource = true
		case into[name] != nil:
			*into[name] = value
		default:
			t.Fatalf("unknown flag %s", flag)
		}
	}
	if len(filters) > 0 {
		settings.Include = append(settings.Include, selectorOf(t, "{"+strings.Join(filters, ",")+"}"))
	}
	return settings
}

func selectorOf(t testing.TB, text string) configuration.Selector {
	t.Helper()
	selector, err := configuration.ParseSelector(text)
	if err != nil {
		t.Fatal(err)
	}
	return selector
}

func fileOf(t testing.TB, folder string) *configuration.File {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(folder, "config.yml"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	file, err := configuration.ParseFile(text)
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// replayLog gives a derivation all records of a log.
func replayLog(t testing.TB, d *points.Derivation, dir string) {
	t.Helper()
	readLog(t, dir, d.Series, d.Samples)
	d.Finish()
}

// readLog reads all records of a log, with Prometheus' own reader.
func readLog(t testing.TB, dir string, named func([]record.RefSeries, bool), samples func([]record.RefSample) error) {
	t.Helper()
	if checkpoint, _, err := wlog.LastCheckpoint(dir); err == nil {
		reader, err := wlog.NewSegmentsReader(checkpoint)
		if err != nil {
			t.Fatal(err)
		}
		defer reader.Close()
		readRecords(t, wlog.NewReader(reader), func(refs []record.RefSeries) { named(refs, true) }, samples)
	} else if !errors.Is(err, record.ErrNotFound) {
		t.Fatal(err)
	}
	first, last, err := wlog.Segments(dir)
	if err != nil {
		t.Fatal(err)
	}
	for i := first; i <= last; i++ {
		segment, err := wlog.OpenReadSegment(wlog.SegmentName(dir, i))
		if err != nil {
			t.Fatal(err)
		}
		readRecords(t, wlog.NewReader(wlog.NewSegmentBufReader(segment)), func(refs []record.RefSeries) { named(refs, false) }, samples)
		segment.Close()
	}
}

func readRecords(t testing.TB, reader *wlog.Reader, named func([]record.RefSeries), samples func([]record.RefSample) error) {
	t.Helper()
	decoder := record.NewDecoder(labels.NewSymbolTable())
	for reader.Next() {
		data := reader.Record()
		var err error
		switch decoder.Type(data) {
		case record.Series:
			var refs []record.RefSeries
			if refs, err = decoder.Series(data, nil); err == nil {
				named(refs)
			}
		case record.Samples:
			var values []record.RefSample
			if values, err = decoder.Samples(data, nil); err == nil {
				err = samples(values)
			}
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}
