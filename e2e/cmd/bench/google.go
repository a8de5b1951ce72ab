package main

import (
	"context"
	"errors"
	"net"
	"sync/atomic"
	"time"

	"cloud.google.com/go/monitoring/apiv3/v2/monitoringpb"
	"google.golang.org/grpc"
	"google.golang.org/grpc/mem"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/types/known/emptypb"
)

// google takes every point without looking at it, so that it leaves the machine to the
// exporter.
type google struct {
	monitoringpb.UnimplementedMetricServiceServer
	address string
	// delay is how long an answer takes.
	delay  time.Duration
	server *grpc.Server
	points atomic.Int64
	// first gets the time of the first request.
	first chan time.Time
}

// startGoogle serves until stop.
func startGoogle(ctx context.Context, delay time.Duration) (*google, error) {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	g := &google{address: listener.Addr().String(), delay: delay, first: make(chan time.Time, 1)}
	g.server = grpc.NewServer(grpc.ForceServerCodecV2(counting{&g.points}))
	monitoringpb.RegisterMetricServiceServer(g.server, g)
	// It ends with stop, and what depends on it fails if it ends earlier.
	go func() { _ = g.server.Serve(listener) }()
	return g, nil
}

func (g *google) stop() { g.server.Stop() }

// quiet returns when no more points come: within twice the time that a point waits for others.
func (g *google) quiet(ctx context.Context) error {
	ticker := time.NewTicker(2 * time.Second)
	defer ticker.Stop()
	for before := int64(-1); before != g.points.Load(); {
		before = g.points.Load()
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ticker.C:
		}
	}
	return nil
}

// CreateTimeSeries takes everything.
func (g *google) CreateTimeSeries(ctx context.Context, _ *monitoringpb.CreateTimeSeriesRequest) (*emptypb.Empty, error) {
	select {
	case g.first <- time.Now():
	default:
	}
	if g.delay > 0 {
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(g.delay):
		}
	}
	return &emptypb.Empty{}, nil
}

// counting is a codec that counts the time series of a request, decodes nothing, and answers
// with an empty message.
type counting struct{ points *atomic.Int64 }

func (counting) Name() string                         { return "proto" }
func (counting) Marshal(any) (mem.BufferSlice, error) { return nil, nil }

func (c counting) Unmarshal(data mem.BufferSlice, _ any) error {
	const fieldTimeSeries = 2
	for b := data.Materialize(); len(b) > 0; {
		number, _, n := protowire.ConsumeField(b)
		if n < 0 {
			return errors.New("not a message")
		}
		if number == fieldTimeSeries {
			c.points.Add(1)
		}
		b = b[n:]
	}
	return nil
}
