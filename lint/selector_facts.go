package lint

import (
	"errors"
	"sync"
	"unicode/utf8"

	"github.com/prometheus/prometheus/promql/parser"

	"github.com/linkerd-gcm/linkerd-gcm/exporter/configuration"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
	"github.com/linkerd-gcm/linkerd-gcm/source"
	"github.com/linkerd-gcm/linkerd-gcm/stackdriver"
)

// selectorFacts are what a selector's text says by itself. Several goroutines may read
// them at a time.
type selectorFacts struct {
	parsed stackdriver.Selector
	// exporters is the selector as gcm-exporter reads it.
	exporters configuration.Selector
	// err says why it cannot be read, or that it is not known.
	err *stackdriver.SelectorError
	// The others take longer, and are found out when they are asked for. They are not
	// to be asked for where there is an error.
	wantsColon, refusedToday func() bool
	scraped                  func() scrapedSeries
}

// scrapedSeries are the proxies' own series that a selector matches.
type scrapedSeries struct{ histograms, others []string }

func readFacts(program settings.Sidecar, text string) *selectorFacts {
	s := &selectorFacts{}
	if program == settings.GCMExporter {
		s.readByExporter(text)
	} else {
		var err error
		s.parsed, err = stackdriver.ParseSelector(text)
		errors.As(err, &s.err)
	}
	s.wantsColon = sync.OnceValue(func() bool { return wantsColon(s.parsed) })
	s.refusedToday = sync.OnceValue(func() bool { return !stackdriver.AcceptedByNewerPrometheus(text) })
	s.scraped = sync.OnceValue(func() (series scrapedSeries) {
		series.histograms, series.others = s.parsed.ScrapedSeries()
		return series
	})
	return s
}

// readByExporter reads a selector with gcm-exporter's own parser. What Google's sidecar can
// read, too, means the same to both, and its parser knows where each matcher stands.
func (s *selectorFacts) readByExporter(text string) {
	matchers, err := configuration.ParseSelector(text)
	if err != nil {
		s.err = exporterError(text, matchers, err)
		return
	}
	s.exporters = matchers
	if s.parsed, err = stackdriver.ParseSelector(text); err != nil {
		s.parsed, err = stackdriver.SelectorOf(text, matchers)
	}
	if err != nil {
		s.err = &stackdriver.SelectorError{Diagnostic: source.Diagnostic{Code: invalidSelector, Range: source.Start.Characters(0), Message: err.Error()}}
	}
}

const (
	invalidSelector = "SEL001"
	boundsSelector  = "SEL013"
)

// exporterError says why gcm-exporter refuses a selector: a matcher of buckets, or what
// Prometheus' parser says.
func exporterError(text string, matchers configuration.Selector, err error) *stackdriver.SelectorError {
	d := source.Diagnostic{Code: invalidSelector, Range: source.Start.Characters(utf8.RuneCountInString(text)), Message: err.Error(),
		Fix: `write what selects series, such as {__name__=~"linkerd_job:.+"}, with values in quotes`}
	var wrong parser.ParseErrors
	switch {
	case matchers != nil:
		d.Code = boundsSelector
		d.Message = "it has a matcher of the label le, but a histogram is exported with all its buckets or not at all"
		d.Fix = "remove the matcher"
	case errors.As(err, &wrong) && len(wrong) > 0:
		at := wrong[0].PositionRange
		start, end := min(int(at.Start), len(text)), min(int(at.End), len(text))
		d.Range = source.Range{Start: source.PositionIn(text, start), End: source.PositionIn(text, max(start, end))}
		d.Message = wrong[0].Err.Error()
	}
	return &stackdriver.SelectorError{Diagnostic: d, Kind: stackdriver.InvalidSyntax}
}
