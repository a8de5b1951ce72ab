package certs

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
)

const webhookHost = "gcm-injector.linkerd-gcm.svc"

// testCA is a CA made for a test.
type testCA struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

// newCA makes a CA; the options change its template.
func newCA(t *testing.T, options ...func(*x509.Certificate)) testCA {
	t.Helper()
	key := newKey(t)
	template := &x509.Certificate{
		Subject:               pkix.Name{CommonName: t.Name()},
		NotBefore:             time.Now().Add(-time.Minute),
		NotAfter:              time.Now().Add(time.Hour),
		IsCA:                  true,
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageCertSign,
	}
	for _, option := range options {
		option(template)
	}
	return testCA{certificate: sign(t, template, template, key, key), key: key}
}

// leaf signs a serving certificate, valid from a minute ago until the given time from now.
func (ca testCA) leaf(t *testing.T, remaining time.Duration) *x509.Certificate {
	t.Helper()
	template := &x509.Certificate{
		DNSNames:    []string{webhookHost},
		NotBefore:   time.Now().Add(-time.Minute),
		NotAfter:    time.Now().Add(remaining),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	return sign(t, template, ca.certificate, newKey(t), ca.key)
}

// secret is the CA as cert-manager's authority stores it.
func (ca testCA) secret(t *testing.T) *corev1.Secret {
	t.Helper()
	key, err := x509.MarshalPKCS8PrivateKey(ca.key)
	if err != nil {
		t.Fatal(err)
	}
	certificate := encodeBundle([]*x509.Certificate{ca.certificate})
	secret := &corev1.Secret{Data: map[string][]byte{
		corev1.TLSCertKey:       certificate,
		corev1.TLSPrivateKeyKey: pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key}),
		"ca.crt":                certificate,
	}}
	secret.Namespace, secret.Name = "linkerd-gcm", DefaultSecretName
	return secret
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func sign(t *testing.T, template, parent *x509.Certificate, key, signer *ecdsa.PrivateKey) *x509.Certificate {
	t.Helper()
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), signer)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return certificate
}

// serving is what a Source returns that serves the certificate.
func serving(leaf *x509.Certificate) func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	return func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
		return &tls.Certificate{Certificate: [][]byte{leaf.Raw}, Leaf: leaf}, nil
	}
}
