package series_test

import (
	"fmt"
	"strings"
	"testing"

	"cloud.google.com/go/monitoring/apiv3/v2/monitoringpb"
	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"google.golang.org/protobuf/proto"

	"github.com/linkerd-gcm/linkerd-gcm/exporter/configuration"
	"github.com/linkerd-gcm/linkerd-gcm/exporter/series"
)

// A lookup knows one target and the types of metrics.
type lookup struct {
	target *series.Target
	types  map[string]model.MetricType
	answer series.Answer
}

func (l lookup) Target(labels.Labels) (*series.Target, series.Answer) {
	return l.target, l.answer
}

func (l lookup) Metadata(_ *series.Target, metric string) (series.Metadata, series.Answer) {
	found, known := l.types[metric]
	if !known {
		return series.Metadata{}, series.NotFound
	}
	return series.Metadata{Type: found}, series.Found
}

var proxy = lookup{
	target: &series.Target{
		Labels: labels.FromStrings("job", "linkerd-proxy", "instance", "10.0.0.1:4191", "namespace", "shop", "pod", "web-1", "app", "web"),
		Discovered: labels.FromStrings("job", "linkerd-proxy", "__meta_kubernetes_namespace", "shop", "__meta_kubernetes_pod_name", "web-1",
			"__meta_kubernetes_pod_container_name", "linkerd-proxy", "__meta_kubernetes_node_name", "node-1"),
	},
	types: map[string]model.MetricType{
		"c_total": "counter", "om": "counter", "g": "gauge", "h": "histogram", "s": "summary", "u": "unknown", "old": "untyped", "i": "info",
	},
}

func settings() configuration.Settings {
	return configuration.Settings{
		Destination: configuration.CloudMonitoring, Project: "p", Location: "europe-west4", Cluster: "c", MaxLabels: 30,
	}
}

func named(text string) labels.Labels {
	name, rest, _ := strings.Cut(text, "{")
	b := labels.NewBuilder(labels.FromStrings(
		labels.MetricName, name, "job", "linkerd-proxy", "instance", "10.0.0.1:4191", "namespace", "shop", "pod", "web-1", "app", "web"))
	for pair := range strings.SplitSeq(strings.TrimSuffix(rest, "}"), ",") {
		if key, value, found := strings.Cut(pair, "="); found {
			b.Set(key, value)
		}
	}
	return b.Labels()
}

// describe writes what a series becomes in one line.
func describe(r series.Resolution) string {
	if r.Reason != "" {
		return string(r.Reason)
	}
	var all []string
	for _, out := range r.Outputs {
		all = append(all, strings.TrimSpace(fmt.Sprint(strings.TrimPrefix(out.MetricType, "external.googleapis.com/prometheus/"), " ", out.Kind, " ", out.Value, " ", flat(out.Labels))))
	}
	return strings.Join(all, ", ")
}

func flat(all []series.Label) string {
	var pairs []string
	for _, l := range all {
		pairs = append(pairs, l.Name+"="+l.Value)
	}
	return strings.Join(pairs, " ")
}

func TestWhatBecomesOfASeries(t *testing.T) {
	file := &configuration.File{
		Renames: map[string]string{"job:a:sum": "renamed", "h": "hist", "h_bucket": "never", "om": "open"},
		Static: map[string]configuration.Static{
			"job:c:sum": {Type: "counter"}, "renamed": {Type: "counter", Int64: true}, "job:h": {Type: "histogram"}, "job:n": {Type: "histogram"}, "h_count": {Type: "counter"},
		},
	}
	const managed = "prometheus.googleapis.com/"
	for text, want := range map[string][2]string{
		"c_total{path=/}":       {"c_total CUMULATIVE DOUBLE path=/", managed + "c_total/counter CUMULATIVE DOUBLE app=web path=/ pod=web-1"},
		"om_total":              {"open CUMULATIVE DOUBLE", managed + "om_total/counter CUMULATIVE DOUBLE app=web pod=web-1"},
		"g":                     {"g GAUGE DOUBLE", managed + "g/gauge GAUGE DOUBLE app=web pod=web-1"},
		"g{pod=other}":          {"g GAUGE DOUBLE pod=other", managed + "g/gauge GAUGE DOUBLE app=web pod=other"},
		"up":                    {"up GAUGE DOUBLE", managed + "up/gauge GAUGE DOUBLE app=web pod=web-1"},
		"u":                     {"u GAUGE DOUBLE", managed + "u/unknown GAUGE DOUBLE app=web pod=web-1, " + managed + "u/unknown:counter CUMULATIVE DOUBLE app=web pod=web-1"},
		"old":                   {"old GAUGE DOUBLE", managed + "old/unknown GAUGE DOUBLE app=web pod=web-1, " + managed + "old/unknown:counter CUMULATIVE DOUBLE app=web pod=web-1"},
		"s{quantile=0.5}":       {"s GAUGE DOUBLE quantile=0.5", managed + "s/summary GAUGE DOUBLE app=web pod=web-1 quantile=0.5"},
		"s_sum":                 {"s_sum CUMULATIVE DOUBLE", managed + "s_sum/summary:counter CUMULATIVE DOUBLE app=web pod=web-1"},
		"s_count":               {"s_count CUMULATIVE INT64", managed + "s_count/summary CUMULATIVE DOUBLE app=web pod=web-1"},
		"h_bucket{le=1}":        {"hist CUMULATIVE DISTRIBUTION", managed + "h/histogram CUMULATIVE DISTRIBUTION app=web pod=web-1"},
		"h_sum":                 {"hist CUMULATIVE DISTRIBUTION", managed + "h/histogram CUMULATIVE DISTRIBUTION app=web pod=web-1"},
		"h_count":               {"hist CUMULATIVE DISTRIBUTION", managed + "h/histogram CUMULATIVE DISTRIBUTION app=web pod=web-1"},
		"h":                     {"hist CUMULATIVE DISTRIBUTION", managed + "h/histogram CUMULATIVE DISTRIBUTION app=web pod=web-1"},
		"h_bucket{le=x}":        {"bad_bound", "bad_bound"},
		"h_total":               {"not_a_histogram", "not_a_histogram"},
		"s_total":               {"unsupported_type", "unsupported_type"},
		"i":                     {"unsupported_type", "unsupported_type"},
		"unheard_of":            {"metadata_not_found", "metadata_not_found"},
		"scrape_textadded":      {"metadata_not_found", "metadata_not_found"},
		"recorded job:g:sum":    {"job_g_sum GAUGE DOUBLE", managed + "job:g:sum/gauge GAUGE DOUBLE app=web pod=web-1"},
		"recorded job:c:sum":    {"job_c_sum CUMULATIVE DOUBLE", managed + "job:c:sum/counter CUMULATIVE DOUBLE app=web pod=web-1"},
		"recorded job:a:sum":    {"renamed CUMULATIVE INT64", managed + "job:a:sum/counter CUMULATIVE DOUBLE app=web pod=web-1"},
		"recorded job:h_count":  {"job_h CUMULATIVE DISTRIBUTION", managed + "job:h/histogram CUMULATIVE DISTRIBUTION app=web pod=web-1"},
		"recorded without_type": {"metadata_not_found", managed + "without_type/gauge GAUGE DOUBLE app=web pod=web-1"},
		"recorded g{job=}":      {"target_not_found", "target_not_found"},
	} {
		name, recorded := strings.CutPrefix(text, "recorded ")
		lset := named(name)
		if strings.Contains(name, "job=") {
			lset = labels.NewBuilder(lset).Del("job").Labels()
		}
		for i, destination := range configuration.Destinations {
			set := settings()
			set.Destination = destination
			got, answer := series.NewResolver(set, file).Resolve(lset, !recorded, proxy)
			if described := describe(got); described != want[i] || answer != series.Found {
				t.Errorf("%s to %s: %s\nnot %s", text, destination, described, want[i])
			}
		}
	}
}

func TestWhereASeriesBelongs(t *testing.T) {
	discovered := func(pairs ...string) *series.Target {
		return &series.Target{Labels: labels.FromStrings("job", "linkerd-proxy"), Discovered: labels.FromStrings(pairs...)}
	}
	namespace, pod, container := "__meta_kubernetes_namespace", "__meta_kubernetes_pod_name", "__meta_kubernetes_pod_container_name"
	for name, test := range map[string]struct {
		target *series.Target
		change func(*configuration.Settings)
		want   string
	}{
		"a container": {proxy.target, nil, "k8s_container cluster_name=c container_name=linkerd-proxy location=europe-west4 namespace_name=shop pod_name=web-1 project_id=p"},
		"a pod":       {discovered(namespace, "n", pod, "x"), nil, "k8s_pod cluster_name=c location=europe-west4 namespace_name=n pod_name=x project_id=p"},
		"a node":      {discovered("__meta_kubernetes_node_name", "x"), nil, "k8s_node cluster_name=c location=europe-west4 node_name=x project_id=p"},
		"nothing":     {discovered(), nil, ""},
		"no cluster":  {proxy.target, func(s *configuration.Settings) { s.Cluster = "" }, ""},
		"a task": {discovered("job", "x"), func(s *configuration.Settings) { s.GenericLocation, s.GenericNamespace = "l", "n" },
			"generic_task job=linkerd-proxy location=l namespace=n project_id=p task_id=10.0.0.1:4191"},
		"Google's first agents": {discovered(namespace, "n", container, ""), func(s *configuration.Settings) { s.UseGKEResource = true },
			"gke_container cluster_name=c container_name= instance_id= namespace_id=n pod_id= project_id=p zone=europe-west4"},
		"Amazon": {discovered("__meta_ec2_instance_id", "i", "__meta_ec2_availability_zone", "z", "__meta_ec2_owner_id", "o"), nil,
			"aws_ec2_instance aws_account=o instance_id=i project_id=p region=aws:z"},
		"Google's machines": {discovered("__meta_gce_project", "q", "__meta_gce_instance_id", "i", "__meta_gce_zone", "zones/z"), nil,
			"gce_instance instance_id=i project_id=q zone=z"},
		"a proxy of Apigee": {discovered("__meta_kubernetes_pod_label_type_proxy", "1", "__meta_kubernetes_pod_label_org", "o",
			"__meta_kubernetes_pod_label_env", "e", pod, "x", "proxy_name", "y", "revision", "1"), nil,
			"apigee.googleapis.com/Proxy env=e host=x location=europe-west4 org=o proxy_name=y resource_container=p revision=1"},
		"a second proxy of Apigee": {discovered("__meta_kubernetes_pod_label_type_proxy_v2", "1", "org", "o", "env", "e", "proxy_name", "y",
			"runtime_version", "2", "instance_id", "i"), nil,
			"apigee.googleapis.com/ProxyV2 env=e instance_id=i location=europe-west4 org=o proxy_name=y resource_container=p runtime_version=2"},
		"a target of Apigee": {discovered("__meta_kubernetes_pod_label_type_target_v2", "1", "org", "o", "env", "e", "proxy_name", "y",
			"type", "t", "endpoint", "d", "runtime_version", "2", "instance_id", "i"), nil,
			"apigee.googleapis.com/TargetV2 endpoint=d env=e instance_id=i location=europe-west4 org=o proxy_name=y resource_container=p runtime_version=2 type=t"},
		"a connection": {discovered("__meta_kubernetes_pod_label_type_connection", "1", "connection", "x"), nil,
			"connectors.googleapis.com/Connection connection=x location=europe-west4 resource_container=p"},
		"Managed Prometheus": {proxy.target, func(s *configuration.Settings) { s.Destination = configuration.ManagedPrometheus },
			"prometheus_target cluster=c instance=10.0.0.1:4191 job=linkerd-proxy location=europe-west4 namespace=shop project_id=p"},
	} {
		t.Run(name, func(t *testing.T) {
			set := settings()
			if test.change != nil {
				test.change(&set)
			}
			found := proxy
			found.target = test.target
			got, _ := series.NewResolver(set, nil).Resolve(named("g"), true, found)
			text := ""
			if got.Reason == "" {
				text = got.Outputs[0].Resource + " " + flat(got.Outputs[0].ResourceLabels)
			} else if got.Reason != series.UnknownResource {
				t.Errorf("refused: %s", got.Reason)
			}
			if diff := cmp.Diff(test.want, text); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestLabelsThatGoogleRefuses(t *testing.T) {
	many := "g{"
	for i := range 31 {
		many += fmt.Sprintf("l%d=x,", i)
	}
	for text, want := range map[string]series.Reason{
		many + "}":                                   series.TooManyLabels,
		"g{" + strings.Repeat("k", 101) + "=x}":      series.LabelTooLong,
		"g{l=" + strings.Repeat("v", 1025) + "}":     series.LabelTooLong,
		"g{l=" + strings.Repeat("ü", 1024) + "}":     "",
		"g{_underscore=x}":                           "",
		"h_bucket{le=1," + many[2:len(many)-5] + "}": "",
	} {
		if got, _ := series.NewResolver(settings(), nil).Resolve(named(text), true, proxy); got.Reason != want {
			t.Errorf("%.40s: %q, not %q", text, got.Reason, want)
		}
	}
}

func TestPrometheusHasToBeAsked(t *testing.T) {
	asked := proxy
	asked.answer = series.Wait
	if got, answer := series.NewResolver(settings(), nil).Resolve(named("g"), true, asked); answer != series.Wait || got.Reason != "" {
		t.Errorf("%v %v", got, answer)
	}
}

func TestEncodedIsATimeSeriesWithoutPoints(t *testing.T) {
	got, _ := series.NewResolver(settings(), nil).Resolve(named("c_total{b=2,a=1}"), true, proxy)
	var decoded monitoringpb.TimeSeries
	if err := proto.Unmarshal(got.Outputs[0].AppendEncoded(nil), &decoded); err != nil {
		t.Fatal(err)
	}
	text := fmt.Sprint(decoded.Metric.Type, decoded.Metric.Labels, decoded.Resource.Type, decoded.Resource.Labels, decoded.MetricKind, decoded.ValueType, len(decoded.Points))
	const want = "external.googleapis.com/prometheus/c_totalmap[a:1 b:2]k8s_container" +
		"map[cluster_name:c container_name:linkerd-proxy location:europe-west4 namespace_name:shop pod_name:web-1 project_id:p] CUMULATIVE DOUBLE 0"
	if diff := cmp.Diff(want, text); diff != "" {
		t.Error(diff)
	}
	again, _ := series.NewResolver(settings(), nil).Resolve(named("c_total{b=2,a=1}"), true, proxy)
	other, _ := series.NewResolver(settings(), nil).Resolve(named("c_total{b=2,a=2}"), true, proxy)
	if id := got.Outputs[0].Identity; id != again.Outputs[0].Identity || id == other.Outputs[0].Identity || len(id.String()) != 32 {
		t.Error("an identity does not stand for a time series")
	}
}

func TestEachReasonIsDescribedOnce(t *testing.T) {
	seen := map[series.Reason]bool{}
	for _, reason := range series.Reasons {
		if seen[reason.Reason] || !strings.HasSuffix(reason.Meaning, ".") || !strings.HasSuffix(reason.Fix, ".") {
			t.Errorf("%+v", reason)
		}
		seen[reason.Reason] = true
	}
}

func TestTheConfigurationIsKnownAgain(t *testing.T) {
	parsed := func() string {
		file, err := configuration.ParseFile([]byte("aggregate: [{metric: a, match: '{b=\"c\"}', by: [d]}]\naggregated_counters: [{metric: e, filters: ['f']}]\n"))
		if err != nil {
			t.Fatal(err)
		}
		include, err := configuration.ParseSelector(`{g="h"}`)
		if err != nil {
			t.Fatal(err)
		}
		return series.NewResolver(configuration.Settings{Include: []configuration.Selector{include}}, file).Configuration()
	}
	if first, second := parsed(), parsed(); first != second {
		t.Error("a configuration that was read twice is not the same")
	}
	other := settings()
	other.Project = "q"
	a, b, c := series.NewResolver(settings(), nil), series.NewResolver(settings(), &configuration.File{}), series.NewResolver(other, nil)
	if a.Configuration() != b.Configuration() || a.Configuration() == c.Configuration() {
		t.Error("it does not stand for settings and file")
	}
}

// TestConfigurationAndTheExportersPod lets the exporter's pod be another one.
func TestConfigurationAndTheExportersPod(t *testing.T) {
	for text, same := range map[string]bool{"": true, "aggregated_counters:\n- metric: sent\n  filters: ['requests_total']\n": false} {
		file, err := configuration.ParseFile([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		before := series.NewResolver(configuration.Settings{Own: configuration.Container{Pod: "a"}}, file)
		after := series.NewResolver(configuration.Settings{Own: configuration.Container{Pod: "b"}}, file)
		if got := before.Configuration() == after.Configuration(); got != same {
			t.Errorf("%q: the configuration is the same: %v", text, got)
		}
	}
}
