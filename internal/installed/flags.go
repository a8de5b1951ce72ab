package installed

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/linkerd-gcm/linkerd-gcm/podspec"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
)

// The injector's flags that decisions depend on.
const (
	sidecarImageFlag  = "--sidecar-image"
	allowedImagesFlag = "--allowed-sidecar-images"
)

// Defaults returns what the flags of the injectors in the cluster provide, as DefaultsOf
// does.
func Defaults(ctx context.Context, reader client.Reader) (settings.Defaults, error) {
	ours, err := labels.Parse(selector)
	if err != nil {
		return settings.Defaults{}, err
	}
	var injectors appsv1.DeploymentList
	if err := reader.List(ctx, &injectors, client.MatchingLabelsSelector{Selector: ours}); err != nil {
		return settings.Defaults{}, fmt.Errorf("listing Deployments: %w", err)
	}
	return DefaultsOf(injectors.Items)
}

// DefaultsOf returns what the flags of injectors provide, from their Deployments. A later
// one's flag replaces an earlier one's.
func DefaultsOf(injectors []appsv1.Deployment) (settings.Defaults, error) {
	var all settings.Defaults
	for i := range injectors {
		allowed, err := allowedImages(&injectors[i])
		if err != nil {
			return settings.Defaults{}, err
		}
		all.SidecarImage = cmp.Or(Flag(&injectors[i], sidecarImageFlag), all.SidecarImage)
		if len(allowed.Texts()) > 0 {
			all.AllowedImages = allowed
		}
	}
	return all, nil
}

// allowedImages returns the list that an injector's flags give together.
func allowedImages(injector *appsv1.Deployment) (settings.AllowedImages, error) {
	var entries []string
	for i := range injector.Spec.Template.Spec.Containers {
		for _, flag := range podspec.ReadFlags(&injector.Spec.Template.Spec.Containers[i]) {
			if flag.Name == allowedImagesFlag {
				entries = append(entries, strings.Split(flag.Value.Text, ",")...)
			}
		}
	}
	allowed, err := settings.ParseAllowedImages(entries)
	if err != nil {
		return allowed, fmt.Errorf("reading the injector's flag %s: %w", allowedImagesFlag, err)
	}
	return allowed, nil
}

// Flag returns the value of a flag of the injector, such as --sidecar-image, from its
// Deployment; "" where the flag is not given.
func Flag(injector *appsv1.Deployment, name string) string {
	for i := range injector.Spec.Template.Spec.Containers {
		container := &injector.Spec.Template.Spec.Containers[i]
		if value := podspec.ReadFlags(container).Value(name); value != "" {
			return expand(value, container.Env)
		}
	}
	return ""
}

// expand replaces $(NAME) by the variable of that name, as the kubelet does, where the
// Deployment itself has its value.
func expand(value string, variables []corev1.EnvVar) string {
	for _, variable := range variables {
		if variable.ValueFrom == nil {
			value = strings.ReplaceAll(value, "$("+variable.Name+")", variable.Value)
		}
	}
	return value
}
