package check

import (
	"cmp"
	"context"
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/linkerd-gcm/linkerd-gcm/check/cluster"
	"github.com/linkerd-gcm/linkerd-gcm/internal/installed"
	"github.com/linkerd-gcm/linkerd-gcm/internal/names"
)

var selectedCheck = Check{
	ID: "selected", Category: dataPlaneCategory, Severity: Error, Stage: DataPlane,
	Description: "the webhooks are asked about linkerd-viz' namespaces",
	Means:       "The namespace's labels keep the webhooks away, so that no pod is injected and nothing is validated.",
	Do:          "`kubectl label namespace linkerd-viz config.linkerd.io/admission-webhooks-`",
	run:         namespacesAreSelected,
}

func namespacesAreSelected(ctx context.Context, r *runContext) error {
	asking, err := r.asking(ctx)
	if err != nil {
		return err
	}
	i, err := r.cluster.Installation(ctx)
	if err = cmp.Or(err, i.ConfigurationsError); err != nil {
		return err
	}
	var problems []string
	for _, v := range asking {
		for _, w := range i.Webhooks() {
			selector, err := metav1.LabelSelectorAsSelector(w.Selector)
			if err != nil {
				return fmt.Errorf("reading the namespaceSelector of webhook %s: %w", w.Name, err)
			}
			if !selector.Matches(labels.Set(v.Labels)) {
				problems = append(problems, unselected(v, w, i.Way()))
			}
		}
	}
	return joinLines(problems)
}

func unselected(v cluster.VizNamespace, w cluster.Webhook, way installed.Way) string {
	if v.Labels[names.OptOutLabel] == "disabled" {
		return fmt.Sprintf("namespace %s is labelled %s=disabled, which keeps webhook %s away: run kubectl label namespace %[1]s %[2]s-", v.Name, names.OptOutLabel, w.Name)
	}
	return fmt.Sprintf("the namespaceSelector of webhook %s leaves out namespace %s: run %s", w.Name, v.Name, way.Repair())
}
