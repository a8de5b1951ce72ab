package release

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/Masterminds/semver/v3"
	"helm.sh/helm/v4/pkg/chart/common"
	chart "helm.sh/helm/v4/pkg/chart/v2"
	chartutil "helm.sh/helm/v4/pkg/chart/v2/util"

	"github.com/linkerd-gcm/linkerd-gcm/manifests"
)

// chart makes the package of the Helm chart, which installs the injector of the same
// version.
func (r Release) chart(context.Context, string) ([]string, error) {
	loaded, err := manifests.Chart()
	if err != nil {
		return nil, err
	}
	loaded.Metadata.Version, loaded.Metadata.AppVersion = chartVersion(r.Version), r.Version
	setTimes(loaded)
	file, err := chartutil.Save(loaded, r.Output)
	if err != nil {
		return nil, fmt.Errorf("packing the chart: %w", err)
	}
	return []string{filepath.Base(file)}, nil
}

// chartVersion returns the version as charts spell it: semantic, and without the v of
// tags.
func chartVersion(version string) string {
	bare := strings.TrimPrefix(version, "v")
	if _, err := semver.StrictNewVersion(bare); err != nil {
		return "0.0.0-" + "g" + bare // a commit before the first tag
	}
	return bare
}

// setTimes gives all files one time, for Helm would take the present one.
func setTimes(loaded *chart.Chart) {
	loaded.ModTime, loaded.SchemaModTime = epoch, epoch
	for _, files := range [][]*common.File{loaded.Raw, loaded.Templates, loaded.Files} {
		for _, file := range files {
			file.ModTime = epoch
		}
	}
}

// installations are the manifests for those who install with kubectl alone, and the
// chart's values that make them.
var installations = map[string]map[string]any{
	"install.yaml":              nil,
	"install-cert-manager.yaml": {"certificates": "cert-manager"},
}

// manifests renders the chart for those who install with kubectl alone.
func (r Release) manifests(context.Context, string) ([]string, error) {
	var names []string
	for name, values := range installations {
		text, err := manifests.Render(manifests.Options{Values: values, Version: r.Version})
		if err != nil {
			return nil, err
		}
		if err := os.WriteFile(r.path(name), text, 0o644); err != nil {
			return nil, err
		}
		names = append(names, name)
	}
	return names, nil
}
