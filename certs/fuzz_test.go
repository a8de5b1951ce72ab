package certs

import (
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/linkerd-gcm/linkerd-gcm/internal/testca"
)

// FuzzBundle reads any text as the caBundle that others may have written, and as the
// Secret of a CA. What is read of a bundle, written again, is a bundle that is clean.
func FuzzBundle(f *testing.F) {
	ca := testca.New(f)
	data := ca.CASecretData(f)
	leaf := ca.Issue(f, webhookHost, testca.ExpiresIn(time.Hour)).Certificate
	certificate, key := data[corev1.TLSCertKey], data[corev1.TLSPrivateKeyKey]
	f.Add(certificate, key)
	f.Add(append([]byte("text\n"), append(certificate, certificate...)...), certificate)
	f.Add(key, []byte("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"))
	f.Fuzz(func(t *testing.T, bundle, key []byte) {
		certificates, clean := decodeBundle(bundle)
		encoded := encodeBundle(certificates)
		again, cleanAgain := decodeBundle(encoded)
		if len(again) != len(certificates) || !cleanAgain {
			t.Fatalf("%d certificates of %q become %d, clean %v", len(certificates), bundle, len(again), cleanAgain)
		}
		if diff := compareBundle(bundle, certificates); len(diff.missing) > 0 || clean && diff.extra {
			t.Fatalf("%q lacks %d of its own certificates, or has more of them: %v", bundle, len(diff.missing), diff.extra)
		}
		if now := time.Now(); trusts(encoded, leaf, now) != trusts(bundle, leaf, now) {
			t.Fatalf("%q is trusted otherwise than the certificates in it", bundle)
		}
		if pair, ok := readPair(&corev1.Secret{Data: map[string][]byte{corev1.TLSCertKey: bundle, corev1.TLSPrivateKeyKey: key}}); ok && pair.Leaf == nil {
			t.Fatal("a CA without a certificate")
		}
	})
}
