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
)

// keeperTest is a keeper with a cluster that holds the given objects.
type keeperTest struct {
	*keeper
	t      *testing.T
	client client.WithWatch
	writes int
	// beforePatch is called once, before the next patch reaches the cluster.
	beforePatch func()
}

func newKeeperTest(t *testing.T, objects ...client.Object) *keeperTest {
	t.Helper()
	k := &keeperTest{t: t}
	k.client = fake.NewClientBuilder().WithObjects(objects...).WithInterceptorFuncs(interceptor.Funcs{
		Patch: func(ctx context.Context, c client.WithWatch, object client.Object, patch client.Patch, options ...client.PatchOption) error {
			k.writes++
			if before := k.beforePatch; before != nil {
				k.beforePatch = nil
				before()
			}
			return c.Patch(ctx, object, patch, options...)
		},
	}).Build()
	k.keeper = &keeper{
		options: SelfManagedOptions{
			Namespace: "linkerd-gcm", SecretName: DefaultSecretName,
			MutatingConfiguration: "mutating", ValidatingConfiguration: "validating",
		},
		hosts:   parseHosts([]string{webhookHost}),
		reader:  k.client,
		writer:  k.client,
		roster:  newRoster(time.Hour),
		repairs: newRepairs(),
		right:   map[types.UID][]fingerprint{},
		absent:  map[string]bool{},
	}
	return k
}

func (k *keeperTest) reconcile() error {
	k.t.Helper()
	_, err := k.Reconcile(k.t.Context(), reconcile.Request{})
	return err
}

// mustReconcile reconciles and then checks the caBundles, in the order mutating (two webhooks), validating (one).
func (k *keeperTest) mustReconcile(wanted ...*x509.Certificate) {
	k.t.Helper()
	if err := k.reconcile(); err != nil {
		k.t.Fatal(err)
	}
	for _, c := range k.options.configurations() {
		object, err := c.read(k.t.Context(), k.client)
		if err != nil {
			k.t.Fatal(err)
		}
		if object == nil {
			continue
		}
		for i, bundle := range caBundles(object) {
			if diff := cmp.Diff(string(encodeBundle(wanted)), string(bundle)); diff != "" {
				k.t.Errorf("%s, webhook %d (-want +got):\n%s", c, i, diff)
			}
		}
	}
}

func (k *keeperTest) setSecret(ca testCA) {
	k.t.Helper()
	secret := ca.secret(k.t)
	if err := k.client.Update(k.t.Context(), secret); apierrors.IsNotFound(err) {
		err = k.client.Create(k.t.Context(), secret)
		if err != nil {
			k.t.Fatal(err)
		}
	} else if err != nil {
		k.t.Fatal(err)
	}
}

func (k *keeperTest) repaired() map[string]float64 {
	repaired := map[string]float64{}
	for _, what := range []string{repairedSecret, repairedMutating, repairedValidating} {
		if count := testutil.ToFloat64(k.repairs.WithLabelValues(what)); count > 0 {
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

func TestKeeperFillsEmptyBundlesOnceAndCountsNoRepair(t *testing.T) {
	ca := newCA(t)
	k := newKeeperTest(t, ca.secret(t), mutatingConfiguration(), validatingConfiguration())
	k.mustReconcile(ca.certificate)
	k.mustReconcile(ca.certificate)
	if k.writes != 2 {
		t.Errorf("%d writes, want one for each configuration", k.writes)
	}
	if diff := cmp.Diff(map[string]float64{}, k.repaired()); diff != "" {
		t.Errorf("repairs (-want +got):\n%s", diff)
	}
}

func TestKeeperChangesNothingButTheCABundle(t *testing.T) {
	before := mutatingConfiguration()
	before.Labels = map[string]string{"linkerd.io/extension": "gcm"}
	before.Webhooks[0].ClientConfig.Service = &admissionv1.ServiceReference{Namespace: "linkerd-gcm", Name: "gcm-injector"}
	k := newKeeperTest(t, newCA(t).secret(t), before)
	if err := k.client.Get(t.Context(), client.ObjectKeyFromObject(before), before); err != nil {
		t.Fatal(err)
	}
	if err := k.reconcile(); err != nil {
		t.Fatal(err)
	}
	after := mutatingConfiguration()
	if err := k.client.Get(t.Context(), client.ObjectKeyFromObject(before), after); err != nil {
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

func TestKeeperNeverOverwritesWhatItHasNotRead(t *testing.T) {
	ca, other := newCA(t), newCA(t)
	k := newKeeperTest(t, ca.secret(t), mutatingConfiguration())
	k.beforePatch = func() {
		object := mutatingConfiguration()
		if err := k.client.Get(t.Context(), client.ObjectKeyFromObject(object), object); err != nil {
			t.Fatal(err)
		}
		slices.Reverse(object.Webhooks)
		object.Webhooks[0].ClientConfig.CABundle = encodeBundle([]*x509.Certificate{other.certificate})
		if err := k.client.Update(t.Context(), object); err != nil {
			t.Fatal(err)
		}
	}
	if err := k.reconcile(); err == nil {
		t.Fatal("no error, want one that makes the controller try again")
	}
	k.mustReconcile(ca.certificate, other.certificate)
}

func TestKeeperWithoutCALeavesBundlesAlone(t *testing.T) {
	old := newCA(t)
	configuration := mutatingConfiguration()
	for i := range configuration.Webhooks {
		configuration.Webhooks[i].ClientConfig.CABundle = encodeBundle([]*x509.Certificate{old.certificate})
	}
	garbled := newCA(t).secret(t)
	garbled.Data[corev1.TLSCertKey] = []byte("garbage")
	for name, objects := range map[string][]client.Object{
		"because there is no Secret":    {configuration},
		"because the Secret is garbled": {configuration, garbled},
	} {
		t.Run(name, func(t *testing.T) {
			k := newKeeperTest(t, objects...)
			k.mustReconcile(old.certificate)
			if k.writes != 0 {
				t.Errorf("%d writes, want none", k.writes)
			}
		})
	}
}

func TestKeeperAbsentConfigurations(t *testing.T) {
	ca := newCA(t)
	k := newKeeperTest(t, ca.secret(t))
	k.mustReconcile(ca.certificate)
	if err := k.client.Create(t.Context(), validatingConfiguration()); err != nil {
		t.Fatal(err)
	}
	k.mustReconcile(ca.certificate)
	if k.writes != 1 {
		t.Errorf("%d writes, want one as soon as there is a configuration", k.writes)
	}
	// A configuration that is deleted and made anew with an empty caBundle is new, not damaged.
	if err := k.client.Delete(t.Context(), validatingConfiguration()); err != nil {
		t.Fatal(err)
	}
	again := validatingConfiguration()
	again.UID = "another"
	if err := k.client.Create(t.Context(), again); err != nil {
		t.Fatal(err)
	}
	k.mustReconcile(ca.certificate)
	if diff := cmp.Diff(map[string]float64{}, k.repaired()); diff != "" {
		t.Errorf("repairs (-want +got):\n%s", diff)
	}
}
