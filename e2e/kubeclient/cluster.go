// Package kubeclient is a client of a Kubernetes cluster with the operations that tests
// need. It does not start the cluster, which may be a control plane without nodes, a node
// of package node, or the cluster that KUBECONFIG names.
package kubeclient

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

	// Config is for making other clients.
	Config *rest.Config
	// Kubeconfig is the path of the kubeconfig, for programs.
	Kubeconfig string

	typed kubernetes.Interface
}

// New returns a client of the cluster. The kubeconfig must belong to the same user as
// config.
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

// fieldOwner owns the fields that are applied.
const fieldOwner = client.FieldOwner("linkerd-gcm-e2e")

// ApplyYAML applies YAML or JSON documents like kubectl apply --server-side, and returns
// the objects.
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

// awaitTimeout limits every wait: a busy machine is slow, but a failing test has to end.
const awaitTimeout = 2 * time.Minute

// Eventually calls try until it returns no error. After awaitTimeout, it returns the last
// error. The parameter what completes the sentence "waiting until …".
func Eventually(ctx context.Context, what string, try func(ctx context.Context) error) error {
	ctx, cancel := context.WithTimeoutCause(ctx, awaitTimeout, fmt.Errorf("it took longer than %s", awaitTimeout))
	defer cancel()
	for {
		err := try(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("waiting until %s: %w; the last error: %w", what, context.Cause(ctx), err)
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// Await reads the object with the given type, namespace and name until wanted returns
// true. The error, if it never does, holds the last state of the object and its events.
func Await[T client.Object](ctx context.Context, c *Cluster, object T, what string, wanted func(T) bool) error {
	key := client.ObjectKeyFromObject(object)
	err := Eventually(ctx, fmt.Sprintf("%T %s is %s", object, key, what), func(ctx context.Context) error {
		if err := c.Get(ctx, key, object); err != nil {
			return err
		}
		if !wanted(object) {
			return errors.New("it is not")
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("%w\n%s", err, c.describe(object))
	}
	return nil
}
