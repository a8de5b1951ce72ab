package exporter

import (
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"k8s.io/utils/clock"

	"github.com/linkerd-gcm/linkerd-gcm/exporter/points"
	"github.com/linkerd-gcm/linkerd-gcm/exporter/wal"
)

// stuckAfter is how long the reader may have something to do and not do it before it counts
// as stuck.
const stuckAfter = 5 * time.Minute

// How many series are shown for a reason, and how often they are looked up.
const (
	maxExamples     = 3
	exampleInterval = 5 * time.Second
)

// progress is what the reader has done, for those who ask. It is safe for concurrent use.
type progress struct {
	now func() time.Time
	// full says that the queue may be full, and handed how many points it has taken. They
	// change with each point.
	full   atomic.Bool
	handed atomic.Uint64

	mu       sync.Mutex
	position wal.Position
	// atEnd says that the log held no more when the reader looked last.
	atEnd bool
	// moved is when the position or handed was seen to change last, or there was nothing to
	// read, or the reader had to wait for somebody else; seen and seenHanded are both then.
	moved      time.Time
	seen       wal.Position
	seenHanded uint64
	all        uint64
	newest     int64
	bad        uint64
	log        wal.Counts
	readError  string
	// counts, tally and underWay are of the same moment, between two records: what became
	// of samples, and of those that were derived.
	counts   points.Counts
	tally    Tally
	underWay uint64
	examples map[string][]string
	exampled time.Time
	// grown is when samples were dropped or refused last, by reason.
	grown growth
	lost  map[string]time.Duration
	// firstSkipped is the time of the first sample that was left out for want of a state.
	firstSkipped int64
}

// newProgress returns that of a reader that has just moved.
func newProgress(clock clock.PassiveClock) progress {
	return progress{now: clock.Now, moved: clock.Now(), examples: map[string][]string{}, lost: map[string]time.Duration{}}
}

// read says that all up to a position was applied.
func (p *progress) read(end wal.Position) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.position = end
}

// caughtUp says that the log holds no more for now.
func (p *progress) caughtUp() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.atEnd, p.readError = true, ""
}

// more says that there is a record to apply.
func (p *progress) more() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.atEnd, p.readError = false, ""
}

// goOn says that the reader had to wait, and need not any longer.
func (p *progress) goOn() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.moved = p.now()
}

// gap adds to the time for which the log no longer held what was to be read.
func (p *progress) gap(why string, lasted time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.lost[why] += lasted
}

// skipped notes a sample that is left out because there is no state.
func (p *progress) skipped(t int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.firstSkipped == 0 {
		p.firstSkipped = t
	}
	p.lost["no_state"] = max(p.lost["no_state"], time.Duration(t-p.firstSkipped)*time.Millisecond)
}

// end is the position up to which all was applied.
func (p *progress) end() wal.Position {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.position
}

// total is how many samples went by.
func (p *progress) total() uint64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.all
}

// samples counts all samples that go by.
func (p *progress) samples(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.all += uint64(n)
}

// undecoded counts records that are not what their kind says.
func (p *progress) undecoded() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.bad++
}

// blocked says whether the queue may be full.
func (p *progress) blocked(yes bool) {
	if !yes {
		p.handed.Add(1)
	}
	p.full.Store(yes)
}

// at takes down where everything is, between two records.
func (p *progress) at(now time.Time, log wal.Counts, d *points.Derivation, tally Tally, underWay uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.atEnd || p.position != p.seen {
		p.moved, p.seen = now, p.position
	}
	p.log, p.newest = log, d.Now()
	p.counts, p.tally, p.underWay = d.Counts(), tally, underWay
	if now.Sub(p.exampled) >= exampleInterval {
		p.exampled = now
		p.grown.look(p.notExported(), now)
		for reason, some := range d.Examples(maxExamples) {
			names := make([]string, 0, len(some))
			for _, one := range some {
				names = append(names, strings.TrimSuffix(one.Series+": "+one.Detail, ": "))
			}
			p.examples[string(reason)] = names
		}
	}
}

// cannotRead notes an error of the file system. It is logged once, until it is gone.
func (p *progress) cannotRead(log *slog.Logger, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.readError == "" {
		log.Warn("The write-ahead log cannot be read; trying again every second", "error", err)
	}
	p.readError = err.Error()
}
