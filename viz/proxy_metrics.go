package viz

// RawHistograms are the histograms of the proxy, by the names under which they
// are scraped without _bucket, _sum and _count
// (linkerd.io/2-edge/reference/proxy-metrics). With their labels they exceed what
// the sidecar exports, or cost more than expected.
var RawHistograms = []string{
	"control_response_latency_ms",
	"inbound_grpc_request_duration_seconds",
	"inbound_grpc_request_frame_size_bytes",
	"inbound_grpc_response_duration_seconds",
	"inbound_grpc_response_frame_size_bytes",
	"inbound_http_request_duration_seconds",
	"inbound_http_request_frame_size_bytes",
	"inbound_http_response_duration_seconds",
	"inbound_http_response_frame_size_bytes",
	"outbound_grpc_route_backend_response_duration_seconds",
	"outbound_grpc_route_backend_response_frame_size_bytes",
	"outbound_grpc_route_request_duration_seconds",
	"outbound_grpc_route_request_frame_size_bytes",
	"outbound_http_route_backend_response_duration_seconds",
	"outbound_http_route_backend_response_frame_size_bytes",
	"outbound_http_route_request_duration_seconds",
	"outbound_http_route_request_frame_size_bytes",
	"response_latency_ms",
	"route_response_latency_ms",
	"tcp_connection_duration_ms",
}

// ProxyCounters are the proxy's metrics other than histograms that a selector on
// its series would catch.
var ProxyCounters = []string{
	"control_request_total", "control_response_total",
	"request_total", "response_total",
	"route_actual_request_total", "route_actual_response_total", "route_request_total", "route_response_total",
	"tcp_close_total", "tcp_open_connections", "tcp_open_total", "tcp_read_bytes_total", "tcp_write_bytes_total",
}

// ExpiringMetrics are the proxy's metrics whose series disappear when they are
// idle for LINKERD2_PROXY_METRICS_RETAIN_IDLE, ten minutes by default: a sum over
// them falls, which the sidecar takes for a reset of the counter
// (linkerd.io/2-edge/reference/proxy-metrics, "Metric Expiry"). Histograms stand
// without their suffixes.
var ExpiringMetrics = []string{
	"control_request_total", "control_response_latency_ms", "control_response_total",
	"request_total", "response_latency_ms", "response_total",
	"route_actual_request_total", "route_actual_response_total",
	"route_request_total", "route_response_latency_ms", "route_response_total", "route_retryable_total",
	"tcp_close_total", "tcp_open_connections", "tcp_open_total", "tcp_read_bytes_total", "tcp_write_bytes_total",
}

// OtherMetrics are some of what linkerd-viz' Prometheus scrapes besides the proxies and
// what the tables above leave out.
var OtherMetrics = []string{
	"up", "scrape_samples_scraped", "go_goroutines", "go_memstats_alloc_bytes", "process_cpu_seconds_total", "process_start_time_seconds",
	"promhttp_metric_handler_requests_total", "prometheus_build_info", "prometheus_tsdb_head_series", "prometheus_rule_evaluations_total",
	"container_cpu_usage_seconds_total", "container_memory_usage_bytes", "container_network_receive_bytes_total", "machine_cpu_cores",
	"kubelet_running_pods", "proxy_build_info", "inbound_http_authz_allow_total", "outbound_http_route_request_statuses_total",
	"endpoints_updates", "identity_cert_issues_total", "request_errors_total", "grpc_server_handled_total",
}
