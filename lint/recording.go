package lint

var recordingRules = []Rule{
	{
		ID: "REC001", Severity: Error,
		Title: "Prometheus loads every rule file and can evaluate every rule",
		Why:   "Prometheus, model/rulefmt, refuses to start with a file that it cannot read, and takes the name of a YAML alias for what it stands for; rules/manager.go records nothing of a rule that fails.",
		check: checkRuleFiles,
	},
	{
		ID: "REC002", Severity: Error,
		Title: "recorded series keep job and instance",
		Why:   "stackdriver-prometheus-sidecar, targets/cache.go, finds the target of a series by both; without them it drops the series as target_not_found and says so at log level debug only.",
		check: checkTargetKeys,
	},
	{
		ID: "REC003", Severity: Error,
		Title: "the label job names a scrape job",
		Why:   "stackdriver-prometheus-sidecar, targets/cache.go, looks the job up among Prometheus' targets, and drops the series as target_not_found where none has it.",
		check: checkJobs,
	},
	{
		ID: "REC004", Severity: Error,
		Title: "target labels keep their values",
		Why:   "stackdriver-prometheus-sidecar, targets/cache.go, targetMatch, wants equal values of every label that series and target both have, and drops the series as target_not_found otherwise.",
		check: checkTargetValues,
	},
	{
		ID: "REC005", Severity: Warning,
		Title: "labels of the pod are not expected on the exported metric",
		Why:   "stackdriver-prometheus-sidecar, retrieval/series_cache.go, drops every label that the target has too, and linkerd-viz' job linkerd-proxy gives its targets all labels of the pod: filters on them find nothing in Google Cloud Monitoring.",
		check: checkPodLabels,
	},
	{
		ID: "REC006", Severity: Error,
		Title: "exported metrics have a colon in the name or a static type",
		Why:   "stackdriver-prometheus-sidecar, metadata/cache.go, knows no type of any other recorded metric, and drops it as metadata_not_found.",
		check: checkTypeKnown,
	},
	{
		ID: "REC007", Severity: Error,
		Title: "exported series have at most ten labels",
		Why:   "stackdriver-prometheus-sidecar, retrieval/series_cache.go, counts what is left after the target's labels, and drops the series as too_many_labels.",
		check: checkLabelCount,
	},
	{
		ID: "REC008", Severity: Error,
		Title: "exported labels have names and values that Google Cloud Monitoring takes",
		Why:   "Google Cloud Monitoring refuses the whole request of up to 200 series (\"Label key contains invalid characters.\").",
		check: checkLabelNames,
	},
	{
		ID: "REC009", Severity: Error,
		Title: "quantiles are taken of rated buckets that have le",
		Why:   "Prometheus, promql/quantile.go, finds no bucket without le and records nothing; of buckets that are not rated it takes the quantile of all time.",
		check: checkBuckets,
	},
	{
		ID: "REC010", Severity: Error,
		Title: "quantiles are between 0 and 1",
		Why:   "Prometheus, promql/quantile.go, returns infinity for any other.",
		check: checkPhi,
	},
	{
		ID: "REC011", Severity: Warning,
		Title: "exported counters do not fall when one of their parts disappears",
		Why:   "A proxy forgets series that are idle for ten minutes, and the sum over them falls. stackdriver-prometheus-sidecar, retrieval/series_cache.go, takes that for a reset and exports the whole sum as if it were new.",
		check: checkExpiry,
	},
	{
		ID: "REC012", Severity: Info,
		Title:       "the first sample of a counter is its starting point",
		Why:         "stackdriver-prometheus-sidecar, retrieval/series_cache.go, keeps the first value of each series as the zero to count from: an error that happens once, in a series that is born with it, is not counted.",
		Undecidable: "It is so for every counter.",
	},
	{
		ID: "REC013", Severity: Info,
		Title:       "there are gaps where a result is not a number",
		Why:         "stackdriver-prometheus-sidecar, retrieval/transform.go, skips NaN, such as the quantile of no requests: there is a gap, not a zero.",
		Undecidable: "Whether there is traffic is not in the files.",
	},
	{
		ID: "REC014", Severity: Error,
		Title: "rules are not evaluated more often than Google Cloud Monitoring takes points",
		Why:   "Google Cloud Monitoring refuses points of one series that are less than five seconds apart, and, as older documents have it, less than ten.",
		check: checkIntervals,
	},
	{
		ID: "REC015", Severity: Warning,
		Title: "windows hold enough samples",
		Why:   "linkerd-viz scrapes every ten seconds. Prometheus, promql/functions.go, needs two samples in a window for a rate: a short window has none after a failed scrape or two.",
		check: checkWindows,
	},
	{
		ID: "REC016", Severity: Error,
		Title: "no two rules record the same series",
		Why:   "Prometheus, rules/group.go, drops one of two samples of one series at one time, or writes the one and the other in turn.",
		check: checkRecordedTwice,
	},
	{
		ID: "REC017", Severity: Warning,
		Title: "the namespace default is meant",
		Why:   "Examples measure the namespace default; of a rule that was copied from one, Prometheus records nothing for workloads in other namespaces.",
		check: checkDefaultNamespace,
	},
	{
		ID: "REC018", Severity: Error,
		Title: "rule files have a name that Prometheus loads",
		Why:   "linkerd-viz' Prometheus loads /etc/prometheus/*_rules.yml and *_rules.yaml; it passes over any other file without a word.",
	},
	{
		ID: "REC019", Severity: Info,
		Title: "alerts are not exported",
		Why:   "Prometheus, rules/alerting.go, writes the series ALERTS and ALERTS_FOR_STATE, which have no colon: stackdriver-prometheus-sidecar, metadata/cache.go, drops them as metadata_not_found.",
		check: checkAlerts,
	},
	{
		ID: "REC020", Severity: Warning,
		Title:       "no native histograms",
		Why:         "stackdriver-prometheus-sidecar reads the log with tsdb 0.10 (record/record.go), which passes over the records of native histograms.",
		Undecidable: "Whether a series is one is not in the files; none of Linkerd's is.",
	},
	{
		ID: "REC021", Severity: Info,
		Title:       "federation copies recorded series too",
		Why:         "Recorded series keep job=\"linkerd-proxy\", which is what the usual match[] of a federating Prometheus asks for.",
		Undecidable: "The federating Prometheus' configuration is not among the inputs.",
	},
}
