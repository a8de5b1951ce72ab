// Package scrapelog writes the write-ahead log of a Prometheus that scrapes simulated
// targets, as many samples as a benchmark or a long test wants, and answers what an exporter
// asks that Prometheus. It scrapes nothing, and keeps no samples: tests of what becomes of
// each sample have a real Prometheus.
package scrapelog

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/tsdb/chunks"
	"github.com/prometheus/prometheus/tsdb/record"
	"github.com/prometheus/prometheus/tsdb/wlog"
)

// Options say what is scraped.
type Options struct {
	// Type is that of all metrics: counter, gauge or histogram.
	Type model.MetricType
	// Targets have so many series each, besides up. A histogram has HistogramSeries.
	Targets, Series int
	// Chosen is how many of all series have the label export="yes"; they are spread evenly.
	Chosen int
}

// A classic histogram has so many buckets with a bound, and so many series.
const (
	bounds          = 25
	HistogramSeries = bounds + 3
)

// perMetric is how many series of a target share a metric's name.
const perMetric = 2

// A Log is a write-ahead log. It is not safe for concurrent use.
type Log struct {
	options Options
	log     *wlog.WL
	encoder record.Encoder
	buffer  []byte
	samples []record.RefSample
	random  *rand.Rand
	// values are those of all series, by target.
	values []float64
}

// Create begins a log in a folder, with a record of series for each target.
func Create(folder string, options Options) (*Log, error) {
	log, err := wlog.New(nil, nil, folder, wlog.CompressionSnappy)
	if err != nil {
		return nil, fmt.Errorf("beginning a write-ahead log: %w", err)
	}
	l := &Log{options: options, log: log, random: rand.New(rand.NewPCG(1, 2)), values: make([]float64, options.Targets*options.Series)}
	for target := range options.Targets {
		refs := []record.RefSeries{{Ref: l.ref(target, 0), Labels: l.labels(target, labels.MetricName, "up")}}
		for i := range options.Series {
			refs = append(refs, record.RefSeries{Ref: l.ref(target, i+1), Labels: l.series(target, i)})
		}
		if err := l.write(l.encoder.Series(refs, l.buffer[:0])); err != nil {
			return nil, err
		}
	}
	return l, nil
}

// Close ends the log.
func (l *Log) Close() error { return l.log.Close() }

// Fill writes so many scrapes of all targets, one interval apart, the last one at end.
func (l *Log) Fill(scrapes int, interval time.Duration, end time.Time) error {
	for i := range scrapes {
		at := end.Add(-time.Duration(scrapes-1-i) * interval)
		for target := range l.options.Targets {
			if err := l.Scrape(target, at); err != nil {
				return err
			}
		}
	}
	return nil
}

// Scrape writes a scrape of a target: one record.
func (l *Log) Scrape(target int, at time.Time) error {
	t := at.UnixMilli()
	l.samples = append(l.samples[:0], record.RefSample{Ref: l.ref(target, 0), T: t, V: 1})
	values := l.values[target*l.options.Series:][:l.options.Series]
	l.grow(values)
	for i, v := range values {
		l.samples = append(l.samples, record.RefSample{Ref: l.ref(target, i+1), T: t, V: v})
	}
	return l.write(l.encoder.Samples(l.samples, l.buffer[:0]))
}

func (l *Log) write(encoded []byte) error {
	l.buffer = encoded
	if err := l.log.Log(encoded); err != nil {
		return fmt.Errorf("writing the log: %w", err)
	}
	return nil
}

// grow gives the series of a target their next values.
func (l *Log) grow(values []float64) {
	switch l.options.Type {
	case model.MetricTypeHistogram:
		for first := 0; first+HistogramSeries <= len(values); first += HistogramSeries {
			l.observe(values[first : first+HistogramSeries])
		}
	case model.MetricTypeGauge:
		for i := range values {
			values[i] = l.random.Float64() * 1000
		}
	default:
		for i := range values {
			values[i] += float64(l.random.IntN(100))
		}
	}
}

// observe adds observations to a histogram: its buckets, then its sum and its count.
func (l *Log) observe(values []float64) {
	for range 1 + l.random.IntN(8) {
		v := l.random.Float64() * (bounds + 5)
		for i := range bounds {
			if v <= bound(i) {
				values[i]++
			}
		}
		values[bounds]++
		values[bounds+1] += v
		values[bounds+2]++
	}
}

func bound(i int) float64 { return float64(i + 1) }

func (l *Log) ref(target, number int) chunks.HeadSeriesRef {
	return chunks.HeadSeriesRef(1 + target*(l.options.Series+1) + number)
}

// series are the labels of one series of a target.
func (l *Log) series(target, i int) labels.Labels {
	more := []string{"direction", "outbound", "dst_namespace", "shop", "dst_service", "service-" + strconv.Itoa(i%perMetric)}
	if all, n := l.options.Targets*l.options.Series, target*l.options.Series+i; n*l.options.Chosen/all != (n+1)*l.options.Chosen/all {
		more = append(more, "export", "yes")
	}
	if l.options.Type != model.MetricTypeHistogram {
		return l.labels(target, append(more, labels.MetricName, l.metric(i/perMetric))...)
	}
	name, suffix := l.metric(i/HistogramSeries), ""
	switch part := i % HistogramSeries; part {
	case bounds + 1:
		suffix = "_sum"
	case bounds + 2:
		suffix = "_count"
	case bounds:
		suffix, more = "_bucket", append(more, "le", "+Inf")
	default:
		suffix, more = "_bucket", append(more, "le", strconv.FormatFloat(bound(part), 'f', -1, 64))
	}
	return l.labels(target, append(more, labels.MetricName, name+suffix)...)
}

// metrics are the names of all metrics.
func (l *Log) metrics() []string {
	each := perMetric
	if l.options.Type == model.MetricTypeHistogram {
		each = HistogramSeries
	}
	var names []string
	for i := 0; i < l.options.Series; i += each {
		names = append(names, l.metric(i/each))
	}
	return names
}

func (l *Log) metric(i int) string {
	if l.options.Type == model.MetricTypeCounter {
		return fmt.Sprintf("load_%d_total", i)
	}
	return fmt.Sprintf("load_%d", i)
}

// labels are those of a target, and more.
func (l *Log) labels(target int, more ...string) labels.Labels {
	b := labels.NewBuilder(labels.EmptyLabels())
	for name, value := range targetLabels(target) {
		b.Set(name, value)
	}
	for i := 0; i < len(more); i += 2 {
		b.Set(more[i], more[i+1])
	}
	return b.Labels()
}

// targetLabels are the labels that Prometheus gives all series of a target.
func targetLabels(target int) map[string]string {
	return map[string]string{
		"job": "linkerd-proxy", "instance": fmt.Sprintf("10.0.%d.%d:4191", target/250, target%250+1),
		"namespace": "shop", "pod": fmt.Sprintf("web-%d", target),
	}
}
