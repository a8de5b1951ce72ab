package manifests

import (
	"bytes"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"helm.sh/helm/v4/pkg/chart/common"
	chartutil "helm.sh/helm/v4/pkg/chart/common/util"
	chart "helm.sh/helm/v4/pkg/chart/v2"
	"helm.sh/helm/v4/pkg/engine"
	release "helm.sh/helm/v4/pkg/release/v1/util"
)

// DefaultNamespace is where linkerd-gcm lives unless told otherwise.
const DefaultNamespace = "linkerd-gcm"

// Options say what to render.
type Options struct {
	// Namespace that everything namespaced goes to; empty: DefaultNamespace.
	Namespace string
	// Values override the chart's own, key by key, as with Helm's --set and
	// --values.
	Values map[string]any
	// Version of the injector: the image's tag where Values set none, and what
	// the objects say made them. Empty: the chart's appVersion.
	Version string
}

// Render returns the chart's objects as `linkerd gcm install` prints them: one
// YAML stream, the Namespace first, then what Pods need, then the Deployment, and
// the webhook configurations last, so that the API server asks an injector that
// is there. The same options give the same bytes.
//
// Values that the schema refuses, or that contradict each other, are an error
// which names the value.
func Render(options Options) ([]byte, error) {
	return render(options, "CLI")
}

// render renders as the given service does: "CLI" brings the Namespace along,
// "Helm" leaves it to the person who installs, as Linkerd's own charts do.
func render(options Options, service string) ([]byte, error) {
	loaded, err := Chart()
	if err != nil {
		return nil, err
	}
	if options.Version != "" {
		loaded.Metadata.AppVersion = options.Version
	}
	files, err := execute(loaded, options, service)
	if err != nil {
		return nil, err
	}
	maps.DeleteFunc(files, func(name, _ string) bool { return path.Base(name) == "NOTES.txt" })
	_, documents, err := release.SortManifests(files, nil, installOrder())
	if err != nil {
		return nil, fmt.Errorf("splitting the rendered chart into objects: %w", err)
	}
	var stream bytes.Buffer
	for _, document := range documents {
		fmt.Fprintf(&stream, "---\n%s\n", strings.TrimSpace(document.Content))
	}
	return stream.Bytes(), nil
}

// execute runs the chart's templates over the values, which the schema has seen,
// and returns what each file became.
func execute(loaded *chart.Chart, options Options, service string) (map[string]string, error) {
	namespace := options.Namespace
	if namespace == "" {
		namespace = DefaultNamespace
	}
	context, err := chartutil.ToRenderValues(loaded, options.Values, common.ReleaseOptions{
		Name:      loaded.Name(),
		Namespace: namespace,
		IsInstall: true,
		Revision:  1,
	}, nil)
	if err != nil {
		return nil, fmt.Errorf("checking the values: %w", err)
	}
	context["Release"].(map[string]any)["Service"] = service
	files, err := engine.Render(loaded, context)
	if err != nil {
		return nil, fmt.Errorf("rendering the chart: %w", err)
	}
	return files, nil
}

// installOrder is Helm's, with cert-manager's kinds before the Deployment that
// waits for their Secret; Helm itself puts kinds that it does not know last.
func installOrder() release.KindSortOrder {
	deployment := slices.Index(release.InstallOrder, "Deployment")
	return slices.Insert(slices.Clone(release.InstallOrder), deployment, "Issuer", "Certificate")
}
