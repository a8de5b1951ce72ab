package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// What the Dockerfile says, too.
const (
	entrypoint = "/gcm-injector"
	user       = "65532:65532"
)

func labels(version string) map[string]string {
	return map[string]string{
		"org.opencontainers.image.title":       "gcm-injector",
		"org.opencontainers.image.description": "Injects Google's stackdriver-prometheus-sidecar into linkerd-viz's Prometheus",
		"org.opencontainers.image.source":      "https://github.com/linkerd-gcm/linkerd-gcm",
		"org.opencontainers.image.licenses":    "Apache-2.0",
		"org.opencontainers.image.version":     version,
	}
}

// imageOf makes an image with the program as its only file. It carries no times, so the same program makes the same
// image.
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

// indexOf gathers the platforms' images, in the order of platforms.
func indexOf(images map[string]v1.Image) v1.ImageIndex {
	index := mutate.IndexMediaType(empty.Index, types.OCIImageIndex)
	for platform := range slices.Values(platforms) {
		index = mutate.AppendManifests(index, mutate.IndexAddendum{
			Add:        images[platform.Architecture],
			Descriptor: v1.Descriptor{Platform: &platform},
		})
	}
	return index
}
