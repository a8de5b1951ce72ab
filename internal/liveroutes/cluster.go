// Package liveroutes reads from a cluster what the routes of package routes need to know of
// it, and asks it whether a route works. It makes get requests alone, and questions about
// permissions; it prints nothing, and what a route consists of is decided in package routes.
package liveroutes

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/rest"
)

// Cluster is a cluster that is read.
type Cluster struct {
	client rest.Interface
	config *rest.Config // nil where it is not known
}

// New returns the cluster of a configuration. It makes no request.
func New(config *rest.Config) (*Cluster, error) {
	client, err := discovery.NewDiscoveryClientForConfig(config)
	if err != nil {
		return nil, fmt.Errorf("connecting to the cluster: %w", err)
	}
	return &Cluster{client.RESTClient(), config}, nil
}

// Reading returns the cluster that a client reads.
func Reading(client rest.Interface) *Cluster { return &Cluster{client: client} }

// get reads an object or a list; false where there is none, or no such kind.
func (c *Cluster) get(ctx context.Context, path string, into any, parameters ...string) (bool, error) {
	request := c.client.Get().AbsPath(path)
	for i := 0; i+1 < len(parameters); i += 2 {
		request.Param(parameters[i], parameters[i+1])
	}
	text, err := request.DoRaw(ctx)
	switch {
	case apierrors.IsNotFound(err):
		return false, nil
	case err != nil:
		return false, fmt.Errorf("reading %s: %w", path, err)
	}
	if err := json.Unmarshal(text, into); err != nil {
		return false, fmt.Errorf("reading %s: %w", path, err)
	}
	return true, nil
}

// page is how many objects are read at once.
const page = 500

// list reads all objects of a path that a selector of labels selects; known is false where
// the cluster has no such kind.
func list[T any](ctx context.Context, c *Cluster, path, selector string) (all []T, known bool, err error) {
	for next := ""; ; {
		var found struct {
			Metadata metav1.ListMeta `json:"metadata"`
			Items    []T             `json:"items"`
		}
		known, err = c.get(ctx, path, &found, "labelSelector", selector, "limit", strconv.Itoa(page), "continue", next)
		if err != nil || !known {
			return nil, known, err
		}
		all = append(all, found.Items...)
		if next = found.Metadata.Continue; next == "" {
			return all, true, nil
		}
	}
}

// pod is what is needed of a pod.
type pod struct {
	metav1.ObjectMeta `json:"metadata"`

	Spec   corev1.PodSpec   `json:"spec"`
	Status corev1.PodStatus `json:"status"`
}

// ready reports whether the pod is ready for requests.
func (p pod) ready() bool {
	for _, c := range p.Status.Conditions {
		if c.Type == corev1.PodReady {
			return c.Status == corev1.ConditionTrue
		}
	}
	return false
}
