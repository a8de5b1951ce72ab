package cluster

import (
	"context"
	"errors"
	"fmt"
	"strings"

	certmanager "github.com/cert-manager/cert-manager/pkg/apis/certmanager/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// Reader reads a cluster, and remembers what it has read until it is told to forget. It
// is not for several goroutines at once.
type Reader struct {
	client    client.Client
	discovery discovery.DiscoveryInterface
	answers   map[question]any
}

// Connect makes a Reader of the cluster to check.
type Connect func() (*Reader, error)

// ConnectTo returns how to connect to the cluster of a configuration.
func ConnectTo(configuration func() (*rest.Config, error)) Connect {
	return func() (*Reader, error) {
		config, err := configuration()
		if err != nil {
			return nil, err
		}
		config = rest.CopyConfig(config)
		config.WarningHandlerWithContext = warningHandler{}
		types := runtime.NewScheme()
		if err := errors.Join(scheme.AddToScheme(types), certmanager.AddToScheme(types)); err != nil {
			return nil, fmt.Errorf("registering the kinds of objects: %w", err)
		}
		connected, err := client.New(config, client.Options{Scheme: types})
		if err != nil {
			return nil, fmt.Errorf("connecting to the cluster: %w", err)
		}
		discoverer, err := discovery.NewDiscoveryClientForConfig(config)
		if err != nil {
			return nil, fmt.Errorf("connecting to the cluster: %w", err)
		}
		return New(connected, discoverer), nil
	}
}

// New returns a Reader that reads objects with the one client, and the server's version
// and what pods serve with the other.
func New(objects client.Client, server discovery.DiscoveryInterface) *Reader {
	return &Reader{client: objects, discovery: server, answers: map[question]any{}}
}

// question is what was asked of the cluster.
type question struct{ what, namespace, name string }

// Forget makes the Reader read everything again, because the cluster may have changed.
func (r *Reader) Forget() { clear(r.answers) }

// remember returns the answer to a question, which it asks only once. An error is not an
// answer: the next one who wants to know asks again.
func remember[T any](r *Reader, q question, ask func() (T, error)) (T, error) {
	if known, asked := r.answers[q].(T); asked {
		return known, nil
	}
	answer, err := ask()
	if err == nil {
		r.answers[q] = answer
	}
	return answer, err
}

// object is a pointer to a T that is an object of Kubernetes.
type object[T any] interface {
	*T
	client.Object
}

// get reads an object; nil where there is none, as of a kind that the cluster doesn't
// know.
func get[T any, P object[T]](ctx context.Context, r *Reader, namespace, name string) (P, error) {
	o := P(new(T))
	kind := kindOf(o)
	return remember(r, question{kind, namespace, name}, func() (P, error) {
		found, err := r.read(ctx, types.NamespacedName{Namespace: namespace, Name: name}, kind, o)
		if !found {
			return nil, err
		}
		return o, nil
	})
}

// read fills in an object. It reports whether there is one.
func (r *Reader) read(ctx context.Context, name types.NamespacedName, kind string, o client.Object) (found bool, err error) {
	err = r.client.Get(ctx, name, o)
	if apierrors.IsNotFound(err) || meta.IsNoMatchError(err) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("reading %s %s: %w", kind, strings.TrimPrefix(name.String(), "/"), err)
	}
	return true, nil
}

// kindOf is an object's kind, which is the name of its type in Go.
func kindOf(o client.Object) string {
	name := fmt.Sprintf("%T", o)
	return name[strings.LastIndexByte(name, '.')+1:]
}

// page is how many objects are read at once.
const page = 500

// list fills in all objects that the options select; none of a kind that the cluster
// doesn't know.
func (r *Reader) list(ctx context.Context, list client.ObjectList, resource string, options ...client.ListOption) error {
	if err := r.client.List(ctx, list, options...); err != nil && !meta.IsNoMatchError(err) {
		return fmt.Errorf("listing %s: %w", resource, err)
	}
	return nil
}
