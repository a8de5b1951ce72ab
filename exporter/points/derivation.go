package points

import (
	"errors"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/tsdb/chunks"
	"github.com/prometheus/prometheus/tsdb/record"

	"github.com/linkerd-gcm/linkerd-gcm/exporter/series"
	"github.com/linkerd-gcm/linkerd-gcm/exporter/wal"
)

// ErrWait says that Prometheus has to be asked before a record can be applied. Nothing of
// it was applied: give the same record again later.
var ErrWait = errors.New("waiting for Prometheus to say what a series is")

// Options are what a derivation needs to know besides the configuration.
type Options struct {
	// Horizon is the time, in milliseconds since 1970, before which Google may hold points
	// of another exporter: no start is earlier on the word of a target alone. A derivation
	// that begins without a saved state has the present here; a restored one keeps its own.
	Horizon int64
}

// A Derivation turns records of the log into points. It is not safe for concurrent use.
type Derivation struct {
	options Options
	// anchorUntil is until when another exporter may have made points of cumulative series
	// that are not known here: their starts are later; 0 is never.
	anchorUntil int64
	resolver    *series.Resolver
	lookup      series.Lookup
	emit        func(Point)

	// record is the number of the record that was applied last, lost that at which the log
	// lost something, and now the latest time of any sample.
	record, lost uint64
	now          int64

	wanted, seen wal.Set
	refs         references
	sources      map[key]*source
	targets      map[targetKey]*target
	histograms   map[key]*classic
	streams      map[series.Identity]*stream
	groups       map[groupKey]*group

	// again is up to which time of the log samples may come again.
	again int64
	// interval is how often the log's targets are scraped; 0 is unknown.
	interval int64
	// open are the recorded histograms that wait for their other parts, oldest first.
	open []openHistogram

	counts  Counts
	stalled int
	limits  limits
	swept   int64
	// noted are series that had samples which are not exported (Examples).
	noted map[series.Reason][]Example

	// What follows is of the record that is being applied; at is its latest time, or now.
	at      int64
	found   []*source
	scrapes []scrapeOf
	closing []*classic
	summing []*group
	subject subject

	// text is a buffer, and texts has the labels of all sources.
	text  []byte
	texts texts
}

// scrapeOf is a scrape of a target.
type scrapeOf struct {
	target *target
	scrape scrape
}

// New returns a derivation that knows no series yet. It hands each point to emit as soon as
// it is certain, in the order of the log.
func New(options Options, resolver *series.Resolver, lookup series.Lookup, emit func(Point)) *Derivation {
	d := &Derivation{
		options: options, resolver: resolver, lookup: lookup, emit: emit,
		sources: map[key]*source{}, targets: map[targetKey]*target{}, histograms: map[key]*classic{},
		streams: map[series.Identity]*stream{}, groups: map[groupKey]*group{},
		counts: Counts{Dropped: map[series.Reason]uint64{}},
		noted:  map[series.Reason][]Example{},
	}
	d.limits.configure(resolver.Settings())
	return d
}

// Wanted has the references whose samples matter. It changes with each record of series.
func (d *Derivation) Wanted() *wal.Set { return &d.wanted }

// Seen has all references that a record of series has named.
func (d *Derivation) Seen() *wal.Set { return &d.seen }

// Configuration stands for the configuration that is in use (series.Resolver.Configuration).
func (d *Derivation) Configuration() string { return d.resolver.Configuration() }

// Lost says that the log lost something between the record before and the next one.
func (d *Derivation) Lost() { d.lost = d.record + 1 }

// ForgetReferences says that the log is read again from its beginning: references mean
// nothing until they are named again, and samples that were taken already are skipped.
func (d *Derivation) ForgetReferences() {
	for _, s := range d.sources {
		s.refs = nil
	}
	d.refs, d.wanted, d.seen = references{}, wal.Set{}, wal.Set{}
	d.again = d.now
}

// Series takes a record of series. A reference always means what was said of it last.
func (d *Derivation) Series(refs []record.RefSeries, checkpoint bool) {
	d.record++
	for i := range refs {
		d.name(refs[i].Ref, refs[i].Labels, !checkpoint)
	}
}

// name records what a reference stands for.
func (d *Derivation) name(ref chunks.HeadSeriesRef, lset labels.Labels, fromLog bool) {
	d.seen.Add(ref)
	var of key
	of, d.text = keyOf(lset, d.text)
	known := d.sources[of]
	if before := d.refs.get(ref); before != nil && before != known {
		d.forgetReference(ref, before)
	}
	if known == nil {
		if known = d.interesting(lset); known == nil {
			return
		}
		known.key, known.born, known.fromLog = of, d.record, fromLog
		d.sources[known.key] = known
	}
	if d.refs.get(ref) == nil {
		d.refs.set(ref, known)
		known.refs = append(known.refs, ref)
	}
	known.touched = d.now
	if known.wanted() {
		d.wanted.Add(ref)
	}
}

// interesting returns a new source for a series that matters, else nil.
func (d *Derivation) interesting(lset labels.Labels) *source {
	s := &source{
		selected: d.resolver.Selected(lset), sums: d.resolver.Inputs(lset),
		up: lset.Get(labels.MetricName) == upMetric, processStart: lset.Get(labels.MetricName) == processStartMetric,
	}
	if !s.wanted() {
		return nil
	}
	s.labels = d.texts.copyOf(lset)
	if of := targetOf(s.labels); of.job != "" && of.instance != "" {
		s.target = d.target(of)
	}
	return s
}

func (d *Derivation) target(of targetKey) *target {
	t := d.targets[of]
	if t == nil {
		t = &target{key: of}
		d.targets[of] = t
	}
	return t
}

func (d *Derivation) forgetReference(ref chunks.HeadSeriesRef, s *source) {
	d.refs.remove(ref)
	d.wanted.Remove(ref)
	for i, known := range s.refs {
		if known == ref {
			s.refs = append(s.refs[:i], s.refs[i+1:]...)
			return
		}
	}
}
