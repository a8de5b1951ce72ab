package check

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/linkerd-gcm/linkerd-gcm/sidecars"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/linkerd-gcm/linkerd-gcm/check/cluster"
	"github.com/linkerd-gcm/linkerd-gcm/inject"
)

var nextPodCheck = Check{
	ID: "next-pod", Category: dataPlaneCategory, Severity: Error, Stage: DataPlane,
	Description: "a new pod of Prometheus would carry the sidecar",
	Means:       "Tested by dry run, with the template of Prometheus' Deployment: the next pod would be refused, or start without the sidecar. This needs the permission to create pods.",
	Do:          "Fix what the message names.",
	run:         nextPodIsInjected,
}

func nextPodIsInjected(ctx context.Context, r *runContext) error {
	asking, err := r.asking(ctx)
	if err != nil {
		return err
	}
	i, err := r.cluster.Installation(ctx)
	if err != nil {
		return err
	}
	var problems []string
	looked := false
	for _, v := range asking {
		deployments, err := v.Live.Deployments(ctx)
		if err != nil {
			return err
		}
		for _, d := range deployments {
			if !inject.Requested(v.Annotations, d.Spec.Template.Annotations) {
				continue
			}
			looked = true
			answer := r.cluster.DryRunPod(ctx, &d)
			if answer.Err != nil && !isRefused(answer.Err) {
				return fmt.Errorf("creating a pod by dry run: %w", answer.Err)
			}
			problem := judgeNextPod(answer, i, v)
			if answer.Err != nil && slices.Contains(r.refusals, answer.Err.Error()) {
				problem = "would be refused, for the reason named above"
			}
			if problem != "" {
				problems = append(problems, fmt.Sprintf("a new pod of Deployment %s/%s %s", v.Name, d.Name, problem))
			}
		}
	}
	if !looked {
		return errNotApplicable
	}
	return joinLines(problems)
}

// withoutSidecar begins the injector's warning about a pod that it has let pass.
const withoutSidecar = "the pod starts without the sidecar"

// judgeNextPod says what is wrong with the API server's answer to a pod of a namespace.
func judgeNextPod(answer cluster.DryRun, i cluster.Installation, v cluster.VizNamespace) string {
	if answer.Err != nil {
		return "would be refused: " + answer.Err.Error()
	}
	if sidecars.Find(&answer.Pod.Spec) != nil {
		return ""
	}
	for n, warning := range answer.Warnings {
		if strings.HasPrefix(warning, withoutSidecar) {
			return "would start without the sidecar: " + strings.Join(answer.Warnings[n:], "; ")
		}
	}
	return "would start without the sidecar: " + whyNotAsked(i, v)
}

// whyNotAsked is why the injector has said nothing about a pod of a namespace.
func whyNotAsked(i cluster.Installation, v cluster.VizNamespace) string {
	if i.Mutating == nil && i.ConfigurationsError == nil {
		return "there is no webhook configuration that asks the injector"
	}
	for _, w := range i.Webhooks() {
		selector, err := metav1.LabelSelectorAsSelector(w.Selector)
		if err == nil && !selector.Matches(labels.Set(v.Labels)) {
			return "the injector is not asked; " + unselected(v, w, i.Way())
		}
	}
	return "the injector has not answered, and failurePolicy is Ignore: see whether the API server reaches it"
}
