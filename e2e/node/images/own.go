package images

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"sigs.k8s.io/yaml"

	"github.com/linkerd-gcm/linkerd-gcm/internal/release"
)

// OwnArchive makes the image of both servers as `make image` does for the chart's
// version, and returns the path of its archive, an OCI image layout with an image for
// every platform, and the version, which is its tag.
func OwnArchive(ctx context.Context, root string) (archive, version string, err error) {
	if version, err = chartVersion(root); err != nil {
		return "", "", err
	}
	archive = filepath.Join(root, ".cluster", "images", "linkerd-gcm-image.tar")
	if err := release.WriteImage(ctx, root, version, archive); err != nil {
		return "", "", fmt.Errorf("making the image of both servers: %w", err)
	}
	return archive, version, nil
}

// chartVersion returns the version of the injector that the chart installs.
func chartVersion(root string) (string, error) {
	text, err := os.ReadFile(filepath.Join(root, "manifests", "linkerd-gcm", "Chart.yaml"))
	if err != nil {
		return "", fmt.Errorf("reading the chart's version: %w", err)
	}
	var chart struct{ AppVersion string }
	if err := yaml.Unmarshal(text, &chart); err != nil {
		return "", fmt.Errorf("reading the chart's version: %w", err)
	}
	return chart.AppVersion, nil
}

// ReadArchive returns the images of an archive of an OCI image layout, which it unpacks
// into a folder.
func ReadArchive(archive, folder string) (v1.ImageIndex, error) {
	if err := unpack(archive, folder); err != nil {
		return nil, fmt.Errorf("unpacking %s: %w", archive, err)
	}
	index, err := layout.ImageIndexFromPath(folder)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", archive, err)
	}
	manifest, err := index.IndexManifest()
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", archive, err)
	}
	if len(manifest.Manifests) != 1 {
		return nil, fmt.Errorf("reading %s: it has %d entries, want the one index of all platforms", archive, len(manifest.Manifests))
	}
	return index.ImageIndex(manifest.Manifests[0].Digest)
}

// Trusting returns the image of both servers for this machine's architecture, with one more
// layer: the certificate authorities that its programs trust, in the file where Debian has
// them. So does a company that looks into its TLS.
func Trusting(index v1.ImageIndex, authorities []byte) (v1.Image, error) {
	manifest, err := index.IndexManifest()
	if err != nil {
		return nil, fmt.Errorf("reading the image of both servers: %w", err)
	}
	here := slices.IndexFunc(manifest.Manifests, func(d v1.Descriptor) bool {
		return d.Platform != nil && d.Platform.Architecture == runtime.GOARCH
	})
	if here < 0 {
		return nil, fmt.Errorf("the image of both servers is not built for %s", runtime.GOARCH)
	}
	image, err := index.Image(manifest.Manifests[here].Digest)
	if err != nil {
		return nil, fmt.Errorf("reading the image of both servers: %w", err)
	}
	layer, err := contents{files: map[string]string{"/etc/ssl/certs/ca-certificates.crt": string(authorities)}}.layer(nil)
	if err != nil {
		return nil, err
	}
	return mutate.AppendLayers(image, layer)
}

func unpack(archive, folder string) (err error) {
	file, err := os.Open(archive)
	if err != nil {
		return err
	}
	defer file.Close()
	root, err := os.OpenRoot(folder)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, root.Close()) }()
	for reader := tar.NewReader(file); ; {
		header, err := reader.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		content, err := io.ReadAll(reader)
		if err == nil {
			err = root.MkdirAll(filepath.Dir(header.Name), 0o755)
		}
		if err == nil {
			err = root.WriteFile(header.Name, content, 0o644)
		}
		if err != nil {
			return err
		}
	}
}
