package injector

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/linkerd-gcm/linkerd-gcm/inject"
)

// Admissions returns for how many pods the injector was called since it started.
func (i *Injector) Admissions(ctx context.Context) (float64, error) {
	return i.count(ctx, "gcm_injector_pod_admissions_total", nil)
}

// Decisions returns how many pods had an outcome since the injector started, for a
// reason.
func (i *Injector) Decisions(ctx context.Context, outcome inject.Outcome, reason inject.Reason) (float64, error) {
	return i.count(ctx, "gcm_injector_pod_admissions_total", map[string]string{"outcome": string(outcome), "reason": string(reason)})
}

// Changes returns for how many changes of namespaces and ConfigMaps the injector was
// called since it started.
func (i *Injector) Changes(ctx context.Context) (float64, error) {
	return i.count(ctx, "gcm_injector_configuration_changes_total", nil)
}

// count adds up the series of one metric that have the labels.
func (i *Injector) count(ctx context.Context, name string, labels map[string]string) (float64, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, i.MetricsURL(), nil)
	if err != nil {
		return 0, fmt.Errorf("reading the injector's metrics: %w", err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, fmt.Errorf("reading the injector's metrics: %w", err)
	}
	defer response.Body.Close()
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(io.LimitReader(response.Body, 16<<20))
	if err != nil {
		return 0, fmt.Errorf("reading the injector's metrics: %w", err)
	}
	var sum float64
	for _, metric := range families[name].GetMetric() {
		counted := true
		for _, pair := range metric.GetLabel() {
			want, given := labels[pair.GetName()]
			counted = counted && (!given || pair.GetValue() == want)
		}
		if counted {
			sum += metric.GetCounter().GetValue()
		}
	}
	return sum, nil
}

// AwaitCalled returns once the API server calls the injector. The API server sees a
// caBundle a moment after it was written; until then, it ignores that the call fails.
func (i *Injector) AwaitCalled(ctx context.Context) error {
	before, err := i.Admissions(ctx)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, time.Minute, fmt.Errorf("the API server has not called the injector for a minute"))
	defer cancel()
	for {
		pod := &corev1.Pod{
			ObjectMeta: metav1.ObjectMeta{
				Namespace: "default", Name: "is-the-injector-called",
				Labels: map[string]string{"linkerd.io/extension": "viz", "component": "prometheus"},
			},
			Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "none", Image: "none"}}},
		}
		if err := i.options.Cluster.Create(ctx, pod, client.DryRunAll); err != nil {
			return fmt.Errorf("checking whether the injector is called: %w", err)
		}
		if now, err := i.Admissions(ctx); err == nil && now > before {
			return nil
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(50 * time.Millisecond):
		}
	}
}
