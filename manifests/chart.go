// Package manifests holds the Helm chart and renders it the way Helm does. The chart is
// the only source of the objects that linkerd-gcm installs in a cluster; the rendered
// files beside it are made from it. The package does not talk to a cluster.
package manifests

import (
	"embed"
	"fmt"
	"io/fs"
	"strings"

	"helm.sh/helm/v4/pkg/chart/loader/archive"
	chart "helm.sh/helm/v4/pkg/chart/v2"
	"helm.sh/helm/v4/pkg/chart/v2/loader"
)

// chartDirectory is the chart's folder, beside this file.
const chartDirectory = "linkerd-gcm"

// The prefix `all:` includes the files whose names begin with `_` or `.`.
//
//go:embed all:linkerd-gcm
var chartFiles embed.FS

// Chart loads the embedded chart. Every call returns a new copy, which the caller may
// change. It returns an error only if the embedded files are not a valid chart.
func Chart() (*chart.Chart, error) {
	var files []*archive.BufferedFile
	err := fs.WalkDir(chartFiles, chartDirectory, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := chartFiles.ReadFile(path)
		if err != nil {
			return err
		}
		name := strings.TrimPrefix(path, chartDirectory+"/")
		files = append(files, &archive.BufferedFile{Name: name, Data: data})
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("reading the embedded chart: %w", err)
	}
	loaded, err := loader.LoadFiles(files)
	if err != nil {
		return nil, fmt.Errorf("loading the embedded chart: %w", err)
	}
	return loaded, nil
}
