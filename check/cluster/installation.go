package cluster

import (
	"cmp"
	"context"
	"net/url"
	"slices"
	"strings"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	appsv1 "k8s.io/api/apps/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/linkerd-gcm/linkerd-gcm/internal/installed"
	"github.com/linkerd-gcm/linkerd-gcm/internal/names"
	"github.com/linkerd-gcm/linkerd-gcm/manifests"
)

// Installation is what there is of linkerd-gcm in a cluster.
type Installation struct {
	// Namespace is the injector's: the one that the webhook configurations point to,
	// else the one with the label of the extension, else the default one.
	Namespace string
	// Labelled are the namespaces with the label of the extension.
	Labelled []string
	// Mutating and Validating are the webhook configurations, nil where there is none.
	Mutating   *admissionv1.MutatingWebhookConfiguration
	Validating *admissionv1.ValidatingWebhookConfiguration
	// Deployment is the injector's, nil where there is none.
	Deployment *appsv1.Deployment
	// The user may lack the permission to read a part, which is an error only to those
	// who need it: ConfigurationsError is about the webhook configurations,
	// NamespacesError about the list of namespaces, DeploymentError about the Deployment.
	ConfigurationsError, NamespacesError, DeploymentError error
}

// Installation reads as much of linkerd-gcm as may be read.
func (r *Reader) Installation(ctx context.Context) (Installation, error) {
	return remember(r, question{what: "installation"}, func() (Installation, error) { return r.installation(ctx) })
}

func (r *Reader) installation(ctx context.Context) (i Installation, err error) {
	var otherErr error
	i.Mutating, err = get[admissionv1.MutatingWebhookConfiguration](ctx, r, "", names.MutatingConfiguration)
	i.Validating, otherErr = get[admissionv1.ValidatingWebhookConfiguration](ctx, r, "", names.ValidatingConfiguration)
	if i.ConfigurationsError = cmp.Or(err, otherErr); isOther(i.ConfigurationsError) {
		return i, i.ConfigurationsError
	}
	namespaces, err := r.Namespaces(ctx, names.Extension)
	if i.NamespacesError = err; isOther(err) {
		return i, err
	}
	for _, n := range namespaces {
		if n.DeletionTimestamp == nil {
			i.Labelled = append(i.Labelled, n.Name)
		}
	}
	i.Namespace = i.home()
	i.Deployment, err = get[appsv1.Deployment](ctx, r, i.Namespace, names.Injector)
	if i.DeploymentError = err; isOther(err) {
		return i, err
	}
	return i, nil
}

// Way is how it was installed, as far as the objects that there are say so.
func (i Installation) Way() installed.Way {
	var objects []metav1.Object
	if i.Deployment != nil {
		objects = append(objects, i.Deployment)
	}
	if i.Mutating != nil {
		objects = append(objects, i.Mutating)
	}
	if i.Validating != nil {
		objects = append(objects, i.Validating)
	}
	return installed.WayOf(objects...)
}

// isOther reports whether an error is another one than that of a missing permission.
func isOther(err error) bool { return err != nil && !apierrors.IsForbidden(err) }

func (i Installation) home() string {
	for _, w := range i.Webhooks() {
		if w.Service != "" {
			return w.Service
		}
	}
	if len(i.Labelled) == 1 {
		return i.Labelled[0]
	}
	return manifests.DefaultNamespace
}

// Webhook is what the webhooks of both configurations have in common.
type Webhook struct {
	// Name is the webhook's.
	Name string
	// Bundle is its caBundle.
	Bundle []byte
	// URL is that of an injector outside the cluster. Where it is empty, Service is the
	// namespace of the injector's Service.
	URL, Service string
	// Selector is its namespaceSelector.
	Selector *metav1.LabelSelector
	// FailurePolicy is Fail where none is given, as in Kubernetes.
	FailurePolicy admissionv1.FailurePolicyType
}

// Webhooks are those of both configurations, as far as these exist.
func (i Installation) Webhooks() []Webhook {
	var found []Webhook
	add := func(name string, c admissionv1.WebhookClientConfig, selector *metav1.LabelSelector, policy *admissionv1.FailurePolicyType) {
		w := Webhook{Name: name, Bundle: c.CABundle, Selector: selector, FailurePolicy: admissionv1.Fail}
		if c.URL != nil {
			w.URL = *c.URL
		}
		if c.Service != nil {
			w.Service = c.Service.Namespace
		}
		if policy != nil {
			w.FailurePolicy = *policy
		}
		found = append(found, w)
	}
	if i.Mutating != nil {
		for _, w := range i.Mutating.Webhooks {
			add(w.Name, w.ClientConfig, w.NamespaceSelector, w.FailurePolicy)
		}
	}
	if i.Validating != nil {
		for _, w := range i.Validating.Webhooks {
			add(w.Name, w.ClientConfig, w.NamespaceSelector, w.FailurePolicy)
		}
	}
	return found
}

// Exists reports whether there is any part of linkerd-gcm, as far as may be read.
func (i Installation) Exists() bool {
	return i.Mutating != nil || i.Validating != nil || i.Deployment != nil || len(i.Labelled) > 0
}

// Hosts are the names by which the API server calls the injector.
func (i Installation) Hosts() []string {
	var hosts []string
	for _, w := range i.Webhooks() {
		host := names.Injector + "." + w.Service + ".svc"
		if address, err := url.Parse(w.URL); err == nil && w.URL != "" {
			host = address.Hostname()
		}
		hosts = append(hosts, host)
	}
	slices.Sort(hosts)
	return slices.Compact(hosts)
}

// RunsOutside reports whether the injector runs outside the cluster.
func (i Installation) RunsOutside() bool {
	hooks := i.Webhooks()
	return i.Deployment == nil && len(hooks) > 0 && hooks[0].URL != ""
}

// FailsClosed reports whether the API server refuses a request where the injector does
// not answer, rather than go on without it.
func (i Installation) FailsClosed() bool {
	return slices.ContainsFunc(i.Webhooks(), func(w Webhook) bool { return w.FailurePolicy == admissionv1.Fail })
}

// Flag returns the value of a flag of the injector, "" where it is not given.
func (i Installation) Flag(name string) string {
	if i.Deployment == nil {
		return ""
	}
	return installed.Flag(i.Deployment, name)
}

// ImageVersion returns the version that the injector's image is tagged with, if the
// chart says so, too; "" otherwise.
func (i Installation) ImageVersion() string {
	if i.Deployment == nil {
		return ""
	}
	version := i.Deployment.Labels[names.VersionLabel]
	for _, c := range i.Deployment.Spec.Template.Spec.Containers {
		if strings.HasSuffix(c.Image, ":"+version) {
			return version
		}
	}
	return ""
}
