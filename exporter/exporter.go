package exporter

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/prometheus/tsdb/record"
	"k8s.io/utils/clock"

	"github.com/linkerd-gcm/linkerd-gcm/exporter/cloudmonitoring"
	"github.com/linkerd-gcm/linkerd-gcm/exporter/configuration"
	"github.com/linkerd-gcm/linkerd-gcm/exporter/points"
	"github.com/linkerd-gcm/linkerd-gcm/exporter/series"
	"github.com/linkerd-gcm/linkerd-gcm/exporter/status"
	"github.com/linkerd-gcm/linkerd-gcm/exporter/targets"
	"github.com/linkerd-gcm/linkerd-gcm/exporter/wal"
)

// The periods of the pipeline.
const (
	// pollInterval is the time after which an end of the log is looked at again.
	pollInterval = time.Second
	// recent is how old samples may be that are exported without a saved state.
	recent = 10 * time.Minute
)

// Options are what an Exporter is made with.
type Options struct {
	Log      *slog.Logger
	Settings configuration.Settings
	// ConfigFile is the path of the configuration file, or "". The file need not be there.
	ConfigFile string
	// WAL is the directory of the write-ahead log, and StateFile where the state is saved:
	// nowhere if it is "".
	WAL, StateFile string
	// Backfill exports all that the log holds where no state was saved, and Once ends when
	// the log has been read.
	Backfill, Once bool
	Targets        *targets.Poller
	// Clock is what samples, waits and reports go by.
	Clock clock.Clock

	// Version, Address and PrometheusAddress are shown on the status page: the program's
	// version, and the addresses of Google and of Prometheus.
	Version, Address, PrometheusAddress string
}

// A Sink takes points and settles them.
type Sink interface {
	// Add takes a point, and waits while there is no room. Each point that it takes is
	// settled once.
	Add(ctx context.Context, p points.Point) error
	// Drain waits until all points are settled.
	Drain(ctx context.Context) error
	// Idle says that there are no more points for now.
	Idle()
	// Restore tells it what an earlier process knew, before the first Add; Acknowledged is
	// what it knows: of all series, or of those where that has changed since the last call.
	Restore([]series.Acknowledged)
	Acknowledged(changed bool) []series.Acknowledged
	// Report fills in how sending goes. It returns some series for each reason for which
	// points are refused or given up.
	Report(*status.Report) map[string][]string
}

// An Exporter is the pipeline.
type Exporter struct {
	options Options
	started time.Time
	sink    Sink
	// running is the sink for those who ask at any time: nil before Run.
	running    atomic.Pointer[Sink]
	log        *slog.Logger
	reader     *wal.Reader
	derivation *points.Derivation
	ledger     *ledger
	progress   progress
	api        *api
	reload     *reload
	saver      *saver
	// reconfigured says that the state is of another configuration.
	reconfigured bool

	// What follows is of the goroutine that reads.
	ctx    context.Context
	failed error
	// oldest is the time of the oldest samples that are exported, and from where they begin in
	// the log, until that is reached.
	oldest int64
	from   wal.Position
	// exportedUntil is the time of the last sample that Google's sidecar is known to have
	// sent, until the first one since the start; 0 where there is none.
	exportedUntil int64
	decoder       record.Decoder
	series        []record.RefSeries
	samples       []record.RefSample
	commands      chan func()
	wakeups       chan struct{}
	startOnce     sync.Once
	reanchors     reanchors
	// replayed are the new starts of an earlier process, at places of the log that are still
	// to be read.
	replayed map[wal.Position][]series.Identity
	// gap is why the log lost something at the time gapFrom, until the next sample.
	gap     string
	gapFrom int64
	// looked is when the reader noted last where it is.
	looked time.Time
}

// New returns an exporter that has read nothing yet. The error says what is wrong with the
// configuration.
func New(options Options) (*Exporter, error) {
	saver := newSaver(options.StateFile)
	first, err := readConfiguration(options, saver)
	if err != nil {
		return nil, err
	}
	now := options.Clock.Now()
	e := &Exporter{options: options, log: options.Log, started: now, reader: wal.NewReader(options.WAL), ledger: newLedger(options.Clock.Now), saver: saver,
		api: newAPI(options), reload: newReload(options, first), commands: make(chan func(), 64), wakeups: make(chan struct{}, 1),
		replayed: map[wal.Position][]series.Identity{}, progress: newProgress(options.Clock)}
	if first.rejected == nil {
		e.keepConfiguration(first.text)
	}
	e.applies(first, e.log.Info, "The configuration is in use")
	e.derivation = e.newDerivation(first)
	return e, nil
}

// newDerivation returns one that has seen nothing.
func (e *Exporter) newDerivation(of *file) *points.Derivation {
	return points.New(points.Options{Horizon: e.started.UnixMilli()}, e.resolver(of), e.options.Targets.Cache, e.emit)
}

// Settle takes down what became of points. The sink calls it once for each point.
func (e *Exporter) Settle(outcomes []cloudmonitoring.Outcome) {
	e.ledger.settle(outcomes)
	for i := range outcomes {
		if o := &outcomes[i]; o.Result == cloudmonitoring.Reanchor {
			e.reanchors.add(o.Point.Series.Identity, e.options.Clock.Now().Add(o.Delay))
		}
	}
}

// Run reads until the context ends, or, with Options.Once, until the log has been read.
// The sink is what takes the points, and calls Settle.
func (e *Exporter) Run(ctx context.Context, sink Sink) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	e.ctx, e.sink = ctx, sink
	e.running.Store(&sink)
	if !e.restore() && !e.options.Backfill && !e.options.Once {
		e.begin()
	}
	var others sync.WaitGroup
	for _, run := range []func(context.Context){e.api.run, e.watch} {
		others.Add(1)
		go func() {
			defer others.Done()
			run(ctx)
		}()
	}
	if e.reconfigured {
		e.nameAgain()
	}
	err := e.read(ctx)
	if err == nil {
		err = e.end(ctx)
	}
	stop()
	others.Wait()
	e.reader.Close()
	return err
}

// emit hands a point on. It waits while the queue is full, so that reading stops.
func (e *Exporter) emit(p points.Point) {
	if e.failed != nil {
		return
	}
	p.Epoch = e.ledger.emitted(p)
	e.progress.blocked(true)
	defer e.progress.blocked(false)
	if err := e.sink.Add(e.ctx, p); err != nil {
		e.failed = fmt.Errorf("handing on a point: %w", err)
	}
}
