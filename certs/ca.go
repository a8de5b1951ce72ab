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
	"net"
	"time"

	cmmeta "github.com/cert-manager/cert-manager/pkg/apis/meta/v1"
	corev1 "k8s.io/api/core/v1"
)

// readCA returns the CA in the Secret. It returns nil when the Secret holds none as cert-manager's authority stores it,
// which is under tls.crt and again under ca.crt; the authority then makes a new one. It returns an error for a CA with which the authority would content itself, but whose certificates the
// API server would refuse: one that is not valid yet, or may not sign, or not for these hosts.
func readCA(secret *corev1.Secret, hosts hosts, now time.Time) (*x509.Certificate, error) {
	pair, whole := readPair(secret)
	if !whole {
		return nil, nil
	}
	// No list of conditions says as surely what the API server will accept as a certificate made for the purpose.
	leaf, err := signTrial(pair, hosts, now)
	if err != nil {
		return nil, fmt.Errorf("the CA %q cannot sign: %w", pair.Leaf.Subject, err)
	}
	if err := checkValidity(leaf, hosts.names(), now); err != nil {
		return nil, err
	}
	if !trusts(encodeBundle([]*x509.Certificate{pair.Leaf}), leaf, now) {
		return nil, fmt.Errorf("the CA %q is not one that the API server accepts serving certificates for %v from", pair.Leaf.Subject, hosts.names())
	}
	return pair.Leaf, nil
}

// readPair returns the CA with its key, and whether the authority takes it for one.
func readPair(secret *corev1.Secret) (pair tls.Certificate, whole bool) {
	certificate := secret.Data[corev1.TLSCertKey]
	pair, err := tls.X509KeyPair(certificate, secret.Data[corev1.TLSPrivateKeyKey])
	return pair, err == nil && pair.Leaf.IsCA && bytes.Equal(certificate, secret.Data[cmmeta.TLSCAKey])
}

// signTrial signs a certificate that nobody will serve.
func signTrial(ca tls.Certificate, hosts hosts, now time.Time) (*x509.Certificate, error) {
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

// renewalIsDue tells whether cert-manager's authority replaces the CA because of its age: when less than a third of
// its life is left.
func renewalIsDue(ca *x509.Certificate, now time.Time) bool {
	return ca.NotAfter.Sub(now) < ca.NotAfter.Sub(ca.NotBefore)/3
}

// hosts are the names and addresses that the API server calls the injector by.
type hosts struct {
	dns       []string
	addresses []net.IP
}

func parseHosts(all []string) hosts {
	var h hosts
	for _, host := range all {
		if address := net.ParseIP(host); address != nil {
			h.addresses = append(h.addresses, address)
		} else {
			h.dns = append(h.dns, host)
		}
	}
	return h
}

func (h hosts) names() []string {
	names := append([]string(nil), h.dns...)
	for _, address := range h.addresses {
		names = append(names, address.String())
	}
	return names
}
