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

// What the Dockerfile says, too.
const (
	entrypoint = "/" + injector
	user       = "65532:65532"
)

// imagePlatforms are those that the image is built for.
var imagePlatforms = []v1.Platform{
	{OS: "linux", Architecture: "amd64"},
	{OS: "linux", Architecture: "arm64"},
}

// The program in the image, and the name of the image's archive.
const (
	injector     = names.Injector
	imageArchive = injector + ".tar"
)

// WriteImage builds the injector's image for every platform, without a Docker daemon, and
// writes it as one tar archive of an OCI image layout. The version is the image's tag,
// and what the injector reports.
func WriteImage(ctx context.Context, repository, version, output string) (err error) {
	scratch, err := os.MkdirTemp("", injector+"-image-")
	if err != nil {
		return fmt.Errorf("making a folder for the build: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(scratch)) }()
	programs, err := buildInjectors(ctx, repository, version, scratch)
	if err != nil {
		return err
	}
	return packImage(programs, version, scratch, output)
}

// image makes the archive of the image, and the lists of what is in the injector of each
// platform.
func (r Release) image(ctx context.Context, scratch string) ([]string, error) {
	programs, err := buildInjectors(ctx, r.Repository, r.Version, scratch)
	if err != nil {
		return nil, err
	}
	files := []string{imageArchive}
	for _, platform := range imagePlatforms {
		sbom, err := r.sbom(ctx, fileName(injector, r.Version, platform), programs[platform.Architecture])
		if err != nil {
			return nil, err
		}
		files = append(files, sbom)
	}
	return files, packImage(programs, r.Version, scratch, r.path(imageArchive))
}

// buildInjectors returns the paths of the programs by architecture.
func buildInjectors(ctx context.Context, repository, version, scratch string) (map[string]string, error) {
	programs := map[string]string{}
	for _, platform := range imagePlatforms {
		program := filepath.Join(scratch, fileName(injector, version, platform))
		if err := build(ctx, repository, injector, version, platform, program); err != nil {
			return nil, err
		}
		programs[platform.Architecture] = program
	}
	return programs, nil
}

// packImage makes the image of the programs, and the archive of the image.
func packImage(programs map[string]string, version, scratch, output string) error {
	index, err := imagesOf(programs, version)
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

// imagesOf makes the images of the programs, one for each platform.
func imagesOf(programs map[string]string, version string) (v1.ImageIndex, error) {
	images := map[string]v1.Image{}
	for _, platform := range imagePlatforms {
		image, err := imageOf(programs[platform.Architecture], version, platform)
		if err != nil {
			return nil, fmt.Errorf("making the image for %s: %w", platform, err)
		}
		images[platform.Architecture] = image
	}
	return indexOf(images), nil
}

func labels(version string) map[string]string {
	return map[string]string{
		"org.opencontainers.image.title":       injector,
		"org.opencontainers.image.description": "Injects Google's stackdriver-prometheus-sidecar into linkerd-viz's Prometheus",
		"org.opencontainers.image.source":      "https://github.com/linkerd-gcm/linkerd-gcm",
		"org.opencontainers.image.licenses":    "Apache-2.0",
		"org.opencontainers.image.version":     version,
	}
}

// imageOf makes an image with the program as its only file. It carries no times, so the
// same program makes the same image.
func imageOf(program, version string, platform v1.Platform) (v1.Image, error) {
	files, err := archive(program)
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

// archive is the layer: one file, root's, which everyone may run and nobody may write.
func archive(program string) ([]byte, error) {
	content, err := os.ReadFile(program)
	if err != nil {
		return nil, err
	}
	var buffer bytes.Buffer
	writer := tar.NewWriter(&buffer)
	header := &tar.Header{Typeflag: tar.TypeReg, Name: entrypoint[1:], Mode: 0o555, Size: int64(len(content))}
	if err := writer.WriteHeader(header); err != nil {
		return nil, err
	}
	if _, err := writer.Write(content); err != nil {
		return nil, err
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
