package lint

import "testing"

// TestWhatIsSummedUp has findings of AGG009, which gcm-exporter's parser makes, and AGG010.
func TestWhatIsSummedUp(t *testing.T) {
	const include = "request_total"
	runWithExporter(t, map[string]exporterTest{
		"counters and histograms": {setup{include: include, config: "aggregate:\n- {metric: response_total, by: [status_code]}\n- {metric: response_latency_ms, to: latency}\n- metric: my_counter\n"}, nil},
		"a metric without a name": {setup{include: include, config: "aggregate:\n- {metric: 'a b'}\n"},
			[]string{`AGG009 error sidecar.yml:2:13+3 aggregate[0].metric "a b" is not the name of a metric`}},
		"labels that exclude each other": {setup{include: include, config: "aggregate:\n- metric: response_total\n  by: [a]\n  without: [b]\n"},
			[]string{"AGG009 error sidecar.yml:2:3+0 aggregate[0] has both by and without"}},
		"a name that Google refuses": {setup{include: include, config: "aggregate:\n- {metric: response_total, to: 'a:b'}\n"},
			[]string{`AGG009 error sidecar.yml:2:33+3 aggregate[0].to "a:b" is refused by Google Cloud Monitoring: ":" is not allowed in a name: only letters, digits, _ and /`}},
		"a recorded metric": {setup{include: recorded, rules: rulesFile(aRate, rateExpr), config: "aggregate:\n- metric: " + aRate + "\n  to: x\n"},
			[]string{"AGG010 error sidecar.yml:2:11+27 linkerd_job:request_rate:5m is recorded by a rule, but only what is scraped can be summed up"}},
		"the name of a recorded metric": {setup{include: recorded, rules: rulesFile(aRate, rateExpr), config: "aggregate:\n- {metric: 'linkerd_job:x', to: x}\n"},
			[]string{"AGG010 error sidecar.yml:2:13+13 linkerd_job:x has the name of a recorded metric, but only what is scraped can be summed up"}},
		"a part of a histogram": {setup{include: include, config: "aggregate:\n- {metric: response_latency_ms_count}\n"},
			[]string{"AGG010 error sidecar.yml:2:12+25 response_latency_ms_count is a part of the histogram response_latency_ms, which is summed up as a whole"}},
		"a gauge": {setup{include: include, config: "aggregate:\n- metric: tcp_open_connections\n"},
			[]string{"AGG010 error sidecar.yml:2:11+20 tcp_open_connections is not a counter"}},
	})
}
