package cloudmonitoring

import (
	"context"
	"slices"
	"time"

	"cloud.google.com/go/monitoring/apiv3/v2/monitoringpb"

	"github.com/linkerd-gcm/linkerd-gcm/exporter/points"
	"github.com/linkerd-gcm/linkerd-gcm/monitoring"
)

// send makes one request, and settles what the answer settles.
func (s *Sender) send(ctx context.Context, b *batch) {
	began := s.options.Clock.Now()
	err := s.request(ctx, b)
	if err != nil && ctx.Err() != nil {
		// We are told to end. What Google would have said, nobody knows.
		s.mu.Lock()
		s.underWay--
		s.mu.Unlock()
		return
	}
	a := readAnswer(err, len(b.points))
	if a.waiting != nil && a.waiting.denied && s.options.Principal != nil {
		a.principal = s.options.Principal()
	}
	now := s.options.Clock.Now()
	s.mu.Lock()
	s.answered(&a, now, now.Sub(began))
	s.judge(b, &a, now)
	retries := s.settle(b, &a, now)
	s.underWay--
	s.mu.Unlock()
	s.finish(b)
	if len(b.points) == 0 {
		s.done(b)
	}
	s.mu.Lock()
	s.retries = append(s.retries, retries...)
	s.mu.Unlock()
	s.wakeUp()
}

// request sends the points of a batch. Sent again, they are the same bytes.
func (s *Sender) request(ctx context.Context, b *batch) error {
	e := s.takeEncoder()
	defer s.returnEncoder(e)
	request := &monitoringpb.CreateTimeSeriesRequest{Name: "projects/" + s.options.Project}
	// The official client sends unknown fields as they are.
	request.ProtoReflect().SetUnknown(e.encode(b.points))
	ctx, cancel := context.WithTimeout(ctx, s.options.Timeout)
	defer cancel()
	return s.client.CreateTimeSeries(ctx, request)
}

func (s *Sender) takeEncoder() *encoder {
	s.mu.Lock()
	defer s.mu.Unlock()
	if last := len(s.encoders) - 1; last >= 0 {
		e := s.encoders[last]
		s.encoders = s.encoders[:last]
		return e
	}
	return &encoder{}
}

func (s *Sender) returnEncoder(e *encoder) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.encoders = append(s.encoders, e)
}

// settle applies an answer to a batch. It returns the batches with points that are to be sent
// again.
func (s *Sender) settle(b *batch, a *answer, now time.Time) []*batch {
	switch {
	case a.accepted():
		s.settleAccepted(b, now)
	case a.waiting != nil:
		return s.settleWaiting(b, a, now)
	case a.exact() && len(a.named) < len(b.points):
		s.settleNamed(b, a, now)
		return []*batch{b}
	case !a.partial && !a.exact() && len(b.points) > 1 && s.tear.take(2, now):
		return s.halve(b, now)
	default:
		s.settleRefused(b, a, now)
	}
	return nil
}

func (s *Sender) settleAccepted(b *batch, now time.Time) {
	s.acceptedAt = now
	s.results[ResultReason{Accepted, ""}] += uint64(len(b.points))
	b.keep(func(i int) (Outcome, bool) {
		b.identities[i].accept(&b.points[i])
		return Outcome{Point: b.points[i], Result: Accepted}, true
	})
}

// settleWaiting decides when the batch is sent again, and whether in one piece.
func (s *Sender) settleWaiting(b *batch, a *answer, now time.Time) []*batch {
	b.attempts++
	b.waiting = a.waiting
	b.possiblySent = b.possiblySent || a.waiting.ambiguous
	b.due = now.Add(backoff(b.attempts, s.random))
	if !a.waiting.halves {
		b.failingSince = time.Time{}
		return []*batch{b}
	}
	if b.failingSince.IsZero() {
		b.failingSince = now
	}
	switch {
	case len(b.points) == 1:
		return s.settleFailing(b, a, now)
	case now.Sub(b.failingSince) >= persistent && s.mayHalve(b):
		return s.halve(b, now)
	}
	return []*batch{b}
}

// mayHalve says whether something speaks for the batch to be at fault, and not Google: other
// requests are accepted. Where there are no others, one batch is halved to find out.
func (s *Sender) mayHalve(b *batch) bool {
	if s.acceptedAt.After(b.failingSince) || b.probe {
		return true
	}
	if s.probes > 0 {
		return false
	}
	b.probe = true
	s.probes++
	return true
}

// halve makes two batches of one, which are sent at once.
func (s *Sender) halve(b *batch, now time.Time) []*batch {
	halves := []*batch{b, s.split(b, len(b.points)/2)}
	for _, half := range halves {
		half.due, half.attempts = now, 0
	}
	return halves
}

// aloneTries is how often a point by itself may make Google fail while it takes others.
const aloneTries = 5

// settleFailing gives up a point that makes Google fail by itself, while others are accepted.
// Its series goes alone from then on, so that it holds nobody else up.
func (s *Sender) settleFailing(b *batch, a *answer, now time.Time) []*batch {
	if b.aloneSince.IsZero() {
		b.aloneSince = now
	}
	b.aloneAttempts++
	id := b.identities[0]
	known := id.failing || now.Sub(b.failingSince) >= persistent
	if !known || b.aloneAttempts < aloneTries || !s.acceptedAt.After(b.aloneSince) {
		return []*batch{b}
	}
	id.failing = true
	b.keep(func(i int) (Outcome, bool) {
		return s.outcome(&b.points[i], Dropped, reasonOf("google_internal"), a.text, now), true
	})
	return nil
}

// settleNamed refuses the points that a whole refusal names; nothing was written, and the
// others are sent again without them. That ends, because each round takes some away.
func (s *Sender) settleNamed(b *batch, a *answer, now time.Time) {
	blamed := a.blame(len(b.points), b.metricOf)
	b.keep(func(i int) (Outcome, bool) {
		if !slices.Contains(a.named, i) {
			return Outcome{}, false
		}
		return s.refuse(b, i, blamed[i], a, now), true
	})
	// Should something have been written nevertheless, it is not taken for refused.
	b.possiblySent = true
	b.due = now
}

// metricOf returns the type of a point's metric.
func (b *batch) metricOf(index int) string { return b.points[index].Series.MetricType }

// settleRefused settles all points of a request by the counts that came with the answer.
func (s *Sender) settleRefused(b *batch, a *answer, now time.Time) {
	number := len(b.points)
	if a.refused < number {
		s.acceptedAt = now
	}
	blamed := a.blame(number, b.metricOf)
	b.keep(func(i int) (Outcome, bool) {
		id, p := b.identities[i], &b.points[i]
		if a.partial {
			// Google may have taken it, whatever it is counted as.
			id.acknowledge(p)
		}
		if a.refused < number || !a.onlyStarts() {
			s.suspect(b, id, p, a)
		}
		if blamed[i] == nil {
			return s.outcome(p, Accepted, nil, "", now), true
		}
		return s.refuse(b, i, blamed[i], a, now), true
	})
}

// suspect marks a series of a request in which some points were refused for their start: the
// next one goes alone.
func (s *Sender) suspect(b *batch, id *identity, p *points.Point, a *answer) {
	if b.possiblySent || p.Series.Kind != monitoring.Cumulative {
		return
	}
	for i := range a.parts {
		if a.parts[i].reason.start {
			id.suspected = true
		}
	}
}

// refuse returns the outcome of a point that Google refused.
func (s *Sender) refuse(b *batch, index int, why *part, a *answer, now time.Time) Outcome {
	id, p, reason := b.identities[index], &b.points[index], why.reason
	if reason.conflict {
		s.putAside(p, why, now)
	}
	if b.possiblySent && reason.again {
		return s.outcome(p, WrittenBefore, reason, a.text, now)
	}
	if a.refused == len(b.points) && a.onlyStarts() && p.Series.Kind == monitoring.Cumulative {
		outcome := s.outcome(p, Reanchor, reasonOf("reanchored"), a.text, now)
		outcome.Delay = id.refuseStart(p)
		return outcome
	}
	return s.outcome(p, Refused, reason, a.text, now)
}

// putAside sets a metric aside that exists with another kind or value type.
func (s *Sender) putAside(p *points.Point, why *part, now time.Time) {
	metric := p.Series.MetricType
	if match := why.reason.pattern.FindStringSubmatch(why.text); match != nil && match[1] != "" {
		metric = match[1]
	}
	if set, is := s.setAside[metric]; is && now.Before(set.Until) {
		return
	}
	command := describeCommand(s.options.Project, metric)
	s.setAside[metric] = SetAside{Metric: metric, Until: now.Add(aside), Message: why.text, Command: command}
	s.options.Log.Error("Google has this metric with another kind or value type; it is set aside for ten minutes",
		"metric", metric, "answer", clip(why.text), "fix", why.reason.Fix, "see", command)
}
