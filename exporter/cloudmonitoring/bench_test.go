package cloudmonitoring

import (
	"context"
	"net"
	"testing"
	"time"

	"cloud.google.com/go/monitoring/apiv3/v2/monitoringpb"
	"github.com/googleapis/gax-go/v2"
	"google.golang.org/grpc"
	"google.golang.org/grpc/mem"
	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/linkerd-gcm/linkerd-gcm/exporter/points"
	"github.com/linkerd-gcm/linkerd-gcm/exporter/series"
	"github.com/linkerd-gcm/linkerd-gcm/internal/gcmemulator"
	"github.com/linkerd-gcm/linkerd-gcm/monitoring"
)

// accepting is a client of a Google that takes everything.
type accepting struct{}

func (accepting) CreateTimeSeries(context.Context, *monitoringpb.CreateTimeSeriesRequest, ...gax.CallOption) error {
	return nil
}

// blind is a server that takes everything without looking, so that its work does not count.
type blind struct {
	monitoringpb.UnimplementedMetricServiceServer
}

func (blind) CreateTimeSeries(context.Context, *monitoringpb.CreateTimeSeriesRequest) (*emptypb.Empty, error) {
	return &emptypb.Empty{}, nil
}

// Blind codecs read and write nothing.
func (blind) Marshal(any) (mem.BufferSlice, error) { return nil, nil }
func (blind) Unmarshal(mem.BufferSlice, any) error { return nil }
func (blind) Name() string                         { return "proto" }

// dialBlind connects to a blind server.
func dialBlind(b *testing.B) *Connection {
	b.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	server := grpc.NewServer(grpc.ForceServerCodecV2(blind{}))
	monitoringpb.RegisterMetricServiceServer(server, blind{})
	done := make(chan error, 1)
	go func() { done <- server.Serve(listener) }()
	client := Dial(DialOptions{Address: Address{Host: listener.Addr().String(), Plaintext: true}})
	b.Cleanup(func() {
		if err := client.Close(); err != nil {
			b.Error(err)
		}
		server.Stop()
		if err := <-done; err != nil {
			b.Error(err)
		}
	})
	return client
}

// BenchmarkSend counts what a point costs the sender: by itself, and with gRPC on both ends.
func BenchmarkSend(b *testing.B) {
	for _, kind := range []monitoring.ValueKind{monitoring.Double, monitoring.Distribution} {
		b.Run(string(kind)+"/alone", func(b *testing.B) { benchmarkSend(b, kind, accepting{}) })
		b.Run(string(kind)+"/gRPC", func(b *testing.B) { benchmarkSend(b, kind, dialBlind(b)) })
	}
}

func benchmarkSend(b *testing.B, kind monitoring.ValueKind, client Client) {
	const number = 600
	all := make([]*series.Series, number)
	for i := range all {
		all[i] = newSeries("requests_total", pod(i), monitoring.Cumulative, kind)
	}
	value := points.Value{Double: 5, Distribution: &points.Distribution{Count: 27, Mean: 1, Bounds: make([]float64, 25), Counts: make([]int64, 26)}}
	sender := New(Options{Project: "p", Settled: func([]Outcome) {}}, client)
	ctx, stop := context.WithCancel(b.Context())
	done := make(chan struct{})
	go func() { defer close(done); sender.Run(ctx) }()
	defer func() { stop(); <-done }()
	b.ReportAllocs()
	b.ResetTimer()
	for i := range b.N {
		p := points.Point{Series: all[i%number], Start: 1, End: 1795780800000 + int64(i), Value: value, Samples: 1}
		if err := sender.Add(ctx, p); err != nil {
			b.Fatal(err)
		}
	}
	if err := sender.Drain(ctx); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkCatchUp sends what 600 series have in an hour, a point in ten seconds, over round
// trips of 100 ms: 216,000 points.
func BenchmarkCatchUp(b *testing.B) {
	emulator := gcmemulator.New(gcmemulator.Options{MaxPoints: 1000})
	if err := emulator.SetFaults(gcmemulator.Fault{Kind: gcmemulator.Slow, DelayMilliseconds: 100}); err != nil {
		b.Fatal(err)
	}
	sender := New(Options{Project: "p", Settled: func([]Outcome) {}}, listen(b, emulator))
	ctx := b.Context()
	go sender.Run(ctx)
	all := counters(600)
	begin := time.Now().Add(-time.Duration(b.N) * 2 * time.Hour)
	b.ResetTimer()
	for i := range 360 * b.N {
		for _, s := range all {
			p := at(0, all[:1])[0]
			p.Series, p.Start, p.End = s, begin.UnixMilli(), begin.Add(time.Duration(i+1)*10*time.Second).UnixMilli()
			if err := sender.Add(ctx, p); err != nil {
				b.Fatal(err)
			}
		}
	}
	if err := sender.Drain(ctx); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(emulator.Counts().Accepted)/b.Elapsed().Seconds(), "points/s")
	b.ReportMetric(float64(emulator.Counts().Requests), "requests")
	if refused := emulator.Counts().Refused; refused != 0 {
		b.Fatalf("%d points were refused: %v", refused, emulator.Refusals()[0])
	}
}
