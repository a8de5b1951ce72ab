// Package release makes what a release of linkerd-gcm uploads: the CLI for every
// platform, the image of both servers, the Helm chart, the manifests for kubectl, a list of
// the modules in each program, and the checksums of them all. The same sources give the
// same bytes. It publishes no release, which the workflow in .github does.
package release

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// Release says what to make, and of what.
type Release struct {
	// Repository is the folder of the checkout.
	Repository string
	// Version is a tag such as v0.1.0, or what `git describe` says where there is none.
	Version string
	// Output is the folder for the files.
	Output string
	// Platforms are those that the CLI is built for.
	Platforms []v1.Platform
}

// part is one kind of files of a release. Making it returns their names in the output
// folder.
type part struct {
	name string
	make func(r Release, ctx context.Context, scratch string) ([]string, error)
}

// parts are in the order in which they are made, the quick ones first.
var parts = []part{
	{"chart", Release.chart},
	{"manifests", Release.manifests},
	{"cli", Release.cli},
	{"image", Release.image},
}

// Parts names what Make can make.
func Parts() []string {
	var names []string
	for _, p := range parts {
		names = append(names, p.name)
	}
	return names
}

// Make makes the named parts or, without names, all of them and their checksums.
func (r Release) Make(ctx context.Context, names ...string) (err error) {
	for _, name := range names {
		if !slices.Contains(Parts(), name) {
			return fmt.Errorf("a release has no part %q, only %q", name, Parts())
		}
	}
	if err := os.MkdirAll(r.Output, 0o755); err != nil {
		return fmt.Errorf("making the folder of the release: %w", err)
	}
	scratch, err := os.MkdirTemp("", "linkerd-gcm-release-")
	if err != nil {
		return fmt.Errorf("making a folder for the build: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(scratch)) }()

	var files []string
	for _, p := range parts {
		if len(names) > 0 && !slices.Contains(names, p.name) {
			continue
		}
		made, err := p.make(r, ctx, scratch)
		if err != nil {
			return fmt.Errorf("making the release's %s: %w", p.name, err)
		}
		files = append(files, made...)
	}
	if len(names) > 0 {
		return nil
	}
	return r.checksums(files)
}

// path returns where a file of the release goes.
func (r Release) path(name string) string { return filepath.Join(r.Output, name) }
