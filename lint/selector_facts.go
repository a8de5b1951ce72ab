package lint

import (
	"errors"
	"sync"

	"github.com/linkerd-gcm/linkerd-gcm/stackdriver"
)

// selectorFacts are what a selector's text says by itself. Several goroutines may read
// them at a time.
type selectorFacts struct {
	parsed stackdriver.Selector
	// err says why it cannot be read, or that it is not known.
	err *stackdriver.SelectorError
	// The others take longer, and are found out when they are asked for. They are not
	// to be asked for where there is an error.
	wantsColon, refusedToday func() bool
	scraped                  func() scrapedSeries
}

// scrapedSeries are the proxies' own series that a selector matches.
type scrapedSeries struct{ histograms, others []string }

func readFacts(text string) *selectorFacts {
	s := &selectorFacts{}
	parsed, err := stackdriver.ParseSelector(text)
	s.parsed = parsed
	errors.As(err, &s.err)
	s.wantsColon = sync.OnceValue(func() bool { return wantsColon(parsed) })
	s.refusedToday = sync.OnceValue(func() bool { return !stackdriver.AcceptedByNewerPrometheus(text) })
	s.scraped = sync.OnceValue(func() (series scrapedSeries) {
		series.histograms, series.others = parsed.ScrapedSeries()
		return series
	})
	return s
}
