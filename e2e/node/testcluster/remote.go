package testcluster

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/linkerd-gcm/linkerd-gcm/e2e/kubeclient"
	"github.com/linkerd-gcm/linkerd-gcm/e2e/node/images"
)

// connect uses the cluster of KUBECONFIG. Images for it are pushed to the registry.
func connect(root, registry string) (*Cluster, error) {
	kubeconfig := os.Getenv(clientcmd.RecommendedConfigPathEnvVar)
	if kubeconfig == "" {
		return nil, errors.New(registryVariable + " is set, so KUBECONFIG has to name the cluster that pulls from it")
	}
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return nil, fmt.Errorf("reading KUBECONFIG: %w", err)
	}
	config.QPS = -1 // no rate limit
	client, err := kubeclient.New(config, kubeconfig)
	if err != nil {
		return nil, err
	}
	return &Cluster{Cluster: client, root: root, registry: remoteRegistry(strings.TrimSuffix(registry, "/"))}, nil
}

// remoteRegistry is a registry, with the path below which the images' repositories are.
type remoteRegistry string

func (r remoteRegistry) publish(ctx context.Context, image string, made v1.Image) (string, error) {
	return r.push(ctx, image, func(tag name.Tag, options ...remote.Option) error { return remote.Write(tag, made, options...) })
}

func (r remoteRegistry) publishArchive(ctx context.Context, archive, repository, tag string) (reference string, err error) {
	folder, err := os.MkdirTemp("", "linkerd-gcm-image-")
	if err != nil {
		return "", fmt.Errorf("making a folder for an image: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	index, err := images.ReadArchive(archive, folder)
	if err != nil {
		return "", err
	}
	return r.push(ctx, repository+":"+tag, func(tag name.Tag, options ...remote.Option) error {
		return remote.WriteIndex(tag, index, options...)
	})
}

// push gives an image a reference and calls write, with the credentials that Docker has
// for the registry.
func (r remoteRegistry) push(ctx context.Context, image string, write func(name.Tag, ...remote.Option) error) (string, error) {
	reference := string(r) + "/" + image
	tag, err := name.NewTag(reference)
	if err != nil {
		return "", fmt.Errorf("publishing an image: %w", err)
	}
	if err := write(tag, remote.WithContext(ctx), remote.WithAuthFromKeychain(authn.DefaultKeychain)); err != nil {
		return "", fmt.Errorf("pushing %s: %w", reference, err)
	}
	return reference, nil
}
