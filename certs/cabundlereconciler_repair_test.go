package certs

import (
	"bytes"
	"crypto/x509"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	admissionv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/linkerd-gcm/linkerd-gcm/internal/names"
)

func TestReconcilerRotation(t *testing.T) {
	dueForRenewal := func(ca *x509.Certificate) {
		ca.NotBefore, ca.NotAfter = time.Now().Add(-3*time.Hour), time.Now().Add(time.Hour)
	}
	tests := map[string]struct {
		old  func(*x509.Certificate)
		want map[string]float64
	}{
		"of a CA that is due for renewal is not a repair": {old: dueForRenewal, want: map[string]float64{}},
		"of a CA that is not due for renewal is a repair": {old: func(*x509.Certificate) {}, want: map[string]float64{repairedSecret: 1}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			old, next := newCA(t, test.old), newCA(t)
			r := newReconcilerTest(t, old.secret(t), mutatingConfiguration(), validatingConfiguration())
			r.mustReconcile(old.Certificate)
			r.setSecret(next)
			r.mustReconcile(next.Certificate, old.Certificate)
			if diff := cmp.Diff(test.want, r.repaired()); diff != "" {
				t.Errorf("repairs (-want +got):\n%s", diff)
			}
		})
	}
}

func TestReconcilerRepairsBundles(t *testing.T) {
	ca, other := newCA(t), newCA(t)
	bundle := ca.CertificatePEM()
	otherBundle := other.CertificatePEM()

	tests := map[string]struct {
		damage  func(*admissionv1.MutatingWebhookConfiguration)
		want    []*x509.Certificate
		repairs map[string]float64
	}{
		"emptied by applying the manifest again": {
			damage:  func(c *admissionv1.MutatingWebhookConfiguration) { c.Webhooks[1].ClientConfig.CABundle = nil },
			want:    []*x509.Certificate{ca.Certificate},
			repairs: map[string]float64{repairedMutating: 1},
		},
		"damage in two webhooks counts once": {
			damage: func(c *admissionv1.MutatingWebhookConfiguration) {
				c.Webhooks[0].ClientConfig.CABundle, c.Webhooks[1].ClientConfig.CABundle = nil, []byte("garbage")
			},
			want:    []*x509.Certificate{ca.Certificate},
			repairs: map[string]float64{repairedMutating: 1},
		},
		"replaced by another CA, which then stays for a while": {
			damage:  func(c *admissionv1.MutatingWebhookConfiguration) { c.Webhooks[0].ClientConfig.CABundle = otherBundle },
			want:    []*x509.Certificate{ca.Certificate, other.Certificate},
			repairs: map[string]float64{repairedMutating: 1},
		},
		"other bytes after the CA are removed, which is not a repair": {
			damage: func(c *admissionv1.MutatingWebhookConfiguration) {
				c.Webhooks[0].ClientConfig.CABundle = append(bytes.Clone(bundle), "garbage"...)
			},
			want:    []*x509.Certificate{ca.Certificate},
			repairs: map[string]float64{},
		},
		"a webhook that was added gets the CA": {
			damage: func(c *admissionv1.MutatingWebhookConfiguration) {
				c.Webhooks = append(c.Webhooks, admissionv1.MutatingWebhook{
					Name: "three.linkerd.io", ClientConfig: admissionv1.WebhookClientConfig{CABundle: bundle},
				})
			},
			want:    []*x509.Certificate{ca.Certificate},
			repairs: map[string]float64{},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			r := newReconcilerTest(t, ca.secret(t), mutatingConfiguration(), validatingConfiguration())
			r.mustReconcile(ca.Certificate)
			object := mutatingConfiguration()
			if err := r.client.Get(t.Context(), client.ObjectKeyFromObject(object), object); err != nil {
				t.Fatal(err)
			}
			test.damage(object)
			if err := r.client.Update(t.Context(), object); err != nil {
				t.Fatal(err)
			}
			r.mustReconcile(test.want...)
			if diff := cmp.Diff(test.repairs, r.repaired()); diff != "" {
				t.Errorf("repairs (-want +got):\n%s", diff)
			}
		})
	}
}

func TestReconcilerRemovesAnUnusableCAFromTheSecret(t *testing.T) {
	unusable := newCA(t, func(ca *x509.Certificate) { ca.KeyUsage = x509.KeyUsageDigitalSignature })
	r := newReconcilerTest(t, unusable.secret(t), mutatingConfiguration())
	if err := r.reconcile(); err != nil {
		t.Fatal(err)
	}
	secret := &corev1.Secret{}
	if err := r.client.Get(t.Context(), client.ObjectKey{Namespace: "linkerd-gcm", Name: names.CASecret}, secret); err != nil {
		t.Fatal(err)
	}
	for key, value := range secret.Data {
		if len(value) > 0 {
			t.Errorf("%s is still there", key)
		}
	}
	if r.writes != 0 {
		t.Errorf("%d writes of caBundles, want none", r.writes)
	}
}
