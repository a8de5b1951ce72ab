package e2e

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"testing"
	"time"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
	"k8s.io/utils/ptr"
	runtimeclient "sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/linkerd-gcm/linkerd-gcm/certs"
	"github.com/linkerd-gcm/linkerd-gcm/e2e/controlplane"
	"github.com/linkerd-gcm/linkerd-gcm/internal/names"
)

// certsInstallation is an installation of a webhook server that allows everything and
// uses package certs. It consists of a namespace, a ServiceAccount with the documented
// permissions, two webhook configurations that fail closed for pods of that namespace,
// and an address for the API server to call, behind which replicas are started and
// stopped.
type certsInstallation struct {
	t         *testing.T
	admin     runtimeclient.Client
	name      string // of the namespace and of both webhook configurations
	account   *rest.Config
	requests  *requestLog
	balancer  *balancer
	lifetimes certs.SelfManagedOptions
}

func installCerts(t *testing.T, caLifetime, leafLifetime time.Duration) *certsInstallation {
	t.Helper()
	admin, err := runtimeclient.New(config, runtimeclient.Options{})
	if err != nil {
		t.Fatal(err)
	}
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "certs-"}}
	if err := admin.Create(t.Context(), namespace); err != nil {
		t.Fatal(err)
	}
	i := &certsInstallation{
		t: t, admin: admin, name: namespace.Name, requests: &requestLog{}, balancer: newBalancer(t),
		lifetimes: certs.SelfManagedOptions{CALifetime: caLifetime, LeafLifetime: leafLifetime},
	}
	for _, object := range i.permissions() {
		if err := admin.Create(t.Context(), object); err != nil {
			t.Fatal(err)
		}
	}
	if i.account, err = controlplane.ServiceAccountConfig(t.Context(), config, i.name, "gcm-injector"); err != nil {
		t.Fatal(err)
	}
	i.account.Wrap(i.requests.watch)
	// Pods can only be created once the namespace has its default ServiceAccount.
	i.await("the default ServiceAccount", func() error {
		return admin.Get(t.Context(), runtimeclient.ObjectKey{Namespace: i.name, Name: "default"}, &corev1.ServiceAccount{})
	})
	return i
}

// permissions are those that the documentation of package certs lists, and those of
// leader election.
func (i *certsInstallation) permissions() []runtimeclient.Object {
	meta := metav1.ObjectMeta{Namespace: i.name, Name: "gcm-injector"}
	clusterMeta := metav1.ObjectMeta{Name: i.name}
	subjects := []rbacv1.Subject{{Kind: "ServiceAccount", Namespace: i.name, Name: meta.Name}}
	configurations := func(resource string) rbacv1.PolicyRule {
		return rbacv1.PolicyRule{
			APIGroups: []string{"admissionregistration.k8s.io"}, Resources: []string{resource},
			Verbs: []string{"get", "list", "watch", "patch"}, ResourceNames: []string{i.name},
		}
	}
	objects := []runtimeclient.Object{
		&corev1.ServiceAccount{ObjectMeta: meta},
		&rbacv1.Role{ObjectMeta: meta, Rules: []rbacv1.PolicyRule{
			{APIGroups: []string{""}, Resources: []string{"secrets"}, Verbs: []string{"create"}},
			{
				APIGroups: []string{""}, Resources: []string{"secrets"},
				Verbs: []string{"get", "list", "watch", "update"}, ResourceNames: []string{names.CASecret},
			},
			{APIGroups: []string{"coordination.k8s.io"}, Resources: []string{"leases"}, Verbs: []string{"create", "get", "update"}},
			{APIGroups: []string{"", "events.k8s.io"}, Resources: []string{"events"}, Verbs: []string{"create", "patch"}},
		}},
		&rbacv1.RoleBinding{ObjectMeta: meta, Subjects: subjects, RoleRef: rbacv1.RoleRef{Kind: "Role", Name: meta.Name}},
		&rbacv1.ClusterRole{ObjectMeta: clusterMeta, Rules: []rbacv1.PolicyRule{
			configurations("mutatingwebhookconfigurations"), configurations("validatingwebhookconfigurations"),
		}},
		&rbacv1.ClusterRoleBinding{ObjectMeta: clusterMeta, Subjects: subjects, RoleRef: rbacv1.RoleRef{Kind: "ClusterRole", Name: i.name}},
	}
	i.removeAtEnd(objects[3:]...)
	return objects
}

// removeAtEnd removes objects that are not in the namespace.
func (i *certsInstallation) removeAtEnd(objects ...runtimeclient.Object) {
	i.t.Cleanup(func() {
		for _, object := range objects {
			if err := i.admin.Delete(context.Background(), object); runtimeclient.IgnoreNotFound(err) != nil {
				i.t.Error(err)
			}
		}
	})
}

// createConfigurations creates both webhook configurations, with empty caBundles unless
// one is given.
func (i *certsInstallation) createConfigurations(bundle []byte) {
	i.t.Helper()
	clientConfig := func(path string) admissionv1.WebhookClientConfig {
		return admissionv1.WebhookClientConfig{URL: ptr.To("https://" + i.balancer.address() + path), CABundle: bundle}
	}
	selector := &metav1.LabelSelector{MatchLabels: map[string]string{corev1.LabelMetadataName: i.name}}
	rules := []admissionv1.RuleWithOperations{{
		Operations: []admissionv1.OperationType{admissionv1.Create},
		Rule:       admissionv1.Rule{APIGroups: []string{""}, APIVersions: []string{"v1"}, Resources: []string{"pods"}},
	}}
	meta := metav1.ObjectMeta{Name: i.name}
	objects := []runtimeclient.Object{
		&admissionv1.MutatingWebhookConfiguration{ObjectMeta: meta, Webhooks: []admissionv1.MutatingWebhook{{
			Name: "mutating.test.linkerd.io", ClientConfig: clientConfig("/mutate"), Rules: rules, NamespaceSelector: selector,
			FailurePolicy: ptr.To(admissionv1.Fail), SideEffects: ptr.To(admissionv1.SideEffectClassNone), AdmissionReviewVersions: []string{"v1"},
		}}},
		&admissionv1.ValidatingWebhookConfiguration{ObjectMeta: meta, Webhooks: []admissionv1.ValidatingWebhook{{
			Name: "validating.test.linkerd.io", ClientConfig: clientConfig("/validate"), Rules: rules, NamespaceSelector: selector,
			FailurePolicy: ptr.To(admissionv1.Fail), SideEffects: ptr.To(admissionv1.SideEffectClassNone), AdmissionReviewVersions: []string{"v1"},
		}}},
	}
	i.removeAtEnd(objects...)
	for _, object := range objects {
		if err := i.admin.Create(i.t.Context(), object); err != nil {
			i.t.Fatal(err)
		}
	}
}

// awaitTrust waits until both caBundles hold the CA.
func (i *certsInstallation) awaitTrust(ca *x509.Certificate) {
	i.t.Helper()
	i.await("the CA in both caBundles", func() error {
		key := runtimeclient.ObjectKey{Name: i.name}
		var mutating admissionv1.MutatingWebhookConfiguration
		var validating admissionv1.ValidatingWebhookConfiguration
		if err := errors.Join(i.admin.Get(i.t.Context(), key, &mutating), i.admin.Get(i.t.Context(), key, &validating)); err != nil {
			return err
		}
		return errors.Join(holds(mutating.Webhooks[0].ClientConfig.CABundle, ca), holds(validating.Webhooks[0].ClientConfig.CABundle, ca))
	})
}

// awaitCABundleWrites waits until that many writes of caBundles were answered. What they
// wrote can be seen in the cluster before that.
func (i *certsInstallation) awaitCABundleWrites(want int) {
	i.t.Helper()
	i.await("writes of caBundles", func() error {
		if got := i.requests.caBundleWrites(); got < want {
			return fmt.Errorf("%d writes, want %d", got, want)
		}
		return nil
	})
}

// readCA returns the CA in the Secret. It returns an error if its certificate and key do
// not match.
func (i *certsInstallation) readCA() (*x509.Certificate, error) {
	secret := &corev1.Secret{}
	if err := i.admin.Get(i.t.Context(), runtimeclient.ObjectKey{Namespace: i.name, Name: names.CASecret}, secret); err != nil {
		return nil, err
	}
	if _, err := tls.X509KeyPair(secret.Data[corev1.TLSCertKey], secret.Data[corev1.TLSPrivateKeyKey]); err != nil {
		return nil, err
	}
	return parseCertificate(secret.Data[corev1.TLSCertKey])
}

func (i *certsInstallation) mustReadCA() *x509.Certificate {
	i.t.Helper()
	ca, err := i.readCA()
	if err != nil {
		i.t.Fatal(err)
	}
	return ca
}

// await waits until the check returns no error.
func (i *certsInstallation) await(what string, check func() error) {
	i.t.Helper()
	ctx, cancel := context.WithTimeout(i.t.Context(), 2*time.Minute)
	defer cancel()
	begin := time.Now()
	for {
		err := check()
		if err == nil {
			i.t.Logf("%s: after %s", what, time.Since(begin).Round(10*time.Millisecond))
			return
		}
		select {
		case <-time.After(20 * time.Millisecond):
		case <-ctx.Done():
			i.t.Fatalf("waited too long for %s: %v", what, err)
		}
	}
}
