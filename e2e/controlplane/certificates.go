package controlplane

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"net"
	"time"

	"k8s.io/client-go/util/cert"
	"k8s.io/client-go/util/keyutil"
)

// lifetime of the certificates: longer than any test cluster runs.
const lifetime = 365 * 24 * time.Hour

// authority signs the certificates of one control plane: the API server's and its
// clients'. Its key is never written to a file. It is apart from internal/testca, because
// programs that are not tests start control planes too.
type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

// keyPair is a certificate and its key, both in PEM.
type keyPair struct {
	certificate, key []byte
}

// newAuthority makes an authority that only this control plane trusts.
func newAuthority() (*authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("making the authority's key: %w", err)
	}
	certificate, err := cert.NewSelfSignedCACert(cert.Config{CommonName: "linkerd-gcm e2e"}, key)
	if err != nil {
		return nil, fmt.Errorf("making the authority's certificate: %w", err)
	}
	return &authority{certificate: certificate, key: key}, nil
}

// pem returns the authority's certificate, which clients and the API server trust.
func (a *authority) pem() ([]byte, error) {
	pem, err := cert.EncodeCertificates(a.certificate)
	if err != nil {
		return nil, fmt.Errorf("encoding the authority's certificate: %w", err)
	}
	return pem, nil
}

// client returns the certificate by which the API server knows a user and its groups.
func (a *authority) client(user string, groups ...string) (keyPair, error) {
	return a.issue(&x509.Certificate{
		Subject:     pkix.Name{CommonName: user, Organization: groups},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	})
}

// server returns a certificate for every name of the API server, for these addresses and
// for the loopback interface.
func (a *authority) server(addresses ...net.IP) (keyPair, error) {
	return a.issue(&x509.Certificate{
		Subject:     pkix.Name{CommonName: "kube-apiserver"},
		DNSNames:    []string{"localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc"},
		IPAddresses: append(addresses, net.IPv4(127, 0, 0, 1)),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	})
}

// issue completes the template, which holds the subject and the usage, and signs it.
func (a *authority) issue(template *x509.Certificate) (keyPair, error) {
	failed := func(err error) (keyPair, error) {
		return keyPair{}, fmt.Errorf("making the certificate of %s: %w", template.Subject.CommonName, err)
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return failed(err)
	}
	template.SerialNumber, err = rand.Int(rand.Reader, big.NewInt(1<<62))
	if err != nil {
		return failed(err)
	}
	template.NotBefore = a.certificate.NotBefore
	template.NotAfter = time.Now().Add(lifetime)
	template.KeyUsage = x509.KeyUsageDigitalSignature
	der, err := x509.CreateCertificate(rand.Reader, template, a.certificate, key.Public(), a.key)
	if err != nil {
		return failed(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		return failed(err)
	}
	var pair keyPair
	if pair.certificate, err = cert.EncodeCertificates(certificate); err != nil {
		return failed(err)
	}
	if pair.key, err = keyutil.MarshalPrivateKeyToPEM(key); err != nil {
		return failed(err)
	}
	return pair, nil
}
