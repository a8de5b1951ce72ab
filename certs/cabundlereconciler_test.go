package certs

import (
	"context"
	"crypto/x509"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus/testutil"
	admissionv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/linkerd-gcm/linkerd-gcm/internal/names"
)

// reconcilerTest is a caBundleReconciler with a cluster that holds the given objects.
type reconcilerTest struct {
	*caBundleReconciler
	t      *testing.T
	client client.WithWatch
	writes int
	// beforePatch is called once, before the next patch reaches the cluster.
	beforePatch func()
}

func newReconcilerTest(t *testing.T, objects ...client.Object) *reconcilerTest {
	t.Helper()
	r := &reconcilerTest{t: t}
	r.client = fake.NewClientBuilder().WithObjects(objects...).WithInterceptorFuncs(interceptor.Funcs{
		Patch: func(ctx context.Context, c client.WithWatch, object client.Object, patch client.Patch, options ...client.PatchOption) error {
			r.writes++
			if before := r.beforePatch; before != nil {
				r.beforePatch = nil
				before()
			}
			return c.Patch(ctx, object, patch, options...)
		},
	}).Build()
	r.caBundleReconciler = &caBundleReconciler{
		options: SelfManagedOptions{
			Namespace: "linkerd-gcm", SecretName: names.CASecret,
			MutatingConfiguration: "mutating", ValidatingConfiguration: "validating",
		},
		hosts:       parseHosts([]string{webhookHost}),
		reader:      r.client,
		writer:      r.client,
		cas:         newCASet(time.Hour),
		repairs:     newRepairs(),
		lastWritten: map[types.UID][]fingerprint{},
		missing:     map[string]bool{},
	}
	return r
}

func (r *reconcilerTest) reconcile() error {
	r.t.Helper()
	_, err := r.Reconcile(r.t.Context(), reconcile.Request{})
	return err
}

// mustReconcile reconciles and then checks the caBundles, in the order mutating (two
// webhooks), validating (one).
func (r *reconcilerTest) mustReconcile(wanted ...*x509.Certificate) {
	r.t.Helper()
	if err := r.reconcile(); err != nil {
		r.t.Fatal(err)
	}
	for _, c := range r.options.webhookConfigurations() {
		object, err := c.read(r.t.Context(), r.client)
		if err != nil {
			r.t.Fatal(err)
		}
		if object == nil {
			continue
		}
		for i, bundle := range caBundles(object) {
			if diff := cmp.Diff(string(encodeBundle(wanted)), string(bundle)); diff != "" {
				r.t.Errorf("%s, webhook %d (-want +got):\n%s", c, i, diff)
			}
		}
	}
}

func (r *reconcilerTest) setSecret(ca testCA) {
	r.t.Helper()
	secret := ca.secret(r.t)
	if err := r.client.Update(r.t.Context(), secret); apierrors.IsNotFound(err) {
		err = r.client.Create(r.t.Context(), secret)
		if err != nil {
			r.t.Fatal(err)
		}
	} else if err != nil {
		r.t.Fatal(err)
	}
}

func (r *reconcilerTest) repaired() map[string]float64 {
	repaired := map[string]float64{}
	for _, what := range []string{repairedSecret, repairedMutating, repairedValidating} {
		if count := testutil.ToFloat64(r.repairs.WithLabelValues(what)); count > 0 {
			repaired[what] = count
		}
	}
	return repaired
}

func mutatingConfiguration() *admissionv1.MutatingWebhookConfiguration {
	return &admissionv1.MutatingWebhookConfiguration{
		ObjectMeta: metav1.ObjectMeta{Name: "mutating", UID: "m"},
		Webhooks:   []admissionv1.MutatingWebhook{{Name: "one.linkerd.io"}, {Name: "two.linkerd.io"}},
	}
}

func validatingConfiguration() *admissionv1.ValidatingWebhookConfiguration {
	return &admissionv1.ValidatingWebhookConfiguration{
		ObjectMeta: metav1.ObjectMeta{Name: "validating", UID: "v"},
		Webhooks:   []admissionv1.ValidatingWebhook{{Name: "one.linkerd.io"}},
	}
}

func TestReconcilerFillsEmptyBundlesOnceAndCountsNoRepair(t *testing.T) {
	ca := newCA(t)
	r := newReconcilerTest(t, ca.secret(t), mutatingConfiguration(), validatingConfiguration())
	r.mustReconcile(ca.Certificate)
	r.mustReconcile(ca.Certificate)
	if r.writes != 2 {
		t.Errorf("%d writes, want one for each configuration", r.writes)
	}
	if diff := cmp.Diff(map[string]float64{}, r.repaired()); diff != "" {
		t.Errorf("repairs (-want +got):\n%s", diff)
	}
}

func TestReconcilerChangesNothingButTheCABundle(t *testing.T) {
	before := mutatingConfiguration()
	before.Labels = map[string]string{"linkerd.io/extension": "gcm"}
	before.Webhooks[0].ClientConfig.Service = &admissionv1.ServiceReference{Namespace: "linkerd-gcm", Name: "gcm-injector"}
	r := newReconcilerTest(t, newCA(t).secret(t), before)
	if err := r.client.Get(t.Context(), client.ObjectKeyFromObject(before), before); err != nil {
		t.Fatal(err)
	}
	if err := r.reconcile(); err != nil {
		t.Fatal(err)
	}
	after := mutatingConfiguration()
	if err := r.client.Get(t.Context(), client.ObjectKeyFromObject(before), after); err != nil {
		t.Fatal(err)
	}
	for i := range after.Webhooks {
		if len(after.Webhooks[i].ClientConfig.CABundle) == 0 {
			t.Errorf("webhook %d has no caBundle", i)
		}
		after.Webhooks[i].ClientConfig.CABundle = nil
	}
	after.ResourceVersion, after.ManagedFields = before.ResourceVersion, before.ManagedFields
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("the configuration changed (-before +after):\n%s", diff)
	}
}

func TestReconcilerNeverOverwritesWhatItHasNotRead(t *testing.T) {
	ca, other := newCA(t), newCA(t)
	r := newReconcilerTest(t, ca.secret(t), mutatingConfiguration())
	r.beforePatch = func() {
		object := mutatingConfiguration()
		if err := r.client.Get(t.Context(), client.ObjectKeyFromObject(object), object); err != nil {
			t.Fatal(err)
		}
		slices.Reverse(object.Webhooks)
		object.Webhooks[0].ClientConfig.CABundle = other.CertificatePEM()
		if err := r.client.Update(t.Context(), object); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.reconcile(); err == nil {
		t.Fatal("no error, want one that makes the controller try again")
	}
	r.mustReconcile(ca.Certificate, other.Certificate)
}

func TestReconcilerWithoutCALeavesBundlesAlone(t *testing.T) {
	old := newCA(t)
	configuration := mutatingConfiguration()
	for i := range configuration.Webhooks {
		configuration.Webhooks[i].ClientConfig.CABundle = old.CertificatePEM()
	}
	damaged := newCA(t).secret(t)
	damaged.Data[corev1.TLSCertKey] = []byte("garbage")
	for name, objects := range map[string][]client.Object{
		"because there is no Secret":    {configuration},
		"because the Secret is damaged": {configuration, damaged},
	} {
		t.Run(name, func(t *testing.T) {
			r := newReconcilerTest(t, objects...)
			r.mustReconcile(old.Certificate)
			if r.writes != 0 {
				t.Errorf("%d writes, want none", r.writes)
			}
		})
	}
}

func TestReconcilerMissingConfigurations(t *testing.T) {
	ca := newCA(t)
	r := newReconcilerTest(t, ca.secret(t))
	r.mustReconcile(ca.Certificate)
	if err := r.client.Create(t.Context(), validatingConfiguration()); err != nil {
		t.Fatal(err)
	}
	r.mustReconcile(ca.Certificate)
	if r.writes != 1 {
		t.Errorf("%d writes, want one as soon as there is a configuration", r.writes)
	}
	// A configuration that is deleted and created again with an empty caBundle is new,
	// not damaged.
	if err := r.client.Delete(t.Context(), validatingConfiguration()); err != nil {
		t.Fatal(err)
	}
	again := validatingConfiguration()
	again.UID = "another"
	if err := r.client.Create(t.Context(), again); err != nil {
		t.Fatal(err)
	}
	r.mustReconcile(ca.Certificate)
	if diff := cmp.Diff(map[string]float64{}, r.repaired()); diff != "" {
		t.Errorf("repairs (-want +got):\n%s", diff)
	}
}
