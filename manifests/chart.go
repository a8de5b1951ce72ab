// Package manifests holds the Helm chart, the one source of everything that
// linkerd-gcm puts into a cluster, and renders it the way Helm would.
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

// The prefix `all:` takes in the files whose names begin with `_` or `.`.
//
//go:embed all:linkerd-gcm
var chartFiles embed.FS

// Chart loads the embedded chart. Every call returns a chart of its own, which
// the caller may change.
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
