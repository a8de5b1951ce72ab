package stackdriver

import (
	"fmt"
	"slices"

	"github.com/linkerd-gcm/linkerd-gcm/monitoring"
)

// BuiltInViews are the names of the OpenCensus views that the sidecar registers
// for itself. An aggregated counter of such a name makes it exit with status 1,
// or adds to a metric of another meaning
// (stackdriver-prometheus-sidecar, retrieval/aggregator.go).
var BuiltInViews = []string{
	"agent.googleapis.com/agent/monitoring/point_count",
	"agent.googleapis.com/agent/uptime",
	"grpc.io/client/completed_rpcs",
	"grpc.io/client/received_bytes_per_rpc",
	"grpc.io/client/roundtrip_latency",
	"grpc.io/client/sent_bytes_per_rpc",
	"opencensus.io/http/client/latency",
	"opencensus.io/http/client/request_bytes",
	"opencensus.io/http/client/request_count",
	"opencensus.io/http/client/response_bytes",
	"prometheus_sidecar/batches_processed",
	"prometheus_sidecar/dropped_series",
	"prometheus_sidecar/samples_processed",
	"prometheus_sidecar/samples_produced",
}

// The rules for aggregated counters.
const (
	CounterNameTaken      monitoring.NameRuleID = "name of a built-in view"
	CounterNameCharacters monitoring.NameRuleID = "characters of a view"
	CounterNameLength     monitoring.NameRuleID = "length of a view"
)

const maxViewNameLength = 255

// CounterNameRules are the rules for the metric of an aggregated counter. With a
// name that breaks them the sidecar exits with status 1, because OpenCensus
// doesn't register the view; MetricNameRules apply in addition.
var CounterNameRules = []monitoring.NameRule{
	{ID: CounterNameTaken, Certain: true, Source: "go.opencensus.io v0.22.4, stats/view/worker.go", Check: func(_, name string) string {
		if slices.Contains(BuiltInViews, name) {
			return fmt.Sprintf("%s is the name of one of the sidecar's own metrics", name)
		}
		return ""
	}},
	{ID: CounterNameCharacters, Certain: true, Source: "go.opencensus.io v0.22.4, stats/view/view.go", Check: func(_, name string) string {
		for _, r := range name {
			if r < ' ' || r > '~' {
				return fmt.Sprintf("%q is not allowed in the name of an aggregated counter: only printable ASCII", r)
			}
		}
		return ""
	}},
	{ID: CounterNameLength, Certain: true, Source: "go.opencensus.io v0.22.4, stats/view/view.go", Check: func(_, name string) string {
		if len(name) > maxViewNameLength {
			return fmt.Sprintf("the name has %d characters, where at most %d are allowed", len(name), maxViewNameLength)
		}
		return ""
	}},
}
