package lint

var metadataRules = []Rule{
	{
		ID: "MET001", Severity: Error,
		Title: "static_metadata names metrics as Prometheus does",
		Why:   "stackdriver-prometheus-sidecar, metadata/cache.go, looks up types by a metric's name before it is renamed; an entry for the new name does nothing, and a counter is exported as a gauge. The example in its own README has this fault.",
		check: checkMetadataNames,
	},
	{
		ID: "MET002", Severity: Error,
		Title: "every type is counter, gauge, histogram, summary, unknown or untyped",
		Why:   "stackdriver-prometheus-sidecar, cmd/stackdriver-prometheus-sidecar/main.go, exits with status 2 on another word, a missing one, or one in capitals.",
		from:  byStackdriver,
	},
	{
		ID: "MET003", Severity: Error,
		Title: "every value_type is double or int64",
		Why:   "stackdriver-prometheus-sidecar, cmd/stackdriver-prometheus-sidecar/main.go, exits with status 2 on another word, or on one in capitals.",
		from:  byStackdriver,
	},
	{
		ID: "MET004", Severity: Error,
		Title: "no recorded metric has the type histogram",
		Why:   "stackdriver-prometheus-sidecar, retrieval/transform.go, then tries the same samples for ever: it exports nothing any more, of any metric, and logs nothing.",
		check: checkHistograms,
	},
	{
		ID: "MET005", Severity: Error,
		Title: "no metric that ends in _bucket or _total has the type summary",
		Why:   "stackdriver-prometheus-sidecar, retrieval/series_cache.go, refuses such a part of a summary, every three minutes, and exports none of it.",
		check: checkSummaries,
	},
	{
		ID: "MET006", Severity: Warning,
		Title: "recorded counters have the type counter",
		Why:   "stackdriver-prometheus-sidecar, metadata/cache.go, takes every metric with a colon in its name for a gauge; Google Cloud's rates, and its objectives that count requests, need a cumulative metric.",
		check: checkUntypedCounters,
	},
	{
		ID: "MET007", Severity: Error,
		Title: "only counters have the type counter",
		Why:   "stackdriver-prometheus-sidecar, retrieval/series_cache.go, takes every fall of a counter for a reset and counts on from zero; of a rate or a quantile that makes a sum without meaning.",
		check: checkFallingCounters,
	},
	{
		ID: "MET008", Severity: Warning,
		Title: "only whole numbers have the value type int64",
		Why:   "stackdriver-prometheus-sidecar, retrieval/transform.go, rounds: 0.4 seconds become 0.",
		check: checkRounding,
	},
	{
		ID: "MET009", Severity: Error,
		Title: "no metric has two types",
		Why:   "stackdriver-prometheus-sidecar, metadata/cache.go, keeps the last entry for a metric and forgets the others.",
		check: checkTypedTwice,
	},
	{
		ID: "MET010", Severity: Warning,
		Title:       "a metric that was exported keeps its type",
		Why:         "Google Cloud Monitoring refuses points of another kind or value type than the descriptor has that stackdriver-prometheus-sidecar's first points made, until somebody deletes it.",
		Undecidable: "No file says what was exported before.",
	},
	{
		ID: "MET011", Severity: Info,
		Title:       "help texts stay here",
		Why:         "stackdriver-prometheus-sidecar, retrieval/series_cache.go, sends points and no descriptors; only aggregated_counters carry their help to Google.",
		Undecidable: "It says what a help text is good for, which is no fault of whoever wrote one.",
	},
}
