package lint

var fileRules = []Rule{
	{
		ID: "CFG001", Severity: Error,
		Title: "the sidecar's configuration file is where --config-file looks for it",
		Why:   "stackdriver-prometheus-sidecar, cmd/stackdriver-prometheus-sidecar/main.go, exits with status 2 where the file does not exist; without --config-file it renames nothing.",
		check: checkConfigMount,
	},
	{
		ID: "CFG002", Severity: Error,
		Title: "the configuration file holds nothing that is passed over in silence",
		Why:   "stackdriver-prometheus-sidecar reads its file with ghodss/yaml 1.0.0, which drops keys that it does not know, all but one of equal keys, and every YAML document but the first.",
		from:  byStackdriver,
	},
	{
		ID: "CFG003", Severity: Error,
		Title: "files are YAML, and the configuration file has the shape that the sidecar reads",
		Why:   "stackdriver-prometheus-sidecar, cmd/stackdriver-prometheus-sidecar/main.go, exits with status 2 at a configuration file that does not decode; Helm and kubectl refuse any file that is not YAML.",
		from:  byStackdriver,
	},
	{
		ID: "CFG004", Severity: Error,
		Title: "the sidecar is told a Google Cloud project, with flags that it knows",
		Why:   "stackdriver-prometheus-sidecar, cmd/stackdriver-prometheus-sidecar/main.go, exits with status 2 without --stackdriver.project-id, at a flag that it does not know, and at one that is given twice.",
		check: checkFlags,
	},
	{
		ID: "CFG005", Severity: Warning,
		Title: "the sidecar is told the cluster's location and name",
		Why:   "stackdriver-prometheus-sidecar, cmd/stackdriver-prometheus-sidecar/main.go, asks GKE's metadata server for what is missing; where there is none, retrieval/resource_map.go finds no resource, and every series is dropped as unknown_resource.",
		check: checkCluster,
	},
	{
		ID: "CFG006", Severity: Error,
		Title: "location and cluster name can be those of a cluster",
		Why:   "stackdriver-prometheus-sidecar, retrieval/resource_map.go, passes on whatever it is told; series under another location or name don't join the cluster's own in Google Cloud Monitoring.",
		check: checkClusterValues,
	},
	{
		ID: "CFG007", Severity: Info,
		Title:       "Prometheus' metrics of itself have no resource",
		Why:         "linkerd-viz scrapes Prometheus itself as a static target; stackdriver-prometheus-sidecar, retrieval/resource_map.go, makes no resource without Kubernetes' labels and drops these series as unknown_resource, unless --stackdriver.generic.location and --stackdriver.generic.namespace are given.",
		Undecidable: "It says what becomes of series that nobody asks for in particular; REC003 finds rules that give theirs to that job.",
	},
	{
		ID: "CFG008", Severity: Error,
		Title: "the sidecar reads Prometheus' write-ahead log",
		Why:   "stackdriver-prometheus-sidecar, tail/tail.go, exits with status 1 where --prometheus.wal-directory does not exist, and waits in silence in an empty one.",
		check: checkWAL,
	},
	{
		ID: "CFG009", Severity: Error,
		Title: "the write-ahead log is not compressed with zstd",
		Why:   "stackdriver-prometheus-sidecar reads the log with Prometheus' tsdb 0.10.0, whose wal/wal.go knows snappy alone; all that zstd compressed is passed over in silence.",
		check: checkCompression,
	},
	{
		ID: "CFG010", Severity: Error,
		Title: "Prometheus keeps a write-ahead log in the pod",
		Why:   "stackdriver-prometheus-sidecar has nothing else to read from. As an agent, Prometheus (cmd/prometheus/main.go) keeps another kind of log.",
		check: checkLog,
	},
	{
		ID: "CFG011", Severity: Error,
		Title: "the sidecar reaches Prometheus' API",
		Why:   "stackdriver-prometheus-sidecar, cmd/stackdriver-prometheus-sidecar/main.go, asks <--prometheus.api-address>/-/ready every three seconds and exports nothing before the answer is yes.",
		check: checkAPIAddress,
	},
	{
		ID: "CFG012", Severity: Error,
		Title: "nobody else in the pod has the sidecar's port",
		Why:   "stackdriver-prometheus-sidecar, cmd/stackdriver-prometheus-sidecar/main.go, ends with status 0 where it cannot listen at its port, 9091 by default.",
		check: checkPort,
	},
	{
		ID: "CFG013", Severity: Error,
		Title: "the metrics prefix is one that Google takes",
		Why:   "stackdriver-prometheus-sidecar, retrieval/transform.go, joins prefix and name with a slash and checks nothing; Google Cloud Monitoring refuses types outside of external.googleapis.com and custom.googleapis.com, and those with an empty part.",
		check: checkMetricsPrefix,
	},
}
