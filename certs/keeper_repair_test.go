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
)

func TestKeeperRotation(t *testing.T) {
	dueForRenewal := func(ca *x509.Certificate) {
		ca.NotBefore, ca.NotAfter = time.Now().Add(-3*time.Hour), time.Now().Add(time.Hour)
	}
	tests := map[string]struct {
		old  func(*x509.Certificate)
		want map[string]float64
	}{
		"of a CA whose time has come is no repair": {old: dueForRenewal, want: map[string]float64{}},
		"of a CA before its time is a repair":      {old: func(*x509.Certificate) {}, want: map[string]float64{repairedSecret: 1}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			old, next := newCA(t, test.old), newCA(t)
			k := newKeeperTest(t, old.secret(t), mutatingConfiguration(), validatingConfiguration())
			k.mustReconcile(old.certificate)
			k.setSecret(next)
			k.mustReconcile(next.certificate, old.certificate)
			if diff := cmp.Diff(test.want, k.repaired()); diff != "" {
				t.Errorf("repairs (-want +got):\n%s", diff)
			}
		})
	}
}

func TestKeeperRepairsBundles(t *testing.T) {
	ca, stranger := newCA(t), newCA(t)
	right := encodeBundle([]*x509.Certificate{ca.certificate})
	strange := encodeBundle([]*x509.Certificate{stranger.certificate})

	tests := map[string]struct {
		damage  func(*admissionv1.MutatingWebhookConfiguration)
		want    []*x509.Certificate
		repairs map[string]float64
	}{
		"wiped by a re-apply": {
			damage:  func(c *admissionv1.MutatingWebhookConfiguration) { c.Webhooks[1].ClientConfig.CABundle = nil },
			want:    []*x509.Certificate{ca.certificate},
			repairs: map[string]float64{repairedMutating: 1},
		},
		"wiped in two webhooks counts once": {
			damage: func(c *admissionv1.MutatingWebhookConfiguration) {
				c.Webhooks[0].ClientConfig.CABundle, c.Webhooks[1].ClientConfig.CABundle = nil, []byte("garbage")
			},
			want:    []*x509.Certificate{ca.certificate},
			repairs: map[string]float64{repairedMutating: 1},
		},
		"replaced by another CA, which then stays for a while": {
			damage:  func(c *admissionv1.MutatingWebhookConfiguration) { c.Webhooks[0].ClientConfig.CABundle = strange },
			want:    []*x509.Certificate{ca.certificate, stranger.certificate},
			repairs: map[string]float64{repairedMutating: 1},
		},
		"garbage after the CA is taken out but did no harm": {
			damage: func(c *admissionv1.MutatingWebhookConfiguration) {
				c.Webhooks[0].ClientConfig.CABundle = append(bytes.Clone(right), "garbage"...)
			},
			want:    []*x509.Certificate{ca.certificate},
			repairs: map[string]float64{},
		},
		"a webhook that was added gets the CA": {
			damage: func(c *admissionv1.MutatingWebhookConfiguration) {
				c.Webhooks = append(c.Webhooks, admissionv1.MutatingWebhook{
					Name: "three.linkerd.io", ClientConfig: admissionv1.WebhookClientConfig{CABundle: right},
				})
			},
			want:    []*x509.Certificate{ca.certificate},
			repairs: map[string]float64{},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			k := newKeeperTest(t, ca.secret(t), mutatingConfiguration(), validatingConfiguration())
			k.mustReconcile(ca.certificate)
			object := mutatingConfiguration()
			if err := k.client.Get(t.Context(), client.ObjectKeyFromObject(object), object); err != nil {
				t.Fatal(err)
			}
			test.damage(object)
			if err := k.client.Update(t.Context(), object); err != nil {
				t.Fatal(err)
			}
			k.mustReconcile(test.want...)
			if diff := cmp.Diff(test.repairs, k.repaired()); diff != "" {
				t.Errorf("repairs (-want +got):\n%s", diff)
			}
		})
	}
}

func TestKeeperTakesAnUnusableCAOutOfTheSecret(t *testing.T) {
	unusable := newCA(t, func(ca *x509.Certificate) { ca.KeyUsage = x509.KeyUsageDigitalSignature })
	k := newKeeperTest(t, unusable.secret(t), mutatingConfiguration())
	if err := k.reconcile(); err != nil {
		t.Fatal(err)
	}
	secret := &corev1.Secret{}
	if err := k.client.Get(t.Context(), client.ObjectKey{Namespace: "linkerd-gcm", Name: DefaultSecretName}, secret); err != nil {
		t.Fatal(err)
	}
	for key, value := range secret.Data {
		if len(value) > 0 {
			t.Errorf("%s is still there", key)
		}
	}
	if k.writes != 0 {
		t.Errorf("%d writes of caBundles, want none", k.writes)
	}
}
