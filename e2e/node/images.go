//go:build linux

package node

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/tarball"

	"github.com/linkerd-gcm/linkerd-gcm/e2e/node/sandbox"
)

// Images imports the images of pods into a node.
type Images struct {
	client *sandbox.Client
}

// OpenImages returns the images of the node whose state is in the folder. Any process may
// run the node.
func OpenImages(folder string) (*Images, error) {
	client, err := sandbox.NewClient(folder)
	if err != nil {
		return nil, err
	}
	return &Images{client}, nil
}

// Import imports an image into containerd under a reference. Pods then use it without
// pulling it, unless their pull policy is Always or their image's tag is latest.
func (i *Images) Import(ctx context.Context, reference string, image v1.Image) error {
	tag, err := name.NewTag(reference)
	if err != nil {
		return fmt.Errorf("importing an image: %w", err)
	}
	reader, writer := io.Pipe()
	go func() { _ = writer.CloseWithError(tarball.Write(tag, image, writer)) }()
	return errors.Join(i.ImportArchive(ctx, tag.Repository.Name(), reader), reader.Close())
}

// ImportArchive imports a repository's images into containerd from an archive: an OCI
// image layout, or the output of docker save.
func (i *Images) ImportArchive(ctx context.Context, repository string, archive io.Reader) error {
	if err := i.client.ImportImage(ctx, repository, archive); err != nil {
		return fmt.Errorf("importing images of %s: %w", repository, err)
	}
	return nil
}
