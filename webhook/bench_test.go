package webhook

import (
	"context"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	admissionv1 "k8s.io/api/admission/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"
	"sigs.k8s.io/yaml"

	"github.com/linkerd-gcm/linkerd-gcm/inject"
	"github.com/linkerd-gcm/linkerd-gcm/inject/injecttest"
	"github.com/linkerd-gcm/linkerd-gcm/internal/charts"
	"github.com/linkerd-gcm/linkerd-gcm/viz"
)

// noOp decodes a pod and allows it: the least that a webhook for pods does.
type noOp struct{}

func (noOp) Handle(_ context.Context, request admission.Request) admission.Response {
	if err := decoder.Decode(request, &corev1.Pod{}); err != nil {
		return admission.Errored(400, err)
	}
	return admission.Allowed("")
}

// renewed is a namespace whose rules and configuration of the sidecar are other texts at
// each read.
type renewed struct {
	injecttest.Namespace
	reads *atomic.Int64
}

func (r renewed) ConfigMap(ctx context.Context, namespace, name string) (*corev1.ConfigMap, error) {
	configMap, err := r.Namespace.ConfigMap(ctx, namespace, name)
	if name == viz.ConfigMap {
		return configMap, err
	}
	reads := r.reads.Add(1)
	again := map[string]string{}
	for key, text := range configMap.Data {
		again[key] = "# " + strconv.FormatInt(reads, 10) + "\n" + text
	}
	return &corev1.ConfigMap{ObjectMeta: configMap.ObjectMeta, Data: again}, err
}

// prometheusOwn is Prometheus' own configuration, as the charts make it.
func prometheusOwn(b *testing.B) *corev1.ConfigMap {
	for document := range strings.SplitSeq(string(charts.Own(b, charts.Rendered)[0].Read(b)), "\n---") {
		configMap := &corev1.ConfigMap{}
		if yaml.Unmarshal([]byte(document), configMap) == nil && configMap.Name == viz.ConfigMap {
			return configMap
		}
	}
	b.Fatalf("the chart has no ConfigMap %s", viz.ConfigMap)
	return nil
}

// BenchmarkPods measures what a pod costs the handler, without the reads that it needs
// and without the server.
func BenchmarkPods(b *testing.B) {
	pod := charts.Own(b, charts.Pod)[0].Read(b)
	request := admission.Request{AdmissionRequest: admissionv1.AdmissionRequest{
		Namespace: "linkerd-viz", Object: runtime.RawExtension{Raw: pod},
	}}
	metrics, err := NewMetrics(prometheus.NewRegistry())
	if err != nil {
		b.Fatal(err)
	}
	namespace := injecttest.Namespace{Annotations: injecttest.Located(), ConfigMaps: injecttest.ConfigMaps(injecttest.Config)}
	namespace.ConfigMaps[viz.ConfigMap] = prometheusOwn(b)
	handler := func(decider inject.Decider) admission.Handler {
		return &PodHandler{Decider: decider, Events: &announced{}, Metrics: metrics, Turns: NewTurns()}
	}
	for _, c := range []struct {
		name    string
		handler admission.Handler
	}{
		{"no-op", noOp{}},
		{"seen", handler(inject.Decider{Reader: namespace, Memory: inject.NewMemory()})},
		{"new", handler(inject.Decider{Reader: renewed{namespace, new(atomic.Int64)}, Memory: inject.NewMemory()})},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				response := c.handler.Handle(b.Context(), request)
				if !response.Allowed || c.name != "no-op" && len(response.Patches) == 0 {
					b.Fatalf("%+v", response)
				}
			}
		})
	}
}
