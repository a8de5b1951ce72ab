package installed

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
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

// Defaults returns what the flags of the injector in the cluster provide. Where there are
// several injectors, a later one's flag replaces an earlier one's.
func Defaults(ctx context.Context, reader client.Reader) (settings.Defaults, error) {
	ours, err := labels.Parse(selector)
	if err != nil {
		return settings.Defaults{}, err
	}
	var injectors appsv1.DeploymentList
	if err := reader.List(ctx, &injectors, client.MatchingLabelsSelector{Selector: ours}); err != nil {
		return settings.Defaults{}, fmt.Errorf("listing Deployments: %w", err)
	}
	var all settings.Defaults
	for i := range injectors.Items {
		one, err := DefaultsOf(&injectors.Items[i])
		if err != nil {
			return settings.Defaults{}, err
		}
		all.SidecarImage = cmp.Or(one.SidecarImage, all.SidecarImage)
		if len(one.AllowedImages.Texts()) > 0 {
			all.AllowedImages = one.AllowedImages
		}
	}
	return all, nil
}

// DefaultsOf returns what the flags of an injector provide, from its Deployment.
func DefaultsOf(injector *appsv1.Deployment) (settings.Defaults, error) {
	var entries []string
	for i := range injector.Spec.Template.Spec.Containers {
		for _, flag := range podspec.ReadFlags(&injector.Spec.Template.Spec.Containers[i]) {
			if flag.Name == allowedImagesFlag {
				entries = append(entries, strings.Split(flag.Value, ",")...)
			}
		}
	}
	allowed, err := settings.ParseAllowedImages(entries)
	if err != nil {
		return settings.Defaults{}, fmt.Errorf("reading the injector's flag %s: %w", allowedImagesFlag, err)
	}
	return settings.Defaults{SidecarImage: Flag(injector, sidecarImageFlag), AllowedImages: allowed}, nil
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
