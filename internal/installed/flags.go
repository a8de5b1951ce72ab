package installed

import (
	"cmp"
	"context"
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	"k8s.io/apimachinery/pkg/labels"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/linkerd-gcm/linkerd-gcm/podspec"
)

// SidecarImage returns the value of the injector's flag --sidecar-image in the cluster, ""
// where it is not given.
func SidecarImage(ctx context.Context, reader client.Reader) (string, error) {
	ours, err := labels.Parse(selector)
	if err != nil {
		return "", err
	}
	var injectors appsv1.DeploymentList
	if err := reader.List(ctx, &injectors, client.MatchingLabelsSelector{Selector: ours}); err != nil {
		return "", fmt.Errorf("listing Deployments: %w", err)
	}
	image := ""
	for i := range injectors.Items {
		image = cmp.Or(Flag(&injectors.Items[i], "--sidecar-image"), image)
	}
	return image, nil
}

// Flag returns the value of a flag of the injector, such as --sidecar-image, from its
// Deployment; "" where the flag is not given.
func Flag(injector *appsv1.Deployment, name string) string {
	for i := range injector.Spec.Template.Spec.Containers {
		if value := podspec.ReadFlags(&injector.Spec.Template.Spec.Containers[i]).Value(name); value != "" {
			return value
		}
	}
	return ""
}
