// Package cluster is what tests do with a Kubernetes cluster whose containers run, whichever that is: a node of package
// node, or the one that KUBECONFIG names.
package cluster

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// Cluster is a client of one cluster, as its administrator.
type Cluster struct {
	client.Client

	// Config makes other clients.
	Config *rest.Config
	// Kubeconfig is the path of a file with which any program becomes a client.
	Kubeconfig string

	typed kubernetes.Interface
}

// New returns a client of the cluster.
func New(config *rest.Config, kubeconfig string) (*Cluster, error) {
	generic, err := client.New(config, client.Options{Scheme: scheme.Scheme})
	if err != nil {
		return nil, fmt.Errorf("making a client: %w", err)
	}
	typed, err := kubernetes.NewForConfig(config)
	if err != nil {
		return nil, fmt.Errorf("making a client: %w", err)
	}
	return &Cluster{Client: generic, Config: config, Kubeconfig: kubeconfig, typed: typed}, nil
}

// fieldOwner is whose fields applied ones become.
const fieldOwner = client.FieldOwner("linkerd-gcm-e2e")

// ApplyYAML does what kubectl apply --server-side does with YAML or JSON documents, and returns the objects.
func (c *Cluster) ApplyYAML(ctx context.Context, manifests string) ([]*unstructured.Unstructured, error) {
	var applied []*unstructured.Unstructured
	decoder := yaml.NewYAMLOrJSONDecoder(bytes.NewReader([]byte(manifests)), 4096)
	for {
		object := &unstructured.Unstructured{}
		err := decoder.Decode(object)
		if errors.Is(err, io.EOF) {
			return applied, nil
		}
		if err != nil {
			return nil, fmt.Errorf("reading manifests: %w", err)
		}
		if len(object.Object) == 0 {
			continue // an empty document
		}
		config := client.ApplyConfigurationFromUnstructured(object)
		if err := c.Client.Apply(ctx, config, fieldOwner, client.ForceOwnership); err != nil {
			return nil, fmt.Errorf("applying %s %s: %w", object.GetKind(), client.ObjectKeyFromObject(object), err)
		}
		applied = append(applied, object)
	}
}

// awaitTimeout bounds every wait: a busy machine takes its time, and a failing test should still end.
const awaitTimeout = 2 * time.Minute

// Await gets the object again and again until it is as wanted, and returns an error with what it was last where that does
// not come about. Key and type are object's; what says what is waited for.
func Await[T client.Object](ctx context.Context, c *Cluster, object T, what string, wanted func(T) bool) error {
	ctx, cancel := context.WithTimeoutCause(ctx, awaitTimeout, fmt.Errorf("it took longer than %s", awaitTimeout))
	defer cancel()
	key := client.ObjectKeyFromObject(object)
	for {
		err := c.Get(ctx, key, object)
		if err == nil && wanted(object) {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("waiting for %T %s to be %s: %w\n%s", object, key, what, errors.Join(context.Cause(ctx), err),
				c.describe(object))
		case <-time.After(100 * time.Millisecond):
		}
	}
}
