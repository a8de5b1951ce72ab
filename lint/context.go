package lint

import (
	"cmp"
	"errors"
	"slices"

	"github.com/linkerd-gcm/linkerd-gcm/exporter/configuration"
	"github.com/linkerd-gcm/linkerd-gcm/rules"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
	"github.com/linkerd-gcm/linkerd-gcm/source"
	"github.com/linkerd-gcm/linkerd-gcm/stackdriver"
	"github.com/linkerd-gcm/linkerd-gcm/viz"
)

// context is the input, read once for all rules.
type context struct {
	Input
	// program is the sidecar that is judged.
	program settings.Sidecar
	// sidecar is the sidecar that the pod has already, nil if it has none or
	// if there is no pod.
	sidecar *existingSidecar
	// readPrometheus is the pod's Prometheus, nil if there is none.
	readPrometheus *prometheus
	selectors      []selector
	// config is nil if the file is not given or cannot be read at all.
	config      *stackdriver.Config
	configError *stackdriver.ConfigError
	// file is the configuration file as gcm-exporter reads it, without anything for Google's
	// sidecar.
	file exporterFile
	// applied is what gcm-exporter applies: that file, or its built-in one.
	applied *configuration.File
	// byDefault says that the selectors are those that gcm-exporter has where it is given none.
	byDefault bool
	// exporter says what becomes of each metric, with an empty configuration where
	// config is nil.
	exporter exporting
	// scraping is Prometheus' own configuration, or that of the charts.
	scraping viz.PrometheusConfig
	// lastRename are the entries of metric_renames that hold, by the renamed metric.
	lastRename map[string]source.Position
	// newNames are the renamed metrics by their new names, the first of several.
	newNames map[string]string
	// lastMetadata are the entries of static_metadata that hold, by metric.
	lastMetadata map[string]stackdriver.StaticMetadata
	files        []ruleFile
	// records are the recorded metrics of all files.
	records []record
	// recordsOf are the places in records of each name.
	recordsOf map[string][]int
	// recordedSorted are the names in recordsOf that are no longer than names are.
	recordedSorted []string
	// exported are the recorded metrics that may be selected, each once; none if
	// the configuration cannot be read.
	exported []export
	// readByRules are the metrics that rules and alerts read by name.
	readByRules map[string]bool
	// scrapedNames are metrics that are known to be scraped.
	scrapedNames []string
	// tooMany says that the selectors are not held against the metrics, since that
	// would take long; each counts as selected then.
	tooMany bool
}

// ruleFile is one file of recording rules, read as Prometheus reads it.
type ruleFile struct {
	Text
	file        *rules.File
	diagnostics []rules.Diagnostic
}

func newContext(in Input) *context {
	in.Include, in.RuleFiles = inOrder(in.Include), inOrder(in.RuleFiles)
	c := &context{Input: in, sidecar: findSidecar(in.Pod), readPrometheus: in.findPrometheus(), scraping: in.prometheusConfig()}
	c.program = c.findProgram()
	c.readSelectors()
	c.readConfig()
	for _, text := range in.RuleFiles {
		file, diagnostics := rules.Parse([]byte(text.Value))
		c.files = append(c.files, ruleFile{text, file, diagnostics})
		// What a file that does not load would record is not known.
		c.RulesComplete = c.RulesComplete && len(diagnostics) == 0
	}
	c.indexConfig()
	c.readRecords()
	return c
}

// readConfig reads the configuration file as the sidecar does that is judged.
func (c *context) readConfig() {
	if !c.byExporter() {
		if c.SidecarConfig != nil {
			config, err := stackdriver.ParseConfig([]byte(c.SidecarConfig.Value))
			c.config = config
			errors.As(err, &c.configError)
		}
		c.exporter = stackdriver.NewExporter(c.config, c.metricsPrefix(), scrapedHistograms)
		return
	}
	if c.SidecarConfig != nil {
		c.file = readExporterFile(c.SidecarConfig.Value)
		if c.file.parsed != nil {
			c.config = c.file.config()
		}
	}
	if c.NoSidecarConfig {
		c.config = &stackdriver.Config{}
	}
	c.applied = c.whatApplies()
	c.exporter = c.newExporting(c.applied)
}

// inOrder sorts texts by their place, so that findings don't depend on the order of
// the input.
func inOrder(texts []Text) []Text {
	texts = slices.Clone(texts)
	slices.SortStableFunc(texts, func(a, b Text) int {
		return cmp.Or(a.Object.Compare(b.Object), a.Position.Compare(b.Position), cmp.Compare(a.Value, b.Value))
	})
	return texts
}

// scrapedHistograms are the scraped metrics whose type is known: Prometheus knows
// a histogram by its name without suffix.
var scrapedHistograms = func() map[string]string {
	types := make(map[string]string, len(viz.RawHistograms))
	for _, name := range viz.RawHistograms {
		types[name] = "histogram"
	}
	return types
}()

// metricsPrefix is what precedes each metric's name, "" for the sidecar's default.
func (c *context) metricsPrefix() string {
	if c.sidecar != nil {
		return c.sidecar.value("--stackdriver.metrics-prefix")
	}
	return c.Settings.MetricsPrefix
}

// recorded calls a function for each recording rule of all files.
func (c *context) recorded(each func(file *ruleFile, rule *rules.Rule)) {
	for i := range c.files {
		f := &c.files[i]
		if f.file == nil {
			continue
		}
		recorded := f.file.Rules()
		c.records = slices.Grow(c.records, len(recorded))
		for _, rule := range recorded {
			each(f, rule)
		}
	}
}
