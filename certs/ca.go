package certs

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"time"

	cmmeta "github.com/cert-manager/cert-manager/pkg/apis/meta/v1"
	corev1 "k8s.io/api/core/v1"
)

// readCA returns the CA in the Secret. It returns nil if the Secret does not hold a CA in
// the form in which cert-manager's authority stores it (under tls.crt and again under
// ca.crt): the authority then makes a new one. It returns an error for a CA that the
// authority would accept but whose certificates the API server would reject, because the
// CA is not valid yet, or is not allowed to sign, or not for these hosts.
func readCA(secret *corev1.Secret, hosts hosts, now time.Time) (*x509.Certificate, error) {
	pair, ok := readPair(secret)
	if !ok {
		return nil, nil
	}
	// Signing a certificate and verifying it is more reliable than a list of conditions.
	leaf, err := signTestLeaf(pair, hosts, now)
	if err != nil {
		return nil, fmt.Errorf("the CA %q cannot sign: %w", pair.Leaf.Subject, err)
	}
	if err := checkValidity(leaf, hosts.names(), now); err != nil {
		return nil, err
	}
	if !trusts(encodeBundle([]*x509.Certificate{pair.Leaf}), leaf, now) {
		return nil, fmt.Errorf("the API server would reject a serving certificate for %v that is signed by the CA %q",
			hosts.names(), pair.Leaf.Subject)
	}
	return pair.Leaf, nil
}

// readPair returns the CA with its key, and whether the authority accepts it as a CA.
func readPair(secret *corev1.Secret) (pair tls.Certificate, ok bool) {
	certificate := secret.Data[corev1.TLSCertKey]
	pair, err := tls.X509KeyPair(certificate, secret.Data[corev1.TLSPrivateKeyKey])
	return pair, err == nil && pair.Leaf.IsCA && bytes.Equal(certificate, secret.Data[cmmeta.TLSCAKey])
}

// signTestLeaf signs a serving certificate that is only looked at, never served.
func signTestLeaf(ca tls.Certificate, hosts hosts, now time.Time) (*x509.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		DNSNames:    hosts.dns,
		IPAddresses: hosts.addresses,
		NotBefore:   now.Add(-time.Second),
		NotAfter:    now.Add(time.Minute),
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, ca.Leaf, key.Public(), ca.PrivateKey.(crypto.Signer))
	if err != nil {
		return nil, err
	}
	return x509.ParseCertificate(der)
}

// renewalIsDue reports whether cert-manager's authority replaces the CA because of its
// age: when less than a third of its lifetime is left.
func renewalIsDue(ca *x509.Certificate, now time.Time) bool {
	return ca.NotAfter.Sub(now) < ca.NotAfter.Sub(ca.NotBefore)/3
}
