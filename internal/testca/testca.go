// Package testca makes CAs and certificates for tests.
//
// It is for tests only: keys are stored nowhere safe, and a failure ends the test. The
// control plane of the e2e tests has a CA of its own (e2e/controlplane), because programs
// that are not tests start it too, and because it makes client certificates for users and
// groups.
package testca

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// KeyPair is a certificate with its private key.
type KeyPair struct {
	Certificate *x509.Certificate
	Key         *ecdsa.PrivateKey
}

// Option changes the template of a certificate before it is signed.
type Option func(template *x509.Certificate)

// New makes a self-signed CA that is valid from a minute ago until an hour from now. Its
// common name is the name of the test.
func New(t testing.TB, options ...Option) KeyPair {
	t.Helper()
	template := &x509.Certificate{
		Subject:               pkix.Name{CommonName: t.Name()},
		NotBefore:             time.Now().Add(-time.Minute),
		NotAfter:              time.Now().Add(time.Hour),
		IsCA:                  true,
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageCertSign,
	}
	return sign(t, template, nil, options)
}

// Issue makes a serving certificate for the host that is signed by this CA and valid as
// long as it.
func (ca KeyPair) Issue(t testing.TB, host string, options ...Option) KeyPair {
	t.Helper()
	template := &x509.Certificate{
		DNSNames:    []string{host},
		NotBefore:   ca.Certificate.NotBefore,
		NotAfter:    ca.Certificate.NotAfter,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	return sign(t, template, &ca, options)
}

// Valid sets the time from and until which a certificate is valid.
func Valid(from, until time.Time) Option {
	return func(template *x509.Certificate) { template.NotBefore, template.NotAfter = from, until }
}

// ExpiresIn makes a certificate expire after this time from now. If that is negative, the
// certificate has expired already.
func ExpiresIn(remaining time.Duration) Option {
	return func(template *x509.Certificate) { template.NotAfter = time.Now().Add(remaining) }
}

// sign makes a key and a certificate for it, which signs itself if there is no CA.
func sign(t testing.TB, template *x509.Certificate, ca *KeyPair, options []Option) KeyPair {
	t.Helper()
	for _, option := range options {
		option(template)
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if ca == nil {
		ca = &KeyPair{Certificate: template, Key: key}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, ca.Certificate, key.Public(), ca.Key)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return KeyPair{Certificate: certificate, Key: key}
}

// CertificatePEM returns the certificate in PEM.
func (ca KeyPair) CertificatePEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: ca.Certificate.Raw})
}

// KeyPEM returns the private key in PEM.
func (ca KeyPair) KeyPEM(t testing.TB) []byte {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(ca.Key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
}

// CASecretData returns the data of a Secret in which cert-manager's authority stores this
// CA: tls.crt, tls.key, and the certificate again under ca.crt.
func (ca KeyPair) CASecretData(t testing.TB) map[string][]byte {
	t.Helper()
	certificate := ca.CertificatePEM()
	return map[string][]byte{
		corev1.TLSCertKey:       certificate,
		corev1.TLSPrivateKeyKey: ca.KeyPEM(t),
		"ca.crt":                certificate,
	}
}
