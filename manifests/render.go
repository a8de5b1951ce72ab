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

// DefaultNamespace is where linkerd-gcm is installed if no other namespace is given.
const DefaultNamespace = "linkerd-gcm"

// Options say what to render.
type Options struct {
	// Namespace is where the namespaced objects are installed; DefaultNamespace if empty.
	Namespace string
	// Values override the chart's own values, key by key, as Helm's --set and --values
	// do.
	Values map[string]any
	// Version is the injector's version: the tag of the image if Values set none, and the
	// version in the labels and annotations of the objects. The chart's appVersion if
	// empty.
	Version string
}

// Render returns the chart's objects as `linkerd gcm install` prints them: one YAML
// stream, with the Namespace first, then what Pods need, then the Deployment, and the
// webhook configurations last, so that the injector is there when the API server starts
// to call it. The same options give the same bytes.
//
// It returns an error that names the value if the schema does not allow a value, or if
// values contradict each other.
func Render(options Options) ([]byte, error) {
	return render(options, "CLI")
}

// render renders for the given service: with "CLI", the objects include the Namespace;
// with "Helm", the user creates it, as with Linkerd's own charts.
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

// execute checks the values with the schema, runs the chart's templates with them, and
// returns the output of each file.
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
	release := context["Release"].(map[string]any)
	// The chart leaves a mark where there are values, without which it must not be applied
	// again. Helm keeps the values itself.
	release["Service"], release["Given"] = service, service == "CLI" && len(options.Values) > 0
	context["Values"] = canonicalQuantities(context["Values"].(common.Values))
	files, err := engine.Render(loaded, context)
	if err != nil {
		return nil, fmt.Errorf("rendering the chart: %w", err)
	}
	return files, nil
}

// installOrder is Helm's order, with cert-manager's kinds before the Deployment, which
// waits for their Secret. Helm itself puts kinds that it does not know last.
func installOrder() release.KindSortOrder {
	deployment := slices.Index(release.InstallOrder, "Deployment")
	return slices.Insert(slices.Clone(release.InstallOrder), deployment, "Issuer", "Certificate")
}
