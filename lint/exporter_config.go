package lint

import (
	"errors"
	"strings"

	"github.com/linkerd-gcm/linkerd-gcm/exporter/configuration"
	"github.com/linkerd-gcm/linkerd-gcm/source"
	"github.com/linkerd-gcm/linkerd-gcm/stackdriver"
)

// exporterFile is the configuration file as gcm-exporter reads it. One that it refuses has
// nothing but diagnostics.
type exporterFile struct {
	parsed      *configuration.File
	entries     configuration.Entries
	diagnostics []source.Diagnostic
}

func readExporterFile(text string) exporterFile {
	parsed, err := configuration.ParseFile([]byte(text))
	var wrong *configuration.Error
	if errors.As(err, &wrong) {
		return exporterFile{diagnostics: wrong.Diagnostics}
	}
	return exporterFile{parsed: parsed, entries: configuration.ReadEntries([]byte(text))}
}

// config returns the entries in the form that those of Google's sidecar have, so that one
// check can look at either.
func (f exporterFile) config() *stackdriver.Config {
	value := func(w configuration.Word) stackdriver.Value { return stackdriver.Value{Text: w.Text, Position: w.At} }
	config := &stackdriver.Config{}
	for _, e := range f.entries.Renames {
		config.Renames = append(config.Renames, stackdriver.Rename{Position: e.At, From: value(e.Word("from")), To: value(e.Word("to"))})
	}
	for _, e := range f.entries.Static {
		config.StaticMetadata = append(config.StaticMetadata, stackdriver.StaticMetadata{Position: e.At,
			Metric: value(e.Word("metric")), Type: value(e.Word("type")), ValueType: value(e.Word("value_type")), Help: value(e.Word("help"))})
	}
	for _, e := range f.entries.Counters {
		counter := stackdriver.AggregatedCounter{Position: e.At, Metric: value(e.Word("metric")), Help: value(e.Word("help"))}
		for _, filter := range e.Texts["filters"] {
			counter.Filters = append(counter.Filters, value(filter))
		}
		config.AggregatedCounters = append(config.AggregatedCounters, counter)
	}
	return config
}

// whatApplies returns the file that applies, and sets the selectors that gcm-exporter has by
// itself where it is given none.
func (c *context) whatApplies() *configuration.File {
	given := make([]configuration.Selector, 0, len(c.selectors))
	for _, one := range c.selectors {
		given = append(given, one.exporters)
	}
	effect := configuration.Effective(given, c.file.parsed)
	known := c.Include != nil || c.sidecar == nil
	if len(given) > 0 || !known {
		return effect.File
	}
	c.byDefault = true
	c.Include = nil
	for _, selector := range effect.Include {
		text := Text{Value: textOf(selector), Object: c.Namespace}
		c.Include = append(c.Include, text)
		c.selectors = append(c.selectors, readSelector(c.Memory, c.program, text))
	}
	return effect.File
}

// textOf writes a selector as a user would.
func textOf(selector configuration.Selector) string {
	matchers := make([]string, 0, len(selector))
	for _, m := range selector {
		matchers = append(matchers, m.String())
	}
	return "{" + strings.Join(matchers, ",") + "}"
}
