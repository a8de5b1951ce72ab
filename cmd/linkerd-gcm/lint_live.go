package main

import (
	"context"
	"fmt"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/linkerd-gcm/linkerd-gcm/internal/report"
	"github.com/linkerd-gcm/linkerd-gcm/internal/survey"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
)

// lintLive lints a namespace of the cluster, and changes nothing.
func (o lintOptions) lintLive(ctx context.Context, c *cluster, annotations map[string]string) (result, error) {
	reader, err := c.reader()
	if err != nil {
		return result{}, usageError{err}
	}
	r := result{}
	defaults := settings.Defaults{SidecarImage: o.sidecarImage}
	if defaults.SidecarImage == "" {
		if defaults.SidecarImage, err = injectorImage(ctx, reader); err != nil {
			r.notes = append(r.notes, fmt.Sprintf("the injector's --sidecar-image is not known, give it with --sidecar-image: %s", err))
		}
	}
	namespace := survey.NewLiveNamespace(reader, o.namespace, annotations)
	found, err := namespace.Check(ctx, defaults)
	if err != nil {
		return result{}, usageError{err}
	}
	for _, err := range found.Forbidden {
		r.notes = append(r.notes, fmt.Sprintf("not checked, the permission is missing: %s", err))
	}
	r.notes = append(r.notes, found.Notes...)
	r.checked = "namespace " + o.namespace + report.Objects(found.Objects)
	r.findings = namespace.Position(found.Findings)
	return r, nil
}

// injectorImage returns the sidecar's image that the injector of the cluster was
// started with, "" where there is none.
func injectorImage(ctx context.Context, reader client.Reader) (image string, err error) {
	var injectors appsv1.DeploymentList
	if err := reader.List(ctx, &injectors, client.MatchingLabels{"linkerd.io/extension": "gcm"}); err != nil {
		return "", fmt.Errorf("listing Deployments: %w", err)
	}
	for _, d := range injectors.Items {
		for _, container := range d.Spec.Template.Spec.Containers {
			for _, argument := range container.Args {
				if value, found := strings.CutPrefix(argument, "--sidecar-image="); found {
					image = value
				}
			}
		}
	}
	return image, nil
}
