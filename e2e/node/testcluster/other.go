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

	"github.com/linkerd-gcm/linkerd-gcm/e2e/node/cluster"
)

// connect uses the cluster of KUBECONFIG. Images are pushed to the registry, with the credentials that docker has for it.
func connect(root, registry string) (*Cluster, error) {
	kubeconfig := os.Getenv(clientcmd.RecommendedConfigPathEnvVar)
	if kubeconfig == "" {
		return nil, errors.New(registryVariable + " is set, and so KUBECONFIG has to name the cluster that pulls from it")
	}
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return nil, fmt.Errorf("reading KUBECONFIG: %w", err)
	}
	config.QPS = -1 // no rate limit
	client, err := cluster.New(config, kubeconfig)
	if err != nil {
		return nil, err
	}
	return &Cluster{Cluster: client, root: root, publish: func(ctx context.Context, image string, made v1.Image) (string, error) {
		reference := strings.TrimSuffix(registry, "/") + "/" + image
		tag, err := name.NewTag(reference)
		if err != nil {
			return "", fmt.Errorf("publishing an image: %w", err)
		}
		if err := remote.Write(tag, made, remote.WithContext(ctx), remote.WithAuthFromKeychain(authn.DefaultKeychain)); err != nil {
			return "", fmt.Errorf("pushing %s: %w", reference, err)
		}
		return reference, nil
	}}, nil
}
