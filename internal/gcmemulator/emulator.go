package gcmemulator

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"strings"
	"sync"
	"time"

	"cloud.google.com/go/monitoring/apiv3/v2/monitoringpb"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/emptypb"
)

// Options are what an emulator does.
type Options struct {
	// Project is the one project that there is; "": every project.
	Project string
	// Period is the sampling period: points of a series that are closer are refused. 0: none.
	Period time.Duration
	// Texts are the words of partial refusals; 0: Texts2026.
	Texts Texts
	// MaxLabels is the number of labels that a metric may have outside
	// prometheus.googleapis.com; 0: 30.
	MaxLabels int
	// MaxSeries and MaxPoints are what it remembers; 0: 100,000 and 1,000,000. Of more, the
	// oldest are forgotten.
	MaxSeries, MaxPoints int
	// Now is the clock; nil: that of the machine.
	Now func() time.Time
	// Seed decides whom faults with a probability hit.
	Seed uint64
}

// An Emulator answers as Google Cloud Monitoring would.
type Emulator struct {
	monitoringpb.UnimplementedMetricServiceServer
	options Options
	rules   []Rule

	mu       sync.Mutex
	store    *store
	faults   []Fault
	random   *rand.Rand
	refusals []Refusal
	requests int
	refused  int
}

// A Refusal is a point or a request that was refused.
type Refusal struct {
	Time time.Time `json:"time"`
	// Rule is the id of the rule, or "fault" or "request".
	Rule       string `json:"rule"`
	MetricType string `json:"metric,omitempty"`
	Text       string `json:"text"`
}

// maxRefusals is how many refusals are remembered.
const maxRefusals = 100

// New makes an emulator that has accepted nothing.
func New(options Options) *Emulator {
	if options.Texts == 0 {
		options.Texts = Texts2026
	}
	if options.MaxLabels == 0 {
		options.MaxLabels = 30
	}
	if options.MaxSeries == 0 {
		options.MaxSeries = 100_000
	}
	if options.MaxPoints == 0 {
		options.MaxPoints = 1_000_000
	}
	if options.Now == nil {
		options.Now = time.Now
	}
	return &Emulator{
		options: options, rules: Rules(),
		store:  newStore(options.MaxSeries, options.MaxPoints),
		random: rand.New(rand.NewPCG(options.Seed, 0)), //nolint:gosec // chance, not secrets
	}
}

// Serve answers gRPC calls, in plaintext unless options say otherwise, until the context is
// done. It closes the listener.
func (e *Emulator) Serve(ctx context.Context, listener net.Listener, options ...grpc.ServerOption) error {
	server := grpc.NewServer(options...)
	monitoringpb.RegisterMetricServiceServer(server, e)
	stop := context.AfterFunc(ctx, server.Stop)
	defer stop()
	if err := server.Serve(listener); err != nil && !errors.Is(err, grpc.ErrServerStopped) {
		return fmt.Errorf("serving gRPC on %s: %w", listener.Addr(), err)
	}
	return nil
}

// CreateTimeSeries writes the points that no rule refuses.
func (e *Emulator) CreateTimeSeries(ctx context.Context, request *monitoringpb.CreateTimeSeriesRequest) (*emptypb.Empty, error) {
	faults := e.strike(request)
	if err := e.before(ctx, faults); err != nil {
		e.mu.Lock()
		defer e.mu.Unlock()
		e.requests++
		e.remember(Refusal{Rule: "fault", Text: status.Convert(err).Message()})
		return nil, err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.requests++
	if err := e.checkRequest(request); err != nil {
		e.remember(Refusal{Rule: "request", Text: status.Convert(err).Message()})
		return nil, err
	}
	candidates := e.candidates(request)
	if err := e.checkWhole(candidates); err != nil {
		return nil, err
	}
	for _, fault := range faults {
		if fault.Kind == HalfApplied {
			e.write(candidates[:len(candidates)/2], nil)
			return nil, status.Error(codes.DeadlineExceeded, "Deadline expired before operation could complete.")
		}
	}
	points := e.write(candidates, faults)
	for _, fault := range faults {
		if fault.Kind == LostAnswer {
			return nil, status.Error(codes.Unavailable, "The service is currently unavailable.")
		}
	}
	if len(points) > 0 {
		return nil, e.options.Texts.partial(request, points)
	}
	return &emptypb.Empty{}, nil
}

// checkRequest judges the request apart from its series.
func (e *Emulator) checkRequest(request *monitoringpb.CreateTimeSeriesRequest) error {
	project, is := strings.CutPrefix(request.GetName(), "projects/")
	number := len(request.GetTimeSeries())
	switch {
	case !is || project == "" || strings.Contains(project, "/"):
		return status.Errorf(codes.InvalidArgument, "Field name had an invalid value of %q: A project must be given as projects/PROJECT_ID.", request.GetName())
	case e.options.Project != "" && project != e.options.Project:
		return status.Error(outages[WrongProject].code, outages[WrongProject].text)
	case number == 0:
		return status.Error(codes.InvalidArgument, "Field timeSeries had an invalid value: At least one TimeSeries must be given.")
	case number > MaxSeriesPerRequest:
		return status.Errorf(codes.InvalidArgument,
			"Field timeSeries had an invalid value: At most %d TimeSeries can be written per request, but there are %d.", MaxSeriesPerRequest, number)
	}
	return nil
}

// candidates prepares the series of a request for the rules.
func (e *Emulator) candidates(request *monitoringpb.CreateTimeSeriesRequest) []*candidate {
	now := e.options.Now()
	seen := map[string]bool{}
	all := make([]*candidate, len(request.GetTimeSeries()))
	for i, series := range request.GetTimeSeries() {
		key := keyOf(series)
		all[i] = &candidate{index: i, key: key, series: series, repeated: seen[key], now: now, options: &e.options}
		seen[key] = true
	}
	return all
}

// checkWhole applies the rules after which nothing of a request is written. It names every
// series that breaks one.
func (e *Emulator) checkWhole(candidates []*candidate) error {
	var texts []string
	for _, c := range candidates {
		if rule, text := judge(e.rules, WholeRequest, c); rule != nil {
			texts = append(texts, text)
			e.remember(Refusal{Rule: rule.ID, MetricType: c.series.GetMetric().GetType(), Text: text})
		}
	}
	if len(texts) == 0 {
		return nil
	}
	return status.Error(codes.InvalidArgument, strings.Join(texts, "; "))
}

// orderedFault is the rule of points that a fault refuses.
var orderedFault = Rule{ID: "fault", Scope: OnePoint, Code: codes.InvalidArgument}

// write accepts what no rule refuses, and returns the rest.
func (e *Emulator) write(candidates []*candidate, faults []Fault) []refused {
	var points []refused
	for _, c := range candidates {
		c.metric, c.last = e.store.descriptors[c.series.GetMetric().GetType()], e.store.series[c.key]
		rule, text := judge(e.rules, OnePoint, c)
		for _, fault := range faults {
			if fault.Kind == RefuseMatching && fault.matches(c.series) {
				rule, text = &orderedFault, "A fault was ordered for this series."
			}
		}
		if rule == nil {
			e.store.add(c.key, c)
			continue
		}
		points = append(points, refused{c.index, rule, text})
		e.remember(Refusal{Rule: rule.ID, MetricType: c.series.GetMetric().GetType(), Text: text})
	}
	return points
}

// remember adds a refusal to the recent ones.
func (e *Emulator) remember(refusal Refusal) {
	refusal.Time = e.options.Now()
	e.refused++
	if len(e.refusals) == maxRefusals {
		e.refusals = append(e.refusals[:0], e.refusals[1:]...)
	}
	e.refusals = append(e.refusals, refusal)
}

// Accepted returns the accepted points from a number on, in the order of acceptance. Points
// that are forgotten are left out: their numbers are missing.
func (e *Emulator) Accepted(since int) []Accepted {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.store.since(since)
}

// Counts are totals since the start.
type Counts struct {
	Requests int `json:"requests"`
	Accepted int `json:"accepted"`
	Refused  int `json:"refused"`
	Series   int `json:"series"`
}

// Counts returns how much has been accepted and refused.
func (e *Emulator) Counts() Counts {
	e.mu.Lock()
	defer e.mu.Unlock()
	return Counts{e.requests, e.store.accepted, e.refused, len(e.store.series)}
}

// Refusals returns the most recent refusals, the oldest first.
func (e *Emulator) Refusals() []Refusal {
	e.mu.Lock()
	defer e.mu.Unlock()
	return append([]Refusal(nil), e.refusals...)
}
