package release

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/linkerd-gcm/linkerd-gcm/internal/names"
)

// What the Dockerfile says, too. The user is the injector's; the exporter runs as that of
// Prometheus, which its pod names.
const (
	entrypoint = "/" + names.Injector
	user       = "65532:65532"
)

// servers are the programs in the image.
var servers = []string{names.Injector, "gcm-exporter"}

// imagePlatforms are those that the image is built for.
var imagePlatforms = []v1.Platform{
	{OS: "linux", Architecture: "amd64"},
	{OS: "linux", Architecture: "arm64"},
}

// imageArchive is the name of the image's archive, beside those of the CLI.
const imageArchive = imageTitle + "-image.tar"

// imageTitle is the last part of the image's name in every registry.
const imageTitle = "linkerd-gcm"

// WriteImage builds the image of both servers for every platform, without a Docker daemon,
// and writes it as one tar archive of an OCI image layout. The version is the image's tag,
// and what the servers report.
func WriteImage(ctx context.Context, repository, version, output string) (err error) {
	scratch, err := os.MkdirTemp("", imageTitle+"-image-")
	if err != nil {
		return fmt.Errorf("making a folder for the build: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(scratch)) }()
	if err := buildServers(ctx, repository, version, scratch); err != nil {
		return err
	}
	return packImage(version, scratch, output)
}

// image makes the archive of the image, and the lists of what is in each server of each
// platform.
func (r Release) image(ctx context.Context, scratch string) ([]string, error) {
	if err := buildServers(ctx, r.Repository, r.Version, scratch); err != nil {
		return nil, err
	}
	files := []string{imageArchive}
	for _, platform := range imagePlatforms {
		for _, server := range servers {
			sbom, err := r.sbom(ctx, fileName(server, r.Version, platform), serverPath(scratch, server, platform))
			if err != nil {
				return nil, err
			}
			files = append(files, sbom)
		}
	}
	return files, packImage(r.Version, scratch, r.path(imageArchive))
}

// buildServers builds both servers for every platform below scratch, where serverPath finds
// them.
func buildServers(ctx context.Context, repository, version, scratch string) error {
	for _, platform := range imagePlatforms {
		for _, server := range servers {
			if err := build(ctx, repository, server, version, platform, serverPath(scratch, server, platform)); err != nil {
				return err
			}
		}
	}
	return nil
}

// serverPath is where a server for a platform is built.
func serverPath(scratch, server string, platform v1.Platform) string {
	return filepath.Join(scratch, platform.Architecture, server)
}

// packImage makes the image of the servers below scratch, and the archive of the image.
func packImage(version, scratch, output string) error {
	index, err := imagesOf(version, scratch)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(output), 0o755); err != nil {
		return fmt.Errorf("making the folder of the image: %w", err)
	}
	if err := writeArchive(index, version, scratch, output); err != nil {
		return fmt.Errorf("writing %s: %w", output, err)
	}
	return nil
}

// imagesOf makes the images of the servers below scratch, one for each platform.
func imagesOf(version, scratch string) (v1.ImageIndex, error) {
	images := map[string]v1.Image{}
	for _, platform := range imagePlatforms {
		image, err := imageOf(version, scratch, platform)
		if err != nil {
			return nil, fmt.Errorf("making the image for %s: %w", platform, err)
		}
		images[platform.Architecture] = image
	}
	return indexOf(images), nil
}

func labels(version string) map[string]string {
	return map[string]string{
		"org.opencontainers.image.title":       imageTitle,
		"org.opencontainers.image.description": "Sends the metrics of linkerd-viz's Prometheus to Google Cloud Monitoring: the injector and the exporter that it injects",
		"org.opencontainers.image.source":      "https://github.com/linkerd-gcm/linkerd-gcm",
		"org.opencontainers.image.licenses":    "Apache-2.0",
		"org.opencontainers.image.version":     version,
	}
}

// imageOf makes an image with the servers as its only files. It carries no times, so the
// same programs make the same image.
func imageOf(version, scratch string, platform v1.Platform) (v1.Image, error) {
	files, err := archive(scratch, platform)
	if err != nil {
		return nil, err
	}
	layer, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(files)), nil
	}, tarball.WithMediaType(types.OCILayer), tarball.WithCompressionLevel(gzip.BestCompression))
	if err != nil {
		return nil, err
	}
	base := mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), types.OCIConfigJSON)
	image, err := mutate.AppendLayers(base, layer)
	if err != nil {
		return nil, err
	}
	config, err := image.ConfigFile()
	if err != nil {
		return nil, err
	}
	config = config.DeepCopy()
	config.OS, config.Architecture = platform.OS, platform.Architecture
	config.Config = v1.Config{Entrypoint: []string{entrypoint}, User: user, Labels: labels(version)}
	return mutate.ConfigFile(image, config)
}

// archive is the layer: the servers, which are root's, everyone may run and nobody may
// write.
func archive(scratch string, platform v1.Platform) ([]byte, error) {
	var buffer bytes.Buffer
	writer := tar.NewWriter(&buffer)
	for _, server := range servers {
		content, err := os.ReadFile(serverPath(scratch, server, platform))
		if err != nil {
			return nil, err
		}
		header := &tar.Header{Typeflag: tar.TypeReg, Name: server, Mode: 0o555, Size: int64(len(content))}
		if err := writer.WriteHeader(header); err != nil {
			return nil, err
		}
		if _, err := writer.Write(content); err != nil {
			return nil, err
		}
	}
	return buffer.Bytes(), writer.Close()
}

// indexOf gathers the platforms' images, in the order of imagePlatforms.
func indexOf(images map[string]v1.Image) v1.ImageIndex {
	index := mutate.IndexMediaType(empty.Index, types.OCIImageIndex)
	for platform := range slices.Values(imagePlatforms) {
		index = mutate.AppendManifests(index, mutate.IndexAddendum{
			Add:        images[platform.Architecture],
			Descriptor: v1.Descriptor{Platform: &platform},
		})
	}
	return index
}
