package cloudmonitoring

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"cloud.google.com/go/monitoring/apiv3/v2/monitoringpb"
	"github.com/googleapis/gax-go/v2"
	"k8s.io/utils/clock"

	"github.com/linkerd-gcm/linkerd-gcm/exporter/points"
	"github.com/linkerd-gcm/linkerd-gcm/exporter/series"
	"github.com/linkerd-gcm/linkerd-gcm/monitoring"
)

// A Client writes to Google Cloud Monitoring: the official client, which Dial returns.
type Client interface {
	CreateTimeSeries(context.Context, *monitoringpb.CreateTimeSeriesRequest, ...gax.CallOption) error
}

// Options are how a Sender sends.
type Options struct {
	// Project is the id of the project.
	Project string
	// Settled is told what became of points: of each exactly once, and of those of one
	// series in their order. It is called from several goroutines, and must be quick. The
	// slice is valid during the call.
	Settled func([]Outcome)
	// MaxAge is how old a point may become; 0: no limit.
	MaxAge time.Duration
	// Capacity is how many points may wait or be under way; 0: 20,000.
	Capacity int
	// MaxConcurrency is how many requests may be under way; 0: 16.
	MaxConcurrency int
	// Timeout is that of a request; 0: 15 s.
	Timeout time.Duration
	// Clock is nil for that of the machine.
	Clock clock.Clock
	// Log gets a line where somebody should do something, and one when that is over; nil: none.
	Log *slog.Logger
	// Principal names the account that the credentials are of, for messages; nil: unknown.
	Principal func() string
	// Seed decides how retries are spread.
	Seed uint64
}

const (
	maxSeries       = 200
	defaultCapacity = 20_000
	defaultRequests = 16
	defaultTimeout  = 15 * time.Second
	// flushDelay is how long a point waits for others to share its request.
	flushDelay = time.Second
	// persistent is how long a request fails before it is halved.
	persistent = 5 * time.Minute
	// aside is how long a metric is set aside.
	aside = 10 * time.Minute
	// alonePerSecond is how many requests with a single suspected point there may be.
	alonePerSecond = 20
	// splits is how many requests may be made in a row, and a second, to find the points
	// that Google refuses without naming them.
	splits, splitsPerSecond = 64, 1
	// forgetAfter is when a series is forgotten that has no points: Google takes none that
	// are older.
	forgetAfter, forgetEvery = 25*time.Hour + time.Minute, 10 * time.Minute
)

// A Sender sends points to Google Cloud Monitoring, keeps them until they are settled, and
// tells what became of each. Its methods may be called at the same time.
type Sender struct {
	options Options
	client  Client
	// started is when the process began, in milliseconds: what is older may have been sent
	// by the one before it.
	started int64
	wake    chan struct{}

	mu         sync.Mutex
	identities map[series.Identity]*identity
	ready      [classes]list
	turn       class
	retries    []*batch
	free       []*batch
	encoders   []*encoder
	underWay   int
	// pending points are not settled; queued ones are not in a batch either.
	pending, queued int
	// moved is closed when pending becomes smaller, if somebody waits for that.
	moved    chan struct{}
	draining int

	pace       pace
	lone, tear bucket
	random     *rand.Rand
	setAside   map[string]SetAside
	probes     int
	acceptedAt time.Time
	forgetAt   time.Time
	reports
}

// New returns a sender that sends nothing before Run.
func New(options Options, client Client) *Sender {
	if options.Capacity == 0 {
		options.Capacity = defaultCapacity
	}
	if options.MaxConcurrency == 0 {
		options.MaxConcurrency = defaultRequests
	}
	if options.Timeout == 0 {
		options.Timeout = defaultTimeout
	}
	if options.Clock == nil {
		options.Clock = clock.RealClock{}
	}
	if options.Log == nil {
		options.Log = slog.New(slog.DiscardHandler)
	}
	return &Sender{
		options: options, client: client, started: options.Clock.Now().UnixMilli(), wake: make(chan struct{}, 1),
		identities: map[series.Identity]*identity{}, setAside: map[string]SetAside{},
		pace: newPace(options.MaxConcurrency), lone: newBucket(alonePerSecond, alonePerSecond), tear: newBucket(splits, splitsPerSecond),
		random:  rand.New(rand.NewPCG(options.Seed, 1)), //nolint:gosec // spreads retries
		reports: newReports(),
	}
}

// Restore tells what an earlier process knew. It comes before the first Add.
func (s *Sender) Restore(all []series.Acknowledged) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, acknowledged := range all {
		s.identity(acknowledged.Identity).acknowledged = acknowledged
	}
}

// Acknowledged returns what Google has said about all series; with changed, only about those
// for which that has changed since the last call.
func (s *Sender) Acknowledged(changed bool) []series.Acknowledged {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []series.Acknowledged
	if !changed {
		all = make([]series.Acknowledged, 0, len(s.identities))
	}
	for _, id := range s.identities {
		if id.acknowledged.End != 0 && (id.changed || !changed) {
			all = append(all, id.acknowledged)
		}
		id.changed = false
	}
	return all
}

// identity returns the one with this hash.
func (s *Sender) identity(hash series.Identity) *identity {
	id := s.identities[hash]
	if id == nil {
		id = &identity{acknowledged: series.Acknowledged{Identity: hash}, seen: s.options.Clock.Now().UnixNano()}
		s.identities[hash] = id
	}
	return id
}

// Add takes a point to send. The points of a series come in their order. It blocks while the
// queue is full, and returns the error of the context if that ends first: then the point was
// not taken. A point that Google has answered to before is settled at once as accepted.
func (s *Sender) Add(ctx context.Context, p points.Point) error {
	s.mu.Lock()
	for s.pending >= s.options.Capacity {
		if err := s.await(ctx); err != nil {
			s.mu.Unlock()
			return err
		}
	}
	id := s.identity(p.Series.Identity)
	now := s.options.Clock.Now()
	id.seen = now.UnixNano()
	if p.End <= id.acknowledged.End && !id.inFlight && id.waiting() == 0 {
		s.mu.Unlock()
		s.options.Settled([]Outcome{{Point: p, Result: Accepted}})
		return nil
	}
	s.pending++
	s.queued++
	id.push(p)
	if id.inFlight || id.waiting() > 1 {
		s.mu.Unlock()
		return nil
	}
	c := s.enlist(id, now)
	urgent := s.ready[c].length == 1 || s.full(c, now)
	s.mu.Unlock()
	if urgent {
		s.wakeUp()
	}
	return nil
}

// await waits, without the lock, until a point has been settled.
func (s *Sender) await(ctx context.Context) error {
	if s.moved == nil {
		s.moved = make(chan struct{})
	}
	moved := s.moved
	s.mu.Unlock()
	s.wakeUp()
	defer s.mu.Lock()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-moved:
		return nil
	}
}

// wakeUp makes Run look for something to send.
func (s *Sender) wakeUp() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// enlist puts an identity that has points into the list of its class, and returns that.
func (s *Sender) enlist(id *identity, now time.Time) class {
	c := id.classOf(&id.queue[id.head], s.started)
	id.since = now.UnixNano()
	s.ready[c].push(id)
	return c
}

// Drain sends what there is without waiting for full requests, and returns when all points
// are settled, or with the error of the context.
func (s *Sender) Drain(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.draining++
	defer func() { s.draining-- }()
	for s.pending > 0 {
		if err := s.await(ctx); err != nil {
			return err
		}
	}
	return nil
}

// Run sends until the context is done, and returns when the last request has ended. Points
// that are not settled then stay so.
func (s *Sender) Run(ctx context.Context) {
	var requests sync.WaitGroup
	defer requests.Wait()
	for ctx.Err() == nil {
		now := s.options.Clock.Now()
		s.mu.Lock()
		s.forget(now)
		b, wake := s.next(now)
		if b != nil && len(b.points) > 0 {
			s.underWay++
		}
		s.mu.Unlock()
		switch {
		case b == nil:
			s.pause(ctx, now, wake)
		case len(b.points) == 0:
			s.finish(b)
			s.done(b)
		default:
			s.finish(b)
			requests.Go(func() { s.send(ctx, b) })
		}
	}
}

// pause waits until there may be something to send.
func (s *Sender) pause(ctx context.Context, now, wake time.Time) {
	if wake.IsZero() {
		wake = now.Add(forgetEvery)
	}
	timer := s.options.Clock.NewTimer(max(wake.Sub(now), time.Millisecond))
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-s.wake:
	case <-timer.C():
	}
}

// next returns what to send now, with the outcomes of points that were given up instead; or
// nil, and when to ask again.
func (s *Sender) next(now time.Time) (*batch, time.Time) {
	allowed, wake := s.pace.allows(s.underWay, now)
	if !allowed {
		return nil, wake
	}
	// After a failure something else is tried first: what has failed before may be at fault
	// itself.
	choices := [...]func(time.Time) *batch{s.dueRetry, s.fullRequest}
	if s.pace.failures > 0 {
		choices[0], choices[1] = choices[1], choices[0]
	}
	for _, choose := range choices {
		if b := choose(now); b != nil {
			return b, time.Time{}
		}
	}
	return nil, s.nextTime(now)
}

// fullRequest makes a request of a class that has enough points, of each class in turn.
func (s *Sender) fullRequest(now time.Time) *batch {
	for range classes {
		s.turn = (s.turn + 1) % classes
		if s.full(s.turn, now) && (s.turn != alone || s.lone.take(1, now)) {
			return s.fill(s.turn, now)
		}
	}
	return nil
}

// nextTime is when something will be ready without anything else happening; zero: never.
func (s *Sender) nextTime(now time.Time) time.Time {
	var wake time.Time
	earlier := func(t time.Time) {
		if wake.IsZero() || t.Before(wake) {
			wake = t
		}
	}
	for _, b := range s.retries {
		earlier(b.due)
	}
	for c := range s.ready {
		switch first := s.ready[c].first; {
		case first == nil:
		case class(c) == alone:
			earlier(s.lone.until(now))
		default:
			earlier(time.Unix(0, first.since).Add(flushDelay))
		}
	}
	return wake
}

// dueRetry takes the batch whose time came first, without the points that are given up.
func (s *Sender) dueRetry(now time.Time) *batch {
	best := -1
	for i, b := range s.retries {
		if !b.due.After(now) && (best < 0 || b.due.Before(s.retries[best].due)) {
			best = i
		}
	}
	if best < 0 {
		return nil
	}
	b := s.retries[best]
	last := len(s.retries) - 1
	s.retries[best], s.retries[last] = s.retries[last], nil
	s.retries = s.retries[:last]
	b.keep(func(i int) (Outcome, bool) { return s.giveUp(b.identities[i], &b.points[i], now) })
	return b
}

// full says whether a request of a class should be made now: it is full, or nothing more can
// come, or the first has waited long enough. While there is a backlog and nothing is under
// way, nothing can join either.
func (s *Sender) full(c class, now time.Time) bool {
	l := &s.ready[c]
	switch {
	case l.length == 0:
		return false
	case c == alone, l.length >= maxSeries, s.draining > 0, s.pending >= s.options.Capacity:
		return true
	case now.UnixNano()-l.first.since >= flushDelay.Nanoseconds():
		return true
	}
	return s.underWay == 0 && s.queued > s.listed()
}

// listed is the number of identities that have a point to send.
func (s *Sender) listed() int {
	sum := 0
	for i := range s.ready {
		sum += s.ready[i].length
	}
	return sum
}

// fill makes a batch of the first points of a class, without those that are given up.
func (s *Sender) fill(c class, now time.Time) *batch {
	b := s.newBatch(c)
	most := maxSeries
	if c == alone {
		most = 1
	}
	for len(b.points)+len(b.settled) < most && s.ready[c].length > 0 {
		id := s.ready[c].pop()
		p := id.pop()
		s.queued--
		id.inFlight = true
		if outcome, is := s.giveUp(id, &p, now); is {
			b.outcomes = append(b.outcomes, outcome)
			b.settled = append(b.settled, id)
			continue
		}
		if c == alone {
			b.possiblySent = id.possiblySent(&p, s.started)
		}
		b.points = append(b.points, p)
		b.identities = append(b.identities, id)
	}
	return b
}

// giveUp returns the outcome of a point that is not to be sent any more.
func (s *Sender) giveUp(id *identity, p *points.Point, now time.Time) (Outcome, bool) {
	if s.options.MaxAge > 0 && now.UnixMilli()-p.End > s.options.MaxAge.Milliseconds() {
		return s.outcome(p, Dropped, reasonOf("too_old"), "", now), true
	}
	if set, is := s.setAside[p.Series.MetricType]; is {
		if now.Before(set.Until) {
			return s.outcome(p, Dropped, reasonOf("set_aside"), set.Message, now), true
		}
		delete(s.setAside, p.Series.MetricType)
	}
	if p.Series.Kind == monitoring.Cumulative && id.refusals > 0 && p.Start <= id.refusedStart {
		return s.outcome(p, Dropped, reasonOf("reanchored"), "", now), true
	}
	return Outcome{}, false
}

// finish tells the outcomes of a batch, and lets their identities go on. The points that are
// left in the batch are not concerned.
func (s *Sender) finish(b *batch) {
	if len(b.outcomes) == 0 {
		return
	}
	s.options.Settled(b.outcomes)
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.options.Clock.Now()
	for _, id := range b.settled {
		id.inFlight = false
		if id.waiting() > 0 {
			s.enlist(id, now)
		}
	}
	s.pending -= len(b.settled)
	clear(b.outcomes)
	clear(b.settled)
	b.outcomes, b.settled = b.outcomes[:0], b.settled[:0]
	if s.moved != nil {
		close(s.moved)
		s.moved = nil
	}
	s.wakeUp()
}

// done ends a batch all of whose points are settled.
func (s *Sender) done(b *batch) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if b.probe {
		s.probes--
	}
	s.recycle(b)
}

// forget drops series that have been silent for so long that Google would not take anything
// older.
func (s *Sender) forget(now time.Time) {
	if now.Before(s.forgetAt) {
		return
	}
	s.forgetAt = now.Add(forgetEvery)
	for hash, id := range s.identities {
		if !id.inFlight && id.waiting() == 0 && now.UnixNano()-id.seen > forgetAfter.Nanoseconds() {
			delete(s.identities, hash)
		}
	}
}
