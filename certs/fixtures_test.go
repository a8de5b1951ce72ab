package certs

import (
	"crypto/tls"
	"crypto/x509"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/linkerd-gcm/linkerd-gcm/internal/names"
	"github.com/linkerd-gcm/linkerd-gcm/internal/testca"
)

const webhookHost = "gcm-injector.linkerd-gcm.svc"

// testCA is a CA with the methods that the tests of this package need.
type testCA struct{ testca.KeyPair }

// newCA makes a CA; the options change its template.
func newCA(t *testing.T, options ...testca.Option) testCA {
	t.Helper()
	return testCA{testca.New(t, options...)}
}

// leaf signs a serving certificate that expires after the given time from now.
func (ca testCA) leaf(t *testing.T, remaining time.Duration) *x509.Certificate {
	t.Helper()
	return ca.Issue(t, webhookHost, testca.ExpiresIn(remaining)).Certificate
}

// secret is the CA as cert-manager's authority stores it.
func (ca testCA) secret(t *testing.T) *corev1.Secret {
	t.Helper()
	return &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: "linkerd-gcm", Name: names.CASecret},
		Data:       ca.CASecretData(t),
	}
}

// serving returns the GetCertificate of a CertificateSource that serves the certificate.
func serving(leaf *x509.Certificate) func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	return func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
		return &tls.Certificate{Certificate: [][]byte{leaf.Raw}, Leaf: leaf}, nil
	}
}
