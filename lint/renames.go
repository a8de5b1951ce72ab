package lint

var renameRules = []Rule{
	{
		ID: "REN001", Severity: Error,
		Title: "every exported metric with a colon in its name is renamed",
		Why:   "Google Cloud Monitoring takes no colon in a metric's name and refuses the request, with the up to 199 other series in it; stackdriver-prometheus-sidecar, stackdriver/client.go, does not send it again.",
		check: checkUnrenamed,
	},
	{
		ID: "REN002", Severity: Warning,
		Title: "every renamed metric is recorded",
		Why:   "stackdriver-prometheus-sidecar, retrieval/series_cache.go, looks up metric_renames by the names that it meets; an entry for another name does nothing, in silence.",
		check: checkRenamesOfNothing,
	},
	{
		ID: "REN003", Severity: Warning,
		Title: "every renamed metric is selected",
		Why:   "stackdriver-prometheus-sidecar, retrieval/series_cache.go, renames what it exports; what no selector matches it never sees.",
		check: checkRenamesOfUnselected,
	},
	{
		ID: "REN004", Severity: Error,
		Title: "no metric is renamed twice",
		Why:   "stackdriver-prometheus-sidecar, cmd/stackdriver-prometheus-sidecar/main.go, keeps the last entry for a name and forgets the others.",
		check: checkRenamedTwice,
	},
	{
		ID: "REN005", Severity: Error,
		Title: "no two metrics are exported under one name",
		Why:   "stackdriver-prometheus-sidecar, retrieval/series_cache.go, takes series of the same type, labels and resource for one and drops the later sample of each pair; where their kinds differ, Google refuses one of them.",
		check: checkOneNameForTwo,
	},
	{
		ID: "REN006", Severity: Error,
		Title: "every rename has a new name",
		Why:   "stackdriver-prometheus-sidecar, retrieval/transform.go, joins prefix and name without a look at either, and Google refuses a type that ends in a slash.",
		check: checkNewNames("REN006"),
	},
	{
		ID: "REN007", Severity: Error,
		Title: "new names consist of letters, digits, _ and /",
		Why:   "Google Cloud Monitoring refuses other characters, and stackdriver-prometheus-sidecar, stackdriver/client.go, loses the whole request. Google's clients disagree about the dot.",
		check: checkNewNames("REN007"),
	},
	{
		ID: "REN008", Severity: Error,
		Title: "exported names are not too long",
		Why:   "Google Cloud Monitoring limits metric types; its documents speak of 100 characters after the domain, its clients of 200 in all. stackdriver-prometheus-sidecar, retrieval/transform.go, adds the prefix and checks nothing.",
		check: checkNewNames("REN008"),
	},
	{
		ID: "REN009", Severity: Warning,
		Title: "exported names begin with a letter and stay apart in PromQL",
		Why:   "Google's documents want a letter first. In Google's PromQL the characters . and / of the type that stackdriver-prometheus-sidecar, retrieval/transform.go, composes both become _, so that names which differ in nothing else are one there.",
		check: checkNamesInPromQL,
	},
	{
		ID: "REN010", Severity: Info,
		Title:       "a metric that was exported keeps its name",
		Why:         "Google Cloud Monitoring keeps the old descriptor and starts the new one empty; dashboards and objectives still look at the old one. stackdriver-prometheus-sidecar, retrieval/series_cache.go, knows nothing of earlier names.",
		Undecidable: "No file says what was exported before.",
	},
	{
		ID: "REN011", Severity: Warning,
		Title: "histograms and counters are renamed by the name that has their type",
		Why:   "Where stackdriver-prometheus-sidecar, retrieval/series_cache.go, finds the type of a histogram or of a counter under the name without _bucket, _sum, _count or _total, it looks up the new name under that name too.",
		check: checkRenamesOfSuffixes,
	},
	{
		ID: "REN012", Severity: Warning,
		Title: "names are written as YAML strings",
		Why:   "stackdriver-prometheus-sidecar reads its file with ghodss/yaml 1.0.0, which makes \"true\" of yes and \"5\" of 0x5 or 05.",
		from:  byStackdriver,
	},
}
