package certs

import (
	"crypto/tls"
	"crypto/x509"
	"strings"
	"testing"
	"time"
)

// TestSelfManagedReady checks the readiness of one replica step by step.
func TestSelfManagedReady(t *testing.T) {
	ca, other := newCA(t), newCA(t)
	good, bad := [][]byte{ca.CertificatePEM()}, [][]byte{other.CertificatePEM()}
	mutating := webhookConfiguration{kind: "MutatingWebhookConfiguration", name: "m"}
	validating := webhookConfiguration{kind: "ValidatingWebhookConfiguration", name: "v"}
	leaf := ca.leaf(t, time.Hour)

	type step struct {
		leaf                 *x509.Certificate
		mutating, validating [][]byte
		err                  string
	}
	tests := map[string][]step{
		"without a certificate it is not ready": {
			{mutating: good, err: "there is no serving certificate yet"},
		},
		"without configurations it is ready": {
			{leaf: leaf},
		},
		"both caBundles have to verify it at first": {
			{leaf: leaf, mutating: good, validating: bad, err: "not in the caBundle of ValidatingWebhookConfiguration v;"},
			{leaf: leaf, mutating: bad, validating: bad, err: "MutatingWebhookConfiguration m and ValidatingWebhookConfiguration v"},
			{leaf: leaf, mutating: good, validating: good},
		},
		"a caBundle that is damaged later affects only its own webhook": {
			{leaf: leaf, mutating: good, validating: good},
			{leaf: leaf, mutating: good, validating: bad},
			{leaf: leaf, mutating: bad, validating: bad, err: "MutatingWebhookConfiguration m"},
		},
		"an expired certificate is not ready": {
			{leaf: leaf, mutating: good},
			{leaf: ca.leaf(t, -time.Second), mutating: good, err: "expired"},
		},
	}
	for name, steps := range tests {
		t.Run(name, func(t *testing.T) {
			s := &SelfManaged{hosts: parseHosts([]string{webhookHost}), bundles: newBundleWatcher()}
			for i, step := range steps {
				s.get = func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return nil, nil }
				if step.leaf != nil {
					s.get = serving(step.leaf)
				}
				s.bundles.set(mutating, step.mutating)
				s.bundles.set(validating, step.validating)
				err := s.Ready(nil)
				if (err == nil) != (step.err == "") || err != nil && !strings.Contains(err.Error(), step.err) {
					t.Errorf("step %d: Ready() = %v, want %q", i, err, step.err)
				}
			}
		})
	}
}
