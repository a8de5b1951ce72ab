// Package testcluster gives tests a Kubernetes cluster on which containers run, with the
// images that they need: a node on this machine, or the cluster and registry that
// KUBECONFIG and REGISTRY name in the environment. Tests that need no running containers
// use package testplane.
package testcluster

import (
	"context"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/go-logr/logr"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/linkerd-gcm/linkerd-gcm/e2e/kubeclient"
	"github.com/linkerd-gcm/linkerd-gcm/e2e/node"
	"github.com/linkerd-gcm/linkerd-gcm/e2e/node/images"
	"github.com/linkerd-gcm/linkerd-gcm/internal/checkout"
)

// registryVariable names the registry from which the cluster of KUBECONFIG pulls. Without
// it, tests never use that cluster, because many people have KUBECONFIG set for other
// work.
const registryVariable = "REGISTRY"

// Cluster is the cluster of the tests of one process.
type Cluster struct {
	*kubeclient.Cluster

	// Node is the node on this machine; nil if the cluster is another one.
	Node *node.Node

	root     string
	registry publisher

	mu               sync.Mutex
	published        map[string]string // references by the images' names
	archive, version string            // of the image of both servers, once it is made
}

// publisher makes images available to the cluster's pods.
type publisher interface {
	// publish makes an image available, and returns the reference for pods.
	publish(ctx context.Context, name string, image v1.Image) (string, error)
	// publishArchive makes the image with this tag in an archive available, in a
	// repository.
	publishArchive(ctx context.Context, archive, repository, tag string) (string, error)
}

var (
	once    sync.Once
	started *Cluster
	failure error
)

// Start returns the cluster. The first call of a process starts it, and it ends with the
// process. If the machine cannot run a node, the test is skipped, or fails if CI is set.
func Start(t testing.TB) *Cluster {
	t.Helper()
	if testing.Short() {
		t.Skip("-short uses no cluster")
	}
	if os.Getenv(registryVariable) == "" {
		RequireNode(t)
	}
	once.Do(func() { started, failure = start(context.Background()) })
	if failure != nil {
		t.Fatal(failure)
	}
	return started
}

// RequireNode skips the test, with the reason, if the machine cannot run a node. In CI
// the test fails instead.
func RequireNode(t testing.TB) {
	t.Helper()
	if testing.Short() {
		t.Skip("-short starts no node")
	}
	missing := strings.Join(node.Missing(), "\n")
	switch {
	case missing == "":
	case os.Getenv("CI") == "true":
		t.Fatalf("CI has to run this test, but this machine cannot run a node:\n%s", missing)
	default:
		t.Skipf("this machine cannot run a node:\n%s", missing)
	}
}

func start(ctx context.Context) (*Cluster, error) {
	log.SetLogger(logr.Discard()) // The errors of the client say the same.
	root, err := checkout.Root()
	if err != nil {
		return nil, err
	}
	if registry := os.Getenv(registryVariable); registry != "" {
		return connect(root, registry)
	}
	n, err := node.Start(ctx, node.Options{Root: root, Log: os.Stderr})
	if err != nil {
		return nil, err
	}
	client, err := kubeclient.New(n.Config(), n.Kubeconfig())
	if err != nil {
		return nil, err
	}
	return &Cluster{Cluster: client, Node: n, root: root, registry: containerd{n}}, nil
}

// Image makes an image available to the cluster's pods, and returns the reference for
// them.
func (c *Cluster) Image(t testing.TB, image images.Image) string {
	t.Helper()
	return c.once(t, image.Name, func(ctx context.Context) (string, error) {
		made, err := image.Make(ctx, c.root, os.Stderr)
		if err != nil {
			return "", err
		}
		return c.registry.publish(ctx, image.Name, made)
	})
}

// Injector makes the image of both servers available to the cluster's pods, exactly as `make
// image` makes it for a release, and returns the reference for them. Another repository
// gives another reference to the same image.
func (c *Cluster) Injector(t testing.TB, repository string) string {
	t.Helper()
	return c.once(t, repository, func(ctx context.Context) (string, error) {
		if err := c.makeArchive(ctx); err != nil {
			return "", err
		}
		return c.registry.publishArchive(ctx, c.archive, repository, c.version)
	})
}

// TrustingInjector makes the same image available with one more layer, which has the
// certificate authorities that its programs trust.
func (c *Cluster) TrustingInjector(t testing.TB, repository string, authorities []byte) string {
	t.Helper()
	return c.once(t, repository, func(ctx context.Context) (string, error) {
		if err := c.makeArchive(ctx); err != nil {
			return "", err
		}
		index, err := images.ReadArchive(c.archive, t.TempDir())
		if err != nil {
			return "", err
		}
		image, err := images.Trusting(index, authorities)
		if err != nil {
			return "", err
		}
		return c.registry.publish(ctx, repository+":"+c.version, image)
	})
}

// makeArchive makes the image of both servers, once.
func (c *Cluster) makeArchive(ctx context.Context) (err error) {
	if c.archive == "" {
		c.archive, c.version, err = images.OwnArchive(ctx, c.root)
	}
	return err
}

// once publishes an image unless it is published already.
func (c *Cluster) once(t testing.TB, name string, publish func(context.Context) (string, error)) string {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	reference, there := c.published[name]
	if !there {
		var err error
		if reference, err = publish(t.Context()); err != nil {
			t.Fatal(err)
		}
		if c.published == nil {
			c.published = map[string]string{}
		}
		c.published[name] = reference
	}
	return reference
}
