package main

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// latencyBuckets are some of the proxy's buckets, in milliseconds.
var latencyBuckets = []float64{1, 2, 3, 4, 5, 10, 20, 30, 40, 50, 100, 200, 300, 400, 500, 1000, 2000, 3000, 5000, 10000}

// traffic holds the metrics of requests in one direction.
type traffic struct {
	requests, responses *prometheus.CounterVec
	latency             *prometheus.HistogramVec
}

// inbound is the traffic from other pods.
func inbound() *traffic {
	return newTraffic(prometheus.Labels{"direction": "inbound", "target_addr": "10.88.0.10:8080", "tls": "true"})
}

// scrapes are those of the proxy itself, by Prometheus.
func scrapes() *traffic {
	return newTraffic(prometheus.Labels{"direction": "inbound", "target_addr": "10.88.0.10:4191", "tls": "no_identity"})
}

// probes are those of the kubelet.
func probes() *traffic {
	return newTraffic(prometheus.Labels{
		"direction": "inbound", "target_addr": "10.88.0.10:8080", "tls": "no_identity",
		"route_group": "", "route_kind": "default", "route_name": "probe",
	})
}

// outbound is the traffic to a service.
func outbound(service, namespace string) *traffic {
	return newTraffic(prometheus.Labels{
		"direction":      "outbound",
		"authority":      service + "." + namespace + ".svc.cluster.local:80",
		"target_addr":    "10.0.0.10:80",
		"tls":            "true",
		"dst_deployment": service,
		"dst_namespace":  namespace,
		"dst_service":    service,
	})
}

func newTraffic(route prometheus.Labels) *traffic {
	outcome := []string{"status_code", "classification"}
	return &traffic{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "request_total", Help: "Total count of HTTP requests.", ConstLabels: route,
		}, nil),
		responses: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "response_total", Help: "Total count of HTTP responses.", ConstLabels: route,
		}, outcome),
		latency: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "response_latency_ms", Help: "Elapsed times between a request's headers being received and its response stream completing",
			ConstLabels: route, Buckets: latencyBuckets,
		}, []string{"status_code"}),
	}
}

// flow counts requests until ctx ends.
func (t *traffic) flow(ctx context.Context, rate float64) {
	ticker := time.NewTicker(time.Duration(float64(time.Second) / rate))
	defer ticker.Stop()
	for n := 0; ; n++ {
		t.count(n)
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// count counts the nth request. Every tenth request fails, and each takes between 1 and
// 100 ms.
func (t *traffic) count(n int) {
	status, classification := "200", "success"
	if n%10 == 9 {
		status, classification = "503", "failure"
	}
	t.requests.WithLabelValues().Inc()
	t.responses.WithLabelValues(status, classification).Inc()
	t.latency.WithLabelValues(status).Observe(float64(1 + n%100))
}

// started is when this process began to count.
func started() prometheus.Collector {
	begin := float64(time.Now().UnixMilli()) / 1000
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "process_start_time_seconds", Help: "Time that the process started (in seconds since the UNIX epoch)",
	}, func() float64 { return begin })
}
