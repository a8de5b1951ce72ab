package check

import (
	"context"
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/linkerd-gcm/linkerd-gcm/check/cluster"
	"github.com/linkerd-gcm/linkerd-gcm/inject"
	"github.com/linkerd-gcm/linkerd-gcm/lint"
	"github.com/linkerd-gcm/linkerd-gcm/stackdriver"
)

var configurationCheck = Check{
	ID: "configuration", Category: dataPlaneCategory, Severity: Error, Stage: DataPlane,
	Description: "annotations and ConfigMaps are without errors",
	Means:       "The next pod of Prometheus is refused, or starts without the sidecar.",
	Do:          "`linkerd gcm lint --namespace linkerd-viz` shows each place; [lint.md](lint.md) explains each rule.",
	run:         configurationHasNoErrors,
}

func configurationHasNoErrors(ctx context.Context, r *runContext) error {
	return r.lint(ctx, lint.Error)
}

// lint judges the configuration of each namespace that asks, with the pods that its
// Deployments make, as linkerd-gcm lint does.
func (r *runContext) lint(ctx context.Context, severity lint.Severity) error {
	asking, err := r.asking(ctx)
	if err != nil {
		return err
	}
	var problems []string
	for _, v := range asking {
		findings, err := r.findings(ctx, v)
		if err != nil {
			return err
		}
		problems = append(problems, summarize(v.Name, findings, severity)...)
	}
	return joinLines(problems)
}

// findings are those about the pods that the Deployments of Prometheus make; where
// there are none, about its newest pod, or about the namespace alone.
func (r *runContext) findings(ctx context.Context, v cluster.VizNamespace) ([]lint.Finding, error) {
	deployments, err := r.cluster.PrometheusDeployments(ctx, v.Name)
	if err != nil {
		return nil, err
	}
	pods := []*corev1.Pod{newestPod(v)}
	if len(deployments) > 0 {
		pods = nil
	}
	for i := range deployments {
		pods = append(pods, cluster.NextPod(&deployments[i]))
	}
	var findings []lint.Finding
	for _, pod := range pods {
		c, err := r.configuration(ctx, v, pod)
		if err != nil {
			return nil, err
		}
		findings = append(findings, lint.Check(c.Input).Findings...)
	}
	return slices.Compact(findings), nil
}

// configuration reads what a pod would be injected with today. Where the injector's
// default image is not known, the image of a running sidecar is used instead.
func (r *runContext) configuration(ctx context.Context, v cluster.VizNamespace, pod *corev1.Pod) (inject.PodConfiguration, error) {
	defaults, err := r.defaults(ctx)
	if err != nil {
		return inject.PodConfiguration{}, err
	}
	for _, other := range v.Pods {
		if container := stackdriver.Find(&other.Spec); container != nil && defaults.SidecarImage == "" {
			defaults.SidecarImage = container.Image
		}
	}
	decider := inject.Decider{Reader: r.cluster, Defaults: defaults}
	return decider.PodConfiguration(ctx, v.Name, v.Annotations, pod)
}

// maxFindings is how many findings are shown of one namespace.
const maxFindings = 5

// summarize shows the first findings of a severity, and how to see the rest.
func summarize(namespace string, findings []lint.Finding, severity lint.Severity) []string {
	var shown []string
	count := 0
	for _, f := range findings {
		if f.Severity != severity {
			continue
		}
		if count++; count <= maxFindings {
			shown = append(shown, f.String())
		}
	}
	if count == 0 {
		return nil
	}
	head := fmt.Sprintf("namespace %s has %d %ss, which linkerd gcm lint --namespace %[1]s shows in full:", namespace, count, severity)
	if count == 1 {
		head = fmt.Sprintf("namespace %s has 1 %s, which linkerd gcm lint --namespace %[1]s shows in full:", namespace, severity)
	}
	if count > maxFindings {
		shown = append(shown, fmt.Sprintf("and %d more", count-maxFindings))
	}
	return append([]string{head}, shown...)
}
