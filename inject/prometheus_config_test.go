package inject

import (
	"context"
	"errors"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/linkerd-gcm/linkerd-gcm/inject/injecttest"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
	"github.com/linkerd-gcm/linkerd-gcm/viz"
)

// shopRules record a metric of a scrape job that linkerd-viz does not have by itself.
const shopRules = injecttest.Rules + "    labels: {job: shop}\n"

// withoutPrometheusConfig is a namespace whose ConfigMap of Prometheus cannot be read.
type withoutPrometheusConfig struct {
	injecttest.Namespace
	err error
}

func (n withoutPrometheusConfig) ConfigMap(ctx context.Context, namespace, name string) (*corev1.ConfigMap, error) {
	if name == viz.ConfigMap {
		return nil, n.err
	}
	return n.Namespace.ConfigMap(ctx, namespace, name)
}

func TestPrometheusOwnConfigurationIsRead(t *testing.T) {
	namespace := func(rules, config string) injecttest.Namespace {
		n := injecttest.Namespace{Annotations: injecttest.Annotations(settings.SidecarName, string(settings.Stackdriver), settings.SidecarImage, "example.com/sidecar:1"), ConfigMaps: map[string]*corev1.ConfigMap{
			settings.DefaultRulesConfigMap:   {Data: map[string]string{"recording_rules.yml": rules}},
			settings.DefaultSidecarConfigMap: {Data: map[string]string{"sidecar.yml": injecttest.Config}},
		}}
		if config != "" {
			n.ConfigMaps[viz.ConfigMap] = &corev1.ConfigMap{Data: map[string]string{viz.ConfigKey: config}}
		}
		return n
	}
	const config = "global: {scrape_interval: 10s, evaluation_interval: 10s}\nrule_files: [/etc/prometheus/*_rules.yml]\nscrape_configs: [{job_name: linkerd-proxy}, {job_name: shop}]\n"
	for name, test := range map[string]struct {
		reader NamespaceReader
		want   Outcome
	}{
		"a job that it has":                 {namespace(shopRules, config), Injected},
		"a job that the charts do not have": {namespace(shopRules, ""), Denied},
		"it is missing":                     {namespace(injecttest.Rules, ""), Injected},
		"it is not available":               {withoutPrometheusConfig{namespace(injecttest.Rules, ""), ErrUnavailable}, Injected},
		"it cannot be read":                 {withoutPrometheusConfig{namespace(injecttest.Rules, ""), errors.New("connection refused")}, Injected},
		"it may not be read":                {withoutPrometheusConfig{namespace(injecttest.Rules, ""), errors.New("forbidden")}, Injected},
		"it is not YAML":                    {namespace(injecttest.Rules, "["), Injected},
		"rules are evaluated every second":  {namespace(injecttest.Rules, "global: {evaluation_interval: 1s}\n"), Denied},
	} {
		t.Run(name, func(t *testing.T) {
			pod := &corev1.Pod{}
			pod.Labels = viz.PrometheusLabels()
			pod.Spec.Containers = []corev1.Container{{
				Name: "prometheus", Args: []string{"--storage.tsdb.path=/data"}, VolumeMounts: []corev1.VolumeMount{{Name: "data", MountPath: "/data"}},
			}}
			pod.Spec.Volumes = []corev1.Volume{{Name: "data"}}
			decision, err := Decider{Reader: test.reader}.DecidePod(t.Context(), "linkerd-viz", pod)
			if err != nil || decision.Outcome != test.want {
				t.Errorf("outcome %s, error %v, problems %q, want %s", decision.Outcome, err, decision.Problems, test.want)
			}
		})
	}
}
