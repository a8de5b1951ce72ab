package testcluster

import (
	"context"
	"fmt"
	"os"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/linkerd-gcm/linkerd-gcm/e2e/node"
)

// containerd imports images into a node on this machine.
type containerd struct{ node *node.Node }

// host is the registry in the references of images that are in no registry.
const host = "linkerd-gcm.test/"

func (c containerd) publish(ctx context.Context, name string, image v1.Image) (string, error) {
	return host + name, c.node.Import(ctx, host+name, image)
}

func (c containerd) publishArchive(ctx context.Context, archive, repository, tag string) (string, error) {
	file, err := os.Open(archive)
	if err != nil {
		return "", fmt.Errorf("publishing an image: %w", err)
	}
	defer file.Close()
	return host + repository + ":" + tag, c.node.ImportArchive(ctx, host+repository, file)
}
