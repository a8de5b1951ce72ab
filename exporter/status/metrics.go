package status

import (
	"github.com/prometheus/client_golang/prometheus"
)

// A metric is one row of the table of metrics. Its values come from a Report, so that page
// and metrics never disagree.
type metric struct {
	name, help string
	kind       prometheus.ValueType
	label      string
	values     func(Report) []Amount
}

const (
	counter = prometheus.CounterValue
	gauge   = prometheus.GaugeValue
)

func one(of func(Report) float64) func(Report) []Amount {
	return func(r Report) []Amount { return []Amount{{Count: of(r)}} }
}

func truth(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}

func dropped(r Report) []Amount {
	amounts := make([]Amount, 0, len(r.Reasons))
	for _, reason := range r.Reasons {
		amounts = append(amounts, Amount{reason.Name, float64(reason.Count)})
	}
	return amounts
}

// queue is the label that Google's sidecar gives its queue.
func queue(of func(Report) float64) func(Report) []Amount {
	return func(r Report) []Amount { return []Amount{{r.Destination.Address, of(r)}} }
}

func sum(r Report, names ...string) float64 {
	total := 0.0
	for _, row := range r.Samples {
		for _, name := range names {
			if row.Name == name {
				total += row.Count
			}
		}
	}
	return total
}

// metrics is the table of the exporter's own metrics: first those that Google's sidecar
// has, under its names (stackdriver-prometheus-sidecar, docs/operations.md), then ours.
var metrics = []metric{
	{"prometheus_sidecar_samples_processed", "Samples read from the write-ahead log.", counter, "", one(func(r Report) float64 { return float64(r.Log.Samples) })},
	{"prometheus_sidecar_samples_produced", "Samples that became points.", counter, "", one(func(r Report) float64 { return sum(r, "accepted", "written_before", "refused") })},
	{"prometheus_sidecar_dropped_series", "Samples that are not exported, by reason.", counter, "reason", dropped},
	{"prometheus_sidecar_batches_processed", "Requests to Google.", counter, "", one(func(r Report) float64 { return float64(r.Google.Requests) })},
	{"prometheus_remote_storage_succeeded_samples_total", "Samples whose point Google has accepted.", counter, "queue", queue(func(r Report) float64 { return sum(r, "accepted", "written_before") })},
	{"prometheus_remote_storage_failed_samples_total", "Samples whose point Google has refused.", counter, "queue", queue(func(r Report) float64 { return sum(r, "refused") })},
	{"prometheus_remote_storage_queue_length", "Points that wait to be sent.", gauge, "queue", queue(func(r Report) float64 { return float64(r.Google.Queue) })},
	{"prometheus_remote_storage_queue_capacity", "Points that may wait; then reading stops.", gauge, "queue", queue(func(r Report) float64 { return float64(r.Google.Capacity) })},
	{"prometheus_remote_storage_shards", "Requests that may be under way at once.", gauge, "queue", queue(func(r Report) float64 { return float64(r.Google.Concurrency) })},

	{"gcm_exporter_selected_samples_total", "Selected samples: the sum of gcm_exporter_samples_total.", counter, "", one(func(r Report) float64 { return float64(r.Selected) })},
	{"gcm_exporter_samples_total", "Selected samples by what became of them: each is in one row, and moves from waiting and held to another.", gauge, "outcome", func(r Report) []Amount { return r.Samples }},
	{"gcm_exporter_samples_outside_total", "Samples of unknown series, and those of the row held that no later point made up for.", counter, "reason", func(r Report) []Amount { return r.Outside }},
	{"gcm_exporter_held_lost_increments_total", "By how much counters would have risen with the samples held_lost.", counter, "", one(func(r Report) float64 { return r.HeldLost })},
	{"gcm_exporter_dropped_samples_total", "Samples that are not exported, by reason.", counter, "reason", dropped},
	{"gcm_exporter_series", "Series that are exported.", gauge, "", one(func(r Report) float64 {
		series := 0
		for _, m := range r.Metrics {
			series += m.Series
		}
		return float64(series)
	})},
	{"gcm_exporter_log_damage_total", "What could not be read from the log, by kind.", counter, "kind", func(r Report) []Amount { return r.Log.Damage }},
	{"gcm_exporter_log_unknown_records_total", "Records of kinds that this version does not know.", counter, "kind", func(r Report) []Amount { return r.Log.Unknown }},
	{"gcm_exporter_log_lost_seconds_total", "Time for which the log no longer held what was to be read.", counter, "reason", func(r Report) []Amount { return r.Log.LostSeconds }},
	{"gcm_exporter_log_unread_bytes", "Bytes of the log that are not read yet.", gauge, "", one(func(r Report) float64 { return float64(r.Log.Unread) })},
	{"gcm_exporter_log_newest_sample_timestamp_seconds", "Time of the newest sample that was read.", gauge, "", one(func(r Report) float64 { return seconds(r.Log.Newest.UnixMilli()) })},
	{"gcm_exporter_accepted_timestamp_seconds", "When Google accepted a point last.", gauge, "", one(func(r Report) float64 { return seconds(r.Google.LastAccepted.UnixMilli()) })},
	{"gcm_exporter_request_seconds_total", "Time spent in requests to Google.", counter, "", one(func(r Report) float64 { return r.Google.RequestTime })},
	{"gcm_exporter_state_saved_timestamp_seconds", "When the state was saved last.", gauge, "", one(func(r Report) float64 { return seconds(r.State.Saved.UnixMilli()) })},
	{"gcm_exporter_state_writable", "Whether the state can be saved.", gauge, "", one(func(r Report) float64 { return truth(r.State.Error == "") })},
	{"gcm_exporter_configuration_valid", "Whether the configuration file is the one in use.", gauge, "", one(func(r Report) float64 { return truth(r.Configuration.Error == "") })},
	{"gcm_exporter_ready", "The answer of /-/ready.", gauge, "", one(func(r Report) float64 { return truth(r.Ready) })},
	{"gcm_exporter_healthy", "The answer of /-/healthy.", gauge, "", one(func(r Report) float64 { return truth(r.Healthy) })},
	{"gcm_exporter_build_info", "The version, as a label.", gauge, "version", func(r Report) []Amount { return []Amount{{r.Version, 1}} }},
}

// seconds makes seconds of milliseconds since 1970; what was never is 0.
func seconds(milliseconds int64) float64 {
	return max(0, float64(milliseconds)/1000)
}

// A collector gives the metrics of one Report to each scrape.
type collector struct {
	report func() Report
}

// Describe says that the metrics are those of the table.
func (c collector) Describe(descriptions chan<- *prometheus.Desc) {
	for _, m := range metrics {
		descriptions <- m.description()
	}
}

// Collect gives the values.
func (c collector) Collect(values chan<- prometheus.Metric) {
	report := c.report()
	for _, m := range metrics {
		for _, v := range m.values(report) {
			labels := []string{v.Name}
			if m.label == "" {
				labels = nil
			}
			values <- prometheus.MustNewConstMetric(m.description(), m.kind, v.Count, labels...)
		}
	}
}

func (m metric) description() *prometheus.Desc {
	var labels []string
	if m.label != "" {
		labels = []string{m.label}
	}
	return prometheus.NewDesc(m.name, m.help, labels, nil)
}
