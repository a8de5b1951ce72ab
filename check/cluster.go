package check

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	certmanager "github.com/cert-manager/cert-manager/pkg/apis/certmanager/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/version"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// Connect makes a client of the cluster to check.
type Connect func() (*cluster, error)

// cluster reads a cluster. It keeps nothing: what is asked twice is read twice.
type cluster struct {
	client    client.Client
	discovery discovery.DiscoveryInterface
	config    *rest.Config
}

// To returns how to connect to the cluster of a configuration.
func To(configuration func() (*rest.Config, error)) Connect {
	return func() (*cluster, error) {
		config, err := configuration()
		if err != nil {
			return nil, err
		}
		config = rest.CopyConfig(config)
		config.WarningHandlerWithContext = heard{}
		types := runtime.NewScheme()
		if err := errors.Join(scheme.AddToScheme(types), certmanager.AddToScheme(types)); err != nil {
			return nil, fmt.Errorf("registering the kinds of objects: %w", err)
		}
		reader, err := client.New(config, client.Options{Scheme: types})
		if err != nil {
			return nil, fmt.Errorf("connecting to the cluster: %w", err)
		}
		discoverer, err := discovery.NewDiscoveryClientForConfig(config)
		if err != nil {
			return nil, fmt.Errorf("connecting to the cluster: %w", err)
		}
		return &cluster{client: reader, discovery: discoverer, config: config}, nil
	}
}

// heard hands the API server's warnings to whoever listens in the context.
type heard struct{}

type listenerKey struct{}

// listener collects the warnings of requests.
type listener struct {
	lock     sync.Mutex
	warnings []string
}

func (heard) HandleWarningHeaderWithContext(ctx context.Context, _ int, _, text string) {
	if l, listening := ctx.Value(listenerKey{}).(*listener); listening {
		l.lock.Lock()
		defer l.lock.Unlock()
		l.warnings = append(l.warnings, text)
	}
}

// listening returns a context whose requests tell the listener of warnings.
func listening(ctx context.Context) (context.Context, *listener) {
	l := &listener{}
	return context.WithValue(ctx, listenerKey{}, l), l
}

// serverVersion returns the version of the API server, such as v1.33.4-gke.1036000.
func (c *cluster) serverVersion(ctx context.Context) (string, error) {
	text, err := c.discovery.RESTClient().Get().AbsPath("/version").Do(ctx).Raw()
	if err != nil {
		return "", fmt.Errorf("asking the API server for its version: %w", err)
	}
	var info version.Info
	if err := json.Unmarshal(text, &info); err != nil {
		return "", fmt.Errorf("reading the API server's version: %w", err)
	}
	return info.GitVersion, nil
}

// get reads an object. It reports whether there is one; a kind that the cluster
// doesn't know has none.
func (c *cluster) get(ctx context.Context, namespace, name string, object client.Object) (found bool, err error) {
	err = c.client.Get(ctx, types.NamespacedName{Namespace: namespace, Name: name}, object)
	if apierrors.IsNotFound(err) || meta.IsNoMatchError(err) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("reading %s: %w", place(object, namespace, name), err)
	}
	return true, nil
}

func place(object client.Object, namespace, name string) string {
	kind := fmt.Sprintf("%T", object)
	kind = kind[strings.LastIndexByte(kind, '.')+1:]
	if known := object.GetObjectKind().GroupVersionKind().Kind; known != "" {
		kind = known
	}
	if namespace != "" {
		name = namespace + "/" + name
	}
	return kind + " " + name
}

// page is how many objects are read at once.
const page = 500

// list reads all objects that the options select.
func (c *cluster) list(ctx context.Context, list client.ObjectList, what string, options ...client.ListOption) error {
	if err := c.client.List(ctx, list, options...); err != nil && !meta.IsNoMatchError(err) {
		return fmt.Errorf("listing %s: %w", what, err)
	}
	return nil
}

// namespaces lists all namespaces, without what only the controllers need.
func (c *cluster) namespaces(ctx context.Context, options ...client.ListOption) ([]metav1.PartialObjectMetadata, error) {
	var found []metav1.PartialObjectMetadata
	next := ""
	for {
		list := &metav1.PartialObjectMetadataList{}
		list.SetGroupVersionKind(namespaceKind.GroupVersion().WithKind("NamespaceList"))
		if err := c.list(ctx, list, "namespaces", append(options, client.Limit(page), client.Continue(next))...); err != nil {
			return nil, err
		}
		found = append(found, list.Items...)
		if next = list.Continue; next == "" {
			return found, nil
		}
	}
}

var namespaceKind = schema.GroupVersionKind{Version: "v1", Kind: "Namespace"}

// namespace reads what a namespace has in common with other objects; nil where there is none.
func (c *cluster) namespace(ctx context.Context, name string) (*metav1.PartialObjectMetadata, error) {
	object := &metav1.PartialObjectMetadata{}
	object.SetGroupVersionKind(namespaceKind)
	if found, err := c.get(ctx, "", name, object); !found {
		return nil, err
	}
	return object, nil
}

// prometheusPods lists the pods of linkerd-viz' Prometheus that run or are to run.
func (c *cluster) prometheusPods(ctx context.Context, namespace string) ([]corev1.Pod, error) {
	var list corev1.PodList
	err := c.list(ctx, &list, "pods", client.InNamespace(namespace), prometheusLabels, client.Limit(page))
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(list.Items, func(p corev1.Pod) bool {
		return p.DeletionTimestamp != nil || p.Status.Phase == corev1.PodSucceeded || p.Status.Phase == corev1.PodFailed
	}), nil
}

// prometheusLabels are those of linkerd-viz' Prometheus, of its pods as of its Deployment.
var prometheusLabels = client.MatchingLabels{"linkerd.io/extension": "viz", "component": "prometheus"}
