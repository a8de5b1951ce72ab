package check

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/yaml"

	"github.com/linkerd-gcm/linkerd-gcm/manifests"
)

var prePermissionsCheck = Check{
	ID: "pre-permissions", Category: preInstallCategory, Severity: Error, Stage: PreInstall,
	Description: "you may create what is to be installed",
	Means:       "`kubectl apply` would fail halfway.",
	Do:          "Ask a cluster administrator to install it.",
	run:         mayInstall,
}

// mayInstall asks the API server about each kind of object that the chart makes.
func mayInstall(ctx context.Context, r *runContext) error {
	rendered, err := manifests.Render(manifests.Options{})
	if err != nil {
		return err
	}
	var problems []string
	asked := map[string]bool{}
	decoder := yaml.NewYAMLOrJSONDecoder(bytes.NewReader(rendered), 4096)
	for {
		object := &unstructured.Unstructured{}
		if err := decoder.Decode(object); errors.Is(err, io.EOF) {
			return joinLines(problems)
		} else if err != nil {
			return fmt.Errorf("reading the chart's objects: %w", err)
		}
		kind := object.GroupVersionKind()
		if len(object.Object) == 0 || asked[kind.Kind+object.GetNamespace()] {
			continue
		}
		asked[kind.Kind+object.GetNamespace()] = true
		resource, allowed, err := r.cluster.MayCreate(ctx, kind, object.GetNamespace())
		if err != nil {
			return err
		}
		if !allowed {
			problems = append(problems, "you may not create "+resource+inNamespace(object.GetNamespace()))
		}
	}
}

func inNamespace(name string) string {
	if name == "" {
		return ""
	}
	return " in namespace " + name
}
